"""What `/metrics` tells of conversion webhooks, under Kubernetes' names."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.exposition import Histogram, worded

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0)
_PREFIX = "apiserver_conversion_webhook_"
CALL = "conversion_webhook_call_failure"
MALFORMED = "conversion_webhook_malformed_response_failure"
PARTIAL = "conversion_webhook_partial_response_failure"
INVALID = "conversion_webhook_invalid_converted_object_failure"


class ConversionMetrics:
    """Counts of all calls, by how they ended."""

    def __init__(self) -> None:
        self._calls: dict[str, Histogram] = {}

    def observe(self, seconds: float, failure: str) -> None:
        """Count a call; `failure` is one of this module's words, "" for one that went well."""
        found = self._calls.get(failure)
        if found is None:
            found = self._calls[failure] = Histogram(_SECONDS)
        found.observe(seconds)

    def lines(self) -> Iterable[str]:
        """In Prometheus' text form."""
        if not self._calls:
            return
        full = f"{_PREFIX}duration_seconds"
        yield f"# HELP {full} Seconds that conversion webhooks took."
        yield f"# TYPE {full} histogram"
        for failure, histogram in self._calls.items():
            yield from histogram.lines(full, _labels(failure))
        full = f"{_PREFIX}request_total"
        yield f"# HELP {full} Calls of conversion webhooks."
        yield f"# TYPE {full} counter"
        for failure, histogram in self._calls.items():
            yield f"{full}{worded(_labels(failure))} {histogram.count}"


def _labels(failure: str) -> tuple[tuple[str, str], ...]:
    return (("failure_type", failure), ("result", "failure" if failure else "success"))
