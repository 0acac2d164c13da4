"""One evaluation under way: variables, places of macro variables, and what it has cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from minik8s.machinery.cel.errors import CostExceeded, TimeExceeded

_LOOK_EVERY = 4096


class Run:
    """The state of one evaluation."""

    __slots__ = ("_ends", "_looked", "_seconds", "cost", "limit", "slots", "variables")

    def __init__(self, variables: Mapping[str, Any], slots: int, limit: int, seconds: float) -> None:
        self.variables = variables
        self.slots: list[Any] = [None] * slots
        self.cost = 0
        self.limit = limit
        self._seconds = seconds
        self._ends = 0.0
        self._looked = 0

    def spend(self, amount: int) -> None:
        """Add to the cost. Raises CostExceeded past the limit, TimeExceeded when the time is over.

        It is this thread's time on the processor, so that what else the machine does is not held against anybody; it
        is looked at now and then only, and not at all where little is done.
        """
        self.cost += amount
        if self.cost > self.limit:
            raise CostExceeded
        if self.cost - self._looked > _LOOK_EVERY:
            self._looked = self.cost
            now = time.thread_time()
            if not self._ends:
                self._ends = now + self._seconds
            elif now > self._ends:
                raise TimeExceeded


Step = Callable[[Run], Any]
