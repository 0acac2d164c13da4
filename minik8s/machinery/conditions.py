"""Conditions: the list of observations in a status, at most one of each type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Condition(Protocol):
    """What the condition types of all kinds have in common."""

    type: str
    status: str
    reason: str
    message: str
    last_transition_time: str | None


C = TypeVar("C", bound=Condition)


def get_condition(conditions: Iterable[C], type_: str) -> C | None:
    """The condition of that type, or None."""
    for condition in conditions:
        if condition.type == type_:
            return condition
    return None


def is_true(conditions: Iterable[Condition], type_: str) -> bool:
    """Whether there is a condition of that type and it holds."""
    found = get_condition(conditions, type_)
    return found is not None and found.status == "True"


def set_condition(conditions: list[C], condition: C, now: str = "") -> bool:
    """Put `condition` in the list, in the place of the one of its type; tells whether that changed anything.

    The transition time stays where the status stays; else it becomes `now` (RFC 3339) where that is given, or stays
    the one `condition` brings. `condition` itself goes into the list.
    """
    for index, old in enumerate(conditions):
        if old.type != condition.type:
            continue
        if old.status == condition.status:
            condition.last_transition_time = old.last_transition_time
        else:
            condition.last_transition_time = now or condition.last_transition_time
        if old == condition:
            return False
        conditions[index] = condition
        return True
    condition.last_transition_time = now or condition.last_transition_time
    conditions.append(condition)
    return True


def remove_condition(conditions: list[C], type_: str) -> bool:
    """Take the condition of that type out of the list; tells whether there was one."""
    kept = [condition for condition in conditions if condition.type != type_]
    changed = len(kept) != len(conditions)
    conditions[:] = kept
    return changed
