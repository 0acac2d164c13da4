"""What `/metrics` tells of flows: requests by flow schema and priority level, under Kubernetes' names."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Any

from apiserver.exposition import Histogram, head, worded

_PREFIX = "apiserver_flowcontrol_"
_SECONDS = (0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
QUEUE_FULL, NO_QUEUE, TIMED_OUT, CANCELLED = "queue-full", "concurrency-limit", "time-out", "cancelled"
"""Why a request was not carried out."""
_SEATS = {
    "nominalSeats": ("nominal_limit_seats", "Seats a level has by its shares."),
    "minimumSeats": ("lower_limit_seats", "Seats a level never lends."),
    "maximumSeats": ("upper_limit_seats", "Seats a level may have with what others lend."),
    "executingSeats": ("current_executing_seats", "Seats of a level that are taken."),
}


class Tally:
    """The requests of one flow schema on one level."""

    __slots__ = ("dispatched", "refused", "rejected", "running", "waited", "waiting")

    def __init__(self) -> None:
        self.running = self.waiting = self.dispatched = 0
        self.rejected: dict[str, int] = {}
        self.waited, self.refused = Histogram(_SECONDS), Histogram(_SECONDS)

    def start(self, seconds: float) -> None:
        """Count a request that has its seat, after so many seconds."""
        self.running += 1
        self.dispatched += 1
        self.waited.observe(seconds)

    def refuse(self, reason: str, seconds: float) -> None:
        """Count a request that gets none."""
        self.rejected[reason] = self.rejected.get(reason, 0) + 1
        self.refused.observe(seconds)


class Tallies:
    """All of a server's; `levels` gives the levels in numbers."""

    def __init__(self, levels: Callable[[], list[dict[str, Any]]]) -> None:
        self.levels = levels
        self._tallies: dict[tuple[str, str], Tally] = {}

    def of(self, schema: str, level: str) -> Tally:
        """The one of a flow schema and a priority level."""
        found = self._tallies.get((schema, level))
        if found is None:
            found = self._tallies[schema, level] = Tally()
        return found

    def of_level(self, level: str) -> tuple[int, int, dict[str, int]]:
        """Requests of a level that are carried out, that wait, and that were not carried out, by why."""
        running = waiting = 0
        reasons: dict[str, int] = {}
        for (_, name), tally in self._tallies.items():
            if name == level:
                running += tally.running
                waiting += tally.waiting
                for reason, count in tally.rejected.items():
                    reasons[reason] = reasons.get(reason, 0) + count
        return running, waiting, reasons

    def forget_all_but(self, schemas: Container[str]) -> None:
        """Flow schemas that are gone are not counted any more."""
        for schema, level in list(self._tallies):
            if schema not in schemas:
                del self._tallies[schema, level]

    def lines(self) -> Iterable[str]:
        """In Prometheus' text form."""
        lines: list[str] = []
        levels = self.levels()
        for key, (name, text) in _SEATS.items():
            head(lines, _PREFIX + name, "gauge", text)
            for level in levels:
                lines.append(f"{_PREFIX}{name}{worded((('priority_level', level['name']),))} {level[key]}")
        flows = [
            ((("flow_schema", schema), ("priority_level", level)), tally)
            for (schema, level), tally in self._tallies.items()
        ]
        for name, kind, text, field in (
            ("current_executing_requests", "gauge", "Requests that have their seat.", "running"),
            ("current_inqueue_requests", "gauge", "Requests that wait for a seat.", "waiting"),
            ("dispatched_requests_total", "counter", "Requests that got a seat.", "dispatched"),
        ):
            head(lines, _PREFIX + name, kind, text)
            lines += [f"{_PREFIX}{name}{worded(labels)} {getattr(tally, field)}" for labels, tally in flows]
        name = f"{_PREFIX}rejected_requests_total"
        head(lines, name, "counter", "Requests that got no seat, by why.")
        for labels, tally in flows:
            for reason, count in tally.rejected.items():
                lines.append(f"{name}{worded((*labels, ('reason', reason)))} {count}")
        name = f"{_PREFIX}request_wait_duration_seconds"
        head(lines, name, "histogram", "Seconds requests waited, by whether they were carried out.")
        for labels, tally in flows:
            for execute, histogram in (("true", tally.waited), ("false", tally.refused)):
                if histogram.count:
                    lines += histogram.lines(name, (("execute", execute), *labels))
        return lines
