"""A first try on the event loop: work that is quick as a rule gets a few milliseconds there, before it is moved."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from apiserver.slow_kinds import note_slow

T = TypeVar("T")

SECONDS = 0.003
"""How long anything may take on the loop."""


class TooSlow(Exception):
    """Work does not end in the time it has here."""


class Allowance:
    """Some time of this thread on the processor.

    What the machine does besides does not count: on a busy one everything would be taken for slow. The clock on the
    wall costs less to look at and says enough as long as it has not passed.
    """

    __slots__ = ("_began", "_seconds", "_until")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._began = time.thread_time()

    def left(self) -> float:
        """How many seconds there still are, or fewer; none or less when it is used up."""
        left = self._until - time.monotonic()
        return left if left > 0 else self._seconds - (time.thread_time() - self._began)


_allowed: ContextVar[Allowance | None] = ContextVar("time on the loop", default=None)


def at_once(work: Callable[[], T]) -> T:
    """What the work gives. Raises what it raises, TooSlow when it looks at its time and has none left.

    Work that is moved then begins anew: it must not mind what it has done already.
    """
    token = _allowed.set(Allowance(SECONDS))
    try:
        return work()
    finally:
        _allowed.reset(token)


def judged(work: Callable[[], T]) -> T:
    """What the work gives, elsewhere than on the loop; where it takes long once more, what is carried out is slow.

    Once is not enough: a pattern may have been compiled, a module imported or garbage collected on that occasion.
    """
    allowance = Allowance(SECONDS)
    try:
        return work()
    finally:
        if allowance.left() <= 0:
            note_slow()


def seconds_left(most: float) -> float:
    """The time a step of the work has, at most `most`. Raises TooSlow when none is left."""
    allowed = _allowed.get()
    if allowed is None:
        return most
    left = allowed.left()
    if left <= 0:
        raise TooSlow
    return min(most, left)


def out_of_time() -> None:
    """A step took longer than `seconds_left`. Raises TooSlow on the loop: elsewhere it has more."""
    if _allowed.get() is not None:
        raise TooSlow
