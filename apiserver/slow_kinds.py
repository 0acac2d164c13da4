"""Kinds whose writes have turned out to take long: an expression or a webhook made them so."""

from __future__ import annotations

import time
from contextvars import ContextVar

SECONDS = 60.0
"""How long a kind is taken for slow after the last time it was."""
_MOST = 1000

Kind = tuple[str, str]
"""Group and plural."""


class SlowKinds:
    """The kinds, each with the time until which it counts as slow."""

    def __init__(self) -> None:
        self._until: dict[Kind, float] = {}

    def note(self, kind: Kind) -> None:
        """A write of the kind has been slow."""
        if len(self._until) >= _MOST:
            self._until.clear()
        self._until[kind] = time.monotonic() + SECONDS

    def __contains__(self, kind: Kind) -> bool:
        until = self._until.get(kind)
        if until is None:
            return False
        if until > time.monotonic():
            return True
        del self._until[kind]
        return False


_current: ContextVar[tuple[SlowKinds, Kind] | None] = ContextVar("slow kinds", default=None)


def watch_for(kinds: SlowKinds, kind: Kind) -> None:
    """What is carried out from now on in this context is a write of this kind."""
    _current.set((kinds, kind))


def note_slow() -> None:
    """What is being carried out is slow."""
    found = _current.get()
    if found is not None:
        kinds, kind = found
        kinds.note(kind)
