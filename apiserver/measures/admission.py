"""How long admission took, by step."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.exposition import Histogram, head

ADMIT, VALIDATE = "admit", "validate"

_NAME = "apiserver_admission_step_admission_duration_seconds"
_SECONDS = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5)


class AdmissionTallies:
    """All plugins of a step together, by operation and whether they refused the request."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, str, bool], Histogram] = {}

    def step(self, kind: str, operation: str, seconds: float, *, rejected: bool) -> None:
        """Count a step; `kind` is ADMIT or VALIDATE."""
        key = (kind, operation, rejected)
        found = self._steps.get(key)
        if found is None:
            found = self._steps[key] = Histogram(_SECONDS)
        found.observe(seconds)

    def lines(self) -> Iterable[str]:
        """In Prometheus' text form."""
        lines: list[str] = []
        head(lines, _NAME, "histogram", "Seconds of all admission plugins of a step, by operation.")
        for (kind, operation, rejected), found in self._steps.items():
            word = "true" if rejected else "false"
            lines += found.lines(_NAME, (("operation", operation), ("rejected", word), ("type", kind)))
        return lines
