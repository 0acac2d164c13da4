"""Kinds whose writes have turned out to take long: an expression or a webhook made them so."""

from __future__ import annotations

import time
from contextvars import ContextVar

SECONDS = 60.0
"""How long a kind is taken for slow after the last time it was."""
_MOST = 1000
_now = time.monotonic

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
        self._until[kind] = _now() + SECONDS

    def __contains__(self, kind: Kind) -> bool:
        until = self._until.get(kind)
        if until is None:
            return False
        if until > _now():
            return True
        del self._until[kind]
        return False


class _Write:
    """A write that is being carried out; tasks and threads that help with it share this."""

    __slots__ = ("kind", "kinds", "slow")

    def __init__(self, kinds: SlowKinds, kind: Kind) -> None:
        self.kinds = kinds
        self.kind = kind
        self.slow = False


_current: ContextVar[_Write | None] = ContextVar("write", default=None)


def watch_for(kinds: SlowKinds, kind: Kind) -> None:
    """What is carried out from now on in this context is a write of this kind."""
    _current.set(_Write(kinds, kind))


def note_slow() -> None:
    """What is being carried out is slow."""
    write = _current.get()
    if write is not None:
        write.slow = True
        write.kinds.note(write.kind)


def is_slow() -> bool:
    """Whether what is being carried out has been found slow: the rest of it is better done beside the loop."""
    write = _current.get()
    return write is not None and write.slow
