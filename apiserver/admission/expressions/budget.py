"""Evaluation with bounds: of cost, by call and in all, and of time, so that no expression holds others up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from apiserver import beside
from apiserver.at_once import SECONDS, Allowance, TooSlow, judged
from minik8s.machinery.cel import CostExceeded, EvalError, Program, TimeExceeded

T = TypeVar("T")

PER_CALL = 1_000_000
"""Cost units of one expression (Kubernetes' PerCallLimit)."""
PER_POLICY = 10_000_000
PER_CONDITIONS = 2_500_000
_SECONDS = 5.0
_SPENT = "validation failed due to running out of cost budget, no further validation rules will be run"


TimeLeft = Callable[[], float]
"""How many seconds there still are."""


class BudgetSpent(EvalError):
    """All expressions together cost more than they may."""

    def __init__(self) -> None:
        super().__init__(_SPENT)


class Budget:
    """What is left to spend, and how much time."""

    def __init__(self, units: int, time_left: TimeLeft) -> None:
        self.left = units
        self.time_left = time_left

    def run(self, program: Program, variables: Mapping[str, Any]) -> Any:
        """A program's value. Raises EvalError, BudgetSpent, TooSlow."""
        limit = min(PER_CALL, self.left)
        before = self.left
        try:
            value, cost = program.measured(variables, limit, self.time_left())
        except TimeExceeded:
            raise TooSlow from None
        except CostExceeded:
            self.left = max(self.left - limit, 0)
            if limit < PER_CALL or before <= 0:
                raise BudgetSpent from None
            raise
        self.left -= cost
        return value


async def bounded(work: Callable[[TimeLeft], T]) -> T:
    """Do work that is told how much time it has: at once where it is quick, else anew in a thread beside the loop.

    Raises EvalError when it takes too long there too, and what the work raises.
    """
    try:
        return work(Allowance(SECONDS).left)
    except TooSlow:
        pass
    try:
        return await beside.run(lambda: judged(lambda: work(Allowance(_SECONDS).left)))
    except TooSlow:
        raise EvalError("operation cancelled: context deadline exceeded") from None
