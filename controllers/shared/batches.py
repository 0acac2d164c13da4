"""Many requests at once, beginning with few: what fails for one will likely fail for all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

IN_FLIGHT = 32
"""Requests of one batch that are under way at a time: more only means more connections."""


async def slow_start(
    count: int, make: Callable[[int], Awaitable[object]], initial: int = 1
) -> tuple[int, Exception | None]:
    """Call `make(0…count-1)` in batches of 1, 2, 4 …; stops after a batch with a failure.

    Returns how many went well, and the first failure.
    """
    done, size = 0, initial
    while done < count:
        size = min(size, count - done)
        failures = [e for e in await gather((make(done + i) for i in range(size)), size) if e is not None]
        if failures:
            return done + size - len(failures), failures[0]
        done += size
        size *= 2
    return done, None


async def gather(calls: Iterable[Awaitable[object]], size: int = 0) -> list[Exception | None]:
    """Await all, some at a time; the failure of each, or None."""
    if size == 1:
        return [await _outcome(call) for call in calls]
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def gated(call: Awaitable[object]) -> Exception | None:
        async with gate:
            return await _outcome(call)

    return await asyncio.gather(*(gated(call) for call in calls))


async def all_or_raise(calls: Iterable[Awaitable[object]]) -> None:
    """Await all, some at a time; raises the first failure when all are done."""
    for failure in await gather(calls):
        if failure is not None:
            raise failure


async def _outcome(call: Awaitable[object]) -> Exception | None:
    try:
        await call
    except Exception as error:
        return error
    return None
