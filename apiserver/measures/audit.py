"""How many audit events were written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from apiserver.exposition import head

if TYPE_CHECKING:
    from apiserver.audit.event import Event
    from apiserver.audit.sink import Sink


class AuditTallies:
    """Hands events on, and counts them; without anywhere to hand them to there are none."""

    def __init__(self, sink: Sink | None) -> None:
        self._sink = sink
        self._events = 0

    def write(self, event: Event, omit_managed_fields: bool) -> None:
        """See Sink."""
        self._events += 1
        if self._sink is not None:
            self._sink.write(event, omit_managed_fields)

    def lines(self) -> Iterable[str]:
        """In Prometheus' text form."""
        lines: list[str] = []
        head(lines, "apiserver_audit_event_total", "counter", "Audit events that were written.")
        lines.append(f"apiserver_audit_event_total {self._events}")
        return lines
