"""Numbers in Prometheus' text form."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

Labels = tuple[tuple[str, str], ...]


class Histogram:
    """Counts by upper bound, and their sum."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    @property
    def count(self) -> int:
        """How many values were counted."""
        return sum(self._counts)

    def lines(self, name: str, labels: Labels) -> Iterable[str]:
        """In Prometheus' text form."""
        total = 0
        for bound, count in zip((*self._bounds, None), self._counts, strict=True):
            total += count
            limit = "+Inf" if bound is None else f"{bound:g}"
            yield f"{name}_bucket{worded((*labels, ('le', limit)))} {total}"
        yield f"{name}_sum{worded(labels)} {self._sum}"
        yield f"{name}_count{worded(labels)} {total}"


def worded(labels: Labels) -> str:
    """Labels in Prometheus' text form."""
    if not labels:
        return ""
    escaped = ((key, value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")) for key, value in labels)
    return "{" + ",".join(f'{key}="{value}"' for key, value in escaped) + "}"


def head(lines: list[str], name: str, kind: str, text: str) -> None:
    """What goes before the samples of a metric."""
    lines.append(f"# HELP {name} {text}")
    lines.append(f"# TYPE {name} {kind}")
