"""A first try on the event loop: work that is quick as a rule gets a few milliseconds there, before it is moved."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

SECONDS = 0.003
"""How long anything may take on the loop."""

_until: ContextVar[float] = ContextVar("until when on the loop", default=0.0)


class TooSlow(Exception):
    """Work does not end in the time it has here."""


def at_once(work: Callable[[], T]) -> T:
    """What the work gives. Raises what it raises, TooSlow when it looks at its time and has none left.

    Work that is moved then begins anew: it must not mind what it has done already.
    """
    token = _until.set(time.monotonic() + SECONDS)
    try:
        return work()
    finally:
        _until.reset(token)


def seconds_left(most: float) -> float:
    """The time a step of the work has, at most `most`. Raises TooSlow when none is left."""
    until = _until.get()
    if not until:
        return most
    left = until - time.monotonic()
    if left <= 0:
        raise TooSlow
    return min(most, left)


def check_time() -> None:
    """Raises TooSlow when the work has had its time on the loop."""
    seconds_left(0.0)
