"""What `/metrics` tells of admission webhooks, under Kubernetes' names."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.exposition import Histogram, worded

_SECONDS = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10.0, 25.0)
_PREFIX = "apiserver_admission_webhook_"
_HIGHEST_CODE = 600
CALLING, SERVER, NONE = "calling_webhook_error", "apiserver_internal_error", "no_error"


class WebhookMetrics:
    """Counts by webhook; `kind` is `admit` for mutating ones, `validating` for the others."""

    def __init__(self) -> None:
        self._durations: dict[tuple[str, str, str, str], Histogram] = {}
        self._requests: dict[tuple[str, ...], int] = {}
        self._rejections: dict[tuple[str, ...], int] = {}
        self._open: dict[tuple[str, str], int] = {}

    def called(self, name: str, kind: str, operation: str, seconds: float, code: int, *, rejected: bool) -> None:
        """Count a call; `code` is the HTTP status that became of it."""
        word = "true" if rejected else "false"
        key = (name, kind, operation, word)
        found = self._durations.get(key)
        if found is None:
            found = self._durations[key] = Histogram(_SECONDS)
        found.observe(seconds)
        counted = (name, kind, operation, str(min(code, _HIGHEST_CODE)), word)
        self._requests[counted] = self._requests.get(counted, 0) + 1

    def rejected(self, name: str, kind: str, operation: str, error: str, code: int) -> None:
        """Count a request that did not go on; `error` is one of this module's constants."""
        key = (name, kind, operation, error, str(min(code, _HIGHEST_CODE)))
        self._rejections[key] = self._rejections.get(key, 0) + 1

    def failed_open(self, name: str, kind: str) -> None:
        """Count a request that went on although the webhook could not be asked."""
        self._open[name, kind] = self._open.get((name, kind), 0) + 1

    def lines(self) -> Iterable[str]:
        """In Prometheus' text form."""
        if self._durations:
            full = f"{_PREFIX}admission_duration_seconds"
            yield f"# HELP {full} Seconds that admission webhooks took."
            yield f"# TYPE {full} histogram"
            for (name, kind, operation, word), histogram in self._durations.items():
                labels = (("name", name), ("operation", operation), ("rejected", word), ("type", kind))
                yield from histogram.lines(full, labels)
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
    name: str, labels: tuple[str, ...], counts: dict[tuple[str, ...], int] | dict[tuple[str, str], int], said: str
) -> Iterable[str]:
    if not counts:
        return
    full = _PREFIX + name
    yield f"# HELP {full} {said}"
    yield f"# TYPE {full} counter"
    for values, count in counts.items():
        yield f"{full}{worded(tuple(sorted(zip(labels, values, strict=True))))} {count}"
