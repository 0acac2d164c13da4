"""A clock that stands still until a test turns it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

_ROUNDS = 50
"""Turns of the event loop that tasks get to come to rest; each `await` that has to wait costs one."""


class FakeClock:
    """A `Clock` for tests: sleepers wake, in order, when `advance` passes their time."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        self._monotonic = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The fake wall clock."""
        return self._now

    def monotonic(self) -> float:
        """Seconds advanced so far."""
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` has passed `seconds`; zero or less only yields."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), future))
        await future

    @property
    def sleepers(self) -> int:
        """How many tasks sleep on this clock now."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def settle(self) -> None:
        """Let runnable tasks run until they wait for something, without moving the time."""
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Move the time on; whoever wakes on the way runs, and may sleep again, at its own moment."""
        await self.settle()
        goal = self._monotonic + seconds
        while self._sleepers and self._sleepers[0][0] <= goal:
            due = self._sleepers[0][0]
            self._step_to(due)
            while self._sleepers and self._sleepers[0][0] <= due:
                _, _, future = heapq.heappop(self._sleepers)
                if not future.done():
                    future.set_result(None)
            await self.settle()
        self._step_to(goal)
        await self.settle()

    def _step_to(self, monotonic: float) -> None:
        passed = max(monotonic - self._monotonic, 0.0)
        self._now += timedelta(seconds=passed)
        self._monotonic += passed
