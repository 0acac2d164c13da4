"""One evaluation under way: variables, places of macro variables, and what it has cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from minik8s.machinery.cel.errors import CostExceeded

_LOOK_EVERY = 4096


class Run:
    """The state of one evaluation."""

    __slots__ = ("_deadline", "_looked", "cost", "limit", "slots", "variables")

    def __init__(self, variables: Mapping[str, Any], slots: int, limit: int, deadline: float) -> None:
        self.variables = variables
        self.slots: list[Any] = [None] * slots
        self.cost = 0
        self.limit = limit
        self._deadline = deadline
        self._looked = 0

    def spend(self, amount: int) -> None:
        """Add to the cost. Raises CostExceeded past the limit, and past the deadline."""
        self.cost += amount
        if self.cost > self.limit:
            raise CostExceeded
        if self.cost - self._looked > _LOOK_EVERY:
            self._looked = self.cost
            if time.monotonic() > self._deadline:
                raise CostExceeded


Step = Callable[[Run], Any]
