"""What `/metrics` tells of admission webhooks, under Kubernetes' names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apiserver.exposition import Histogram, worded
from apiserver.measures.waiting import current

_SECONDS = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10.0, 25.0)
_PREFIX = "apiserver_admission_webhook_"
_EXCLUDED = "apiserver_admission_match_condition_"
_CONDITIONS = f"{_EXCLUDED}evaluation_"
_JUDGED = ("name", "kind", "type", "operation")
_JUDGED_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25)
_HIGHEST_CODE = 600
CALLING, SERVER, NONE = "calling_webhook_error", "apiserver_internal_error", "no_error"


class WebhookMetrics:
    """Counts by webhook; `kind` is `admit` for mutating ones, `validating` for the others."""

    def __init__(self) -> None:
        self._durations: dict[tuple[str, str, str, str], Histogram] = {}
        self._requests: dict[tuple[str, ...], int] = {}
        self._rejections: dict[tuple[str, ...], int] = {}
        self._open: dict[tuple[str, str], int] = {}
        self._judged: dict[tuple[str, ...], Histogram] = {}
        self._unjudged: dict[tuple[str, ...], int] = {}
        self._left_out: dict[tuple[str, ...], int] = {}

    def called(self, name: str, kind: str, operation: str, seconds: float, code: int, *, rejected: bool) -> None:
        """Count a call; `code` is the HTTP status that became of it."""
        word = "true" if rejected else "false"
        key = (name, kind, operation, word)
        found = self._durations.get(key)
        if found is None:
            found = self._durations[key] = Histogram(_SECONDS)
        found.observe(seconds)
        if (waited := current.get()) is not None:
            # Validating webhooks are asked at once, mutating ones in turn.
            (waited.add if kind == "admit" else waited.beside)(seconds)
        counted = (name, kind, operation, str(min(code, _HIGHEST_CODE)), word)
        self._requests[counted] = self._requests.get(counted, 0) + 1

    def rejected(self, name: str, kind: str, operation: str, error: str, code: int) -> None:
        """Count a request that did not go on; `error` is one of this module's constants."""
        key = (name, kind, operation, error, str(min(code, _HIGHEST_CODE)))
        self._rejections[key] = self._rejections.get(key, 0) + 1

    def failed_open(self, name: str, kind: str) -> None:
        """Count a request that went on although the webhook could not be asked."""
        self._open[name, kind] = self._open.get((name, kind), 0) + 1

    def judged(self, name: str, kind: str, operation: str, seconds: float, *, failed: bool, left_out: bool) -> None:
        """Count match conditions that were judged, and whether the webhook is not asked because of them."""
        key = (name, "webhook", kind, operation)
        found = self._judged.get(key)
        if found is None:
            found = self._judged[key] = Histogram(_JUDGED_SECONDS)
        found.observe(seconds)
        if failed:
            self._unjudged[key] = self._unjudged.get(key, 0) + 1
        if left_out:
            said = (name, "webhook", "validate" if kind == "validating" else kind, operation)
            self._left_out[said] = self._left_out.get(said, 0) + 1

    def lines(self) -> Iterable[str]:
        """In Prometheus' text form."""
        if self._durations:
            full = f"{_PREFIX}admission_duration_seconds"
            yield f"# HELP {full} Seconds that admission webhooks took."
            yield f"# TYPE {full} histogram"
            for (name, kind, operation, word), histogram in self._durations.items():
                labels = (("name", name), ("operation", operation), ("rejected", word), ("type", kind))
                yield from histogram.lines(full, labels)
        if self._judged:
            full = f"{_CONDITIONS}seconds"
            yield f"# HELP {full} Seconds that match conditions took."
            yield f"# TYPE {full} histogram"
            for values, histogram in self._judged.items():
                yield from histogram.lines(full, tuple(sorted(zip(_JUDGED, values, strict=True))))
        said = "Match conditions that could not be judged."
        yield from _counter("errors_total", _JUDGED, self._unjudged, said, _CONDITIONS)
        said = "Requests that match conditions kept from webhooks."
        yield from _counter("exclusions_total", _JUDGED, self._left_out, said, _EXCLUDED)
        yield from _counter("fail_open_count", ("name", "type"), self._open, "Requests let through unasked.")
        yield from _counter(
            "rejection_count",
            ("name", "type", "operation", "error_type", "rejection_code"),
            self._rejections,
            "Requests that webhooks stopped.",
        )
        yield from _counter(
            "request_total",
            ("name", "type", "operation", "code", "rejected"),
            self._requests,
            "Requests sent to webhooks.",
        )


def _counter(
    name: str, labels: tuple[str, ...], counts: Mapping[Any, int], said: str, prefix: str = _PREFIX
) -> Iterable[str]:
    if not counts:
        return
    full = prefix + name
    yield f"# HELP {full} {said}"
    yield f"# TYPE {full} counter"
    for values, count in counts.items():
        yield f"{full}{worded(tuple(sorted(zip(labels, values, strict=True))))} {count}"
