"""Where audit events go."""

from __future__ import annotations

from typing import Protocol

from apiserver.audit.event import Event


class Sink(Protocol):
    """Where events go."""

    def write(self, event: Event, omit_managed_fields: bool) -> None:
        """Take an event; never blocks, never raises."""
        ...
