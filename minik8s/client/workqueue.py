"""The work queue of controllers: each key once, never in two hands, repeated with growing pauses."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from minik8s.clock import Clock, SystemClock

K = TypeVar("K", bound=Hashable)

BASE_DELAY = 0.005
MAX_DELAY = 1000.0


class RateLimiter(Generic[K]):
    """Per-item exponential pauses: `base`, 2*base, 4*base … at most `most` seconds, until the item is forgotten."""

    def __init__(self, base: float = BASE_DELAY, most: float = MAX_DELAY) -> None:
        self._base = base
        self._most = most
        self._failures: dict[K, int] = {}

    def when(self, item: K) -> float:
        """Seconds to wait now; the next time is twice as long."""
        failures = self._failures.get(item, 0)
        self._failures[item] = failures + 1
        return min(self._base * 2.0 ** min(failures, 64), self._most)

    def forget(self, item: K) -> None:
        """Begin at `base` again."""
        self._failures.pop(item, None)

    def retries(self, item: K) -> int:
        """How often the item asked since it was last forgotten."""
        return self._failures.get(item, 0)


class WorkQueue(Generic[K]):
    """client-go's queue: an item added while it waits is one item; added while in work, it comes again after `done`.

    Use: `item = await get()`; None means shut down; after the work `done(item)`, then `forget(item)` when it went
    well or `add_rate_limited(item)` when not. Belongs to one event loop.
    """

    def __init__(self, clock: Clock | None = None, limiter: RateLimiter[K] | None = None) -> None:
        self._clock: Clock = clock or SystemClock()
        self._limiter: RateLimiter[K] = limiter or RateLimiter()
        self._queue: deque[K] = deque()
        self._dirty: set[K] = set()
        self._processing: set[K] = set()
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._shut = False
        self._order = itertools.count()
        self._delayed: list[tuple[float, int, K]] = []
        self._ready_at: dict[K, float] = {}
        self._timer: asyncio.Task[None] | None = None
        self._timer_at = 0.0

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def idle(self) -> bool:
        """Whether nothing waits (delayed items aside) and nothing is in work."""
        return not self._dirty and not self._processing

    @property
    def delayed(self) -> int:
        """How many items wait for their time."""
        return len(self._ready_at)

    def add(self, item: K) -> None:
        """Have `item` worked on, once, as soon as a worker is free."""
        if self._shut or item in self._dirty:
            return
        self._dirty.add(item)
        if item not in self._processing:
            self._push(item)

    def add_after(self, item: K, seconds: float) -> None:
        """Add after `seconds`; when it already waits, the earlier time holds."""
        if self._shut:
            return
        if seconds <= 0:
            self.add(item)
            return
        due = self._clock.monotonic() + seconds
        if item in self._ready_at and self._ready_at[item] <= due:
            return
        self._ready_at[item] = due
        heapq.heappush(self._delayed, (due, next(self._order), item))
        self._arm()

    def add_rate_limited(self, item: K) -> None:
        """Add after the pause this item's failures have earned."""
        self.add_after(item, self._limiter.when(item))

    def forget(self, item: K) -> None:
        """The item went well: its next failure waits briefly again."""
        self._limiter.forget(item)

    def retries(self, item: K) -> int:
        """How often the item was added rate limited since it was last forgotten."""
        return self._limiter.retries(item)

    async def get(self) -> K | None:
        """The next item, now in work until `done`; None when the queue was shut down and is empty."""
        while not self._queue:
            if self._shut:
                return None
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
                elif self._queue:
                    self._wake()
                raise
        item = self._queue.popleft()
        self._processing.add(item)
        self._dirty.discard(item)
        return item

    def done(self, item: K) -> None:
        """The work on `item` ended; when it was added meanwhile it is queued again."""
        self._processing.discard(item)
        if item in self._dirty:
            self._push(item)

    def shut_down(self) -> None:
        """Take nothing more; who waits in `get` gets what is left, then None."""
        self._shut = True
        self._delayed.clear()
        self._ready_at.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiters:
            self._wake()

    def _push(self, item: K) -> None:
        self._queue.append(item)
        self._wake()

    def _wake(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _arm(self) -> None:
        due = self._delayed[0][0]
        if self._timer is not None and not self._timer.done():
            if self._timer_at <= due:
                return
            self._timer.cancel()
        self._timer_at = due
        self._timer = asyncio.get_running_loop().create_task(self._wait(due), name="workqueue-timer")

    async def _wait(self, due: float) -> None:
        await self._clock.sleep(due - self._clock.monotonic())
        now = self._clock.monotonic()
        while self._delayed and self._delayed[0][0] <= now:
            when, _, item = heapq.heappop(self._delayed)
            if self._ready_at.get(item) == when:
                del self._ready_at[item]
                self.add(item)
        self._timer = None
        if self._delayed:
            self._arm()
