"""A priority level: its share of the seats, and queues that take turns by the work they brought."""

from __future__ import annotations

import asyncio
import math
from collections import deque

from apiserver.fairness.shuffle import deal
from minik8s.api.flowcontrol_v1 import PriorityLevelConfiguration, QueuingConfiguration

DEFAULT_SHARES = 30
_DEFAULT_QUEUING = QueuingConfiguration(queues=64, hand_size=8, queue_length_limit=50)
_MOST_OF_LEVEL = 0.15  # no request takes more of a level than this


class Waiter:
    """A request in a queue."""

    __slots__ = ("queue", "seats", "turn")

    def __init__(self, seats: int, queue: Queue, turn: asyncio.Future[None]) -> None:
        self.seats = seats
        self.queue = queue
        self.turn = turn


class Queue:
    """Requests in order of arrival, with the virtual times at which the first may start and the last one ended."""

    __slots__ = ("finish", "start", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Waiter] = deque()
        self.start = 0.0
        self.finish = 0.0


class Level:
    """One level at work. Numbers of seats: `nominal` by its shares, `minimum` it never lends, `maximum` it may have."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.uid = ""
        self.exempt = False
        self.shares = 0
        self.nominal = self.minimum = self.maximum = 0
        self.in_use = 0
        self.rejected = 0
        self.dispatched = 0
        self._lendable = 0
        self._borrowing: int | None = None
        self._queuing: QueuingConfiguration | None = None
        self._queues: dict[int, Queue] = {}
        self._busy: set[Queue] = set()
        self._virtual_time = 0.0

    def configure(self, config: PriorityLevelConfiguration) -> None:
        """Take over a configuration; requests that wait keep waiting."""
        self.uid = config.metadata.uid
        self.exempt = config.spec.type == "Exempt"
        limited, exempt = config.spec.limited, config.spec.exempt
        if limited is not None and not self.exempt:
            shares = limited.nominal_concurrency_shares
            self.shares = DEFAULT_SHARES if shares is None else shares
            self._lendable = limited.lendable_percent or 0
            self._borrowing = limited.borrowing_limit_percent
            queuing = limited.limit_response.queuing or _DEFAULT_QUEUING
            self._queuing = queuing if limited.limit_response.type == "Queue" else None
        else:
            self.shares = (exempt.nominal_concurrency_shares or 0) if exempt is not None else 0
            self._lendable = (exempt.lendable_percent or 0) if exempt is not None else 0
            self._borrowing = None
            self._queuing = None

    def divide(self, total: int, all_shares: int) -> None:
        """Work out the level's seats of the server's `total`."""
        self.nominal = math.ceil(total * self.shares / all_shares) if all_shares else 0
        self.minimum = self.nominal - round(self.nominal * self._lendable / 100)
        extra = total if self._borrowing is None else round(self.nominal * self._borrowing / 100)
        self.maximum = min(total, self.nominal + extra)

    @property
    def waiting(self) -> bool:
        """Whether any request waits."""
        return bool(self._busy)

    @property
    def queues(self) -> bool:
        """Whether requests may wait here."""
        return self._queuing is not None

    @property
    def queued(self) -> int:
        """How many requests wait."""
        return sum(len(queue.waiting) for queue in self._busy)

    @property
    def active_queues(self) -> int:
        """How many queues hold requests."""
        return len(self._busy)

    def width(self, seats: int) -> int:
        """The seats a request takes here: a wide one is narrowed so that a level serves several."""
        return max(1, min(seats, math.ceil(self.nominal * _MOST_OF_LEVEL)))

    def enqueue(self, flow: int, seats: int) -> Waiter | None:
        """Put a request into the emptiest queue of its flow's hand; None when there is no room."""
        queuing = self._queuing
        if queuing is None or queuing.queues < 1:
            return None
        hand = [self._queue(card) for card in deal(flow, queuing.queues, max(1, queuing.hand_size))]
        queue = min(hand, key=lambda one: (len(one.waiting), one.finish))
        if len(queue.waiting) >= queuing.queue_length_limit:
            return None
        if not queue.waiting:
            queue.start = max(self._virtual_time, queue.finish)
            self._busy.add(queue)
        waiter = Waiter(seats, queue, asyncio.get_running_loop().create_future())
        queue.waiting.append(waiter)
        return waiter

    def _queue(self, index: int) -> Queue:
        found = self._queues.get(index)
        if found is None:
            found = self._queues[index] = Queue()
        return found

    def next(self) -> Waiter | None:
        """The request whose turn it is; it stays in its queue until taken."""
        if not self._busy:
            return None
        return min(self._busy, key=lambda queue: queue.start).waiting[0]

    def take(self, waiter: Waiter) -> None:
        """Start the request `next` named: virtual time goes on by the work it brings."""
        queue = waiter.queue
        queue.waiting.popleft()
        self._virtual_time = max(self._virtual_time, queue.start)
        queue.finish = queue.start + waiter.seats
        queue.start = queue.finish
        if not queue.waiting:
            self._busy.discard(queue)

    def abandon(self, waiter: Waiter) -> None:
        """Take a request out that waits no more."""
        queue = waiter.queue
        if waiter in queue.waiting:
            queue.waiting.remove(waiter)
        if not queue.waiting:
            self._busy.discard(queue)
