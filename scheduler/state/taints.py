"""Taints by number: most nodes carry one of few sets of taints, so a set is judged once and not once a node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from minik8s.api.core_v1 import Taint, Toleration
from scheduler.arrays import Ids, Ints

TaintSet = tuple[tuple[str, str, str], ...]
"""(key, value, effect) of each taint, in the node's order."""

NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE = "NoSchedule", "NoExecute", "PreferNoSchedule"
UNSCHEDULABLE = ("node.kubernetes.io/unschedulable", "", NO_SCHEDULE)


class TaintSets:
    """All sets of taints that nodes had, by number; 0 is the empty one."""

    def __init__(self) -> None:
        self.sets: list[TaintSet] = [()]
        self._numbers: dict[TaintSet, int] = {(): 0}

    def number_of(self, taints: Iterable[Taint]) -> int:
        """The number of a node's taints."""
        key = tuple((t.key, t.value, t.effect) for t in taints)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.sets)
            self.sets.append(key)
        return found

    def judge(self, numbers: Ids, verdict: Callable[[TaintSet], int]) -> Ints:
        """`verdict` of the set of each row, called once for each set that occurs."""
        table = np.zeros(len(self.sets), dtype=np.int64)
        if len(self.sets) <= 16:
            occurring: Sequence[int] = range(len(self.sets))
        else:
            occurring = [int(n) for n in np.unique(numbers)]
        for number in occurring:
            table[number] = verdict(self.sets[number])
        return table[numbers]


def tolerates(toleration: Toleration, key: str, value: str, effect: str) -> bool:
    """Whether one toleration covers one taint."""
    if toleration.effect and toleration.effect != effect:
        return False
    if toleration.key and toleration.key != key:
        return False
    operator = toleration.operator or "Equal"
    if operator == "Exists":
        return True
    if operator == "Equal":
        return toleration.value == value
    try:
        bound, number = int(toleration.value), int(value)
    except ValueError:
        return False
    return number > bound if operator == "Gt" else number < bound


def first_untolerated(taints: TaintSet, tolerations: Sequence[Toleration]) -> tuple[str, str, str] | None:
    """The first taint that keeps Pods away and that nothing tolerates."""
    for key, value, effect in taints:
        if effect in (NO_SCHEDULE, NO_EXECUTE) and not any(tolerates(t, key, value, effect) for t in tolerations):
            return key, value, effect
    return None
