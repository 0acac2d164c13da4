"""Lists as sets (cel-go ext.Sets)."""

from __future__ import annotations

from typing import Any

from minik8s.machinery.cel.library.declare import function, need
from minik8s.machinery.cel.types import BOOL, list_of, variable
from minik8s.machinery.cel.values import equals

A = variable("A")


def _holds(items: Any, wanted: Any) -> bool:
    return any(equals(item, wanted) for item in items)


def _contains(one: Any, other: Any) -> bool:
    need(one, list)
    return all(_holds(one, item) for item in need(other, list))


def _cost(one: Any, other: Any) -> int:
    return len(one) * len(other)


FUNCTIONS = (
    function("sets.contains", (list_of(A), list_of(A)), BOOL, _contains, _cost),
    function(
        "sets.equivalent",
        (list_of(A), list_of(A)),
        BOOL,
        lambda one, other: _contains(one, other) and _contains(other, one),
        lambda one, other: 2 * _cost(one, other),
    ),
    function(
        "sets.intersects",
        (list_of(A), list_of(A)),
        BOOL,
        lambda one, other: any(_holds(other, item) for item in need(one, list)),
        _cost,
    ),
)
