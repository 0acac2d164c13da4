"""Lists: Kubernetes' own functions, and cel-go's extended ones."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from minik8s.machinery.cel import operators
from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import function, method, need
from minik8s.machinery.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    LIST_DYN,
    STRING,
    TIMESTAMP,
    UINT,
    list_of,
    variable,
)
from minik8s.machinery.cel.values import equals

A = variable("A")
_ORDERED = (INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES)
_SUMMED = (INT, UINT, DOUBLE, DURATION)
_MOST = 100_000


def _items(*values: Any) -> int:
    return len(values[0]) if isinstance(values[0], list) else 0


def _is_sorted(items: Any) -> bool:
    return all(operators.compare(a, b) in (-1, 0) for a, b in zip(need(items, list), items[1:], strict=False))


def _sum(items: Any) -> Any:
    total: Any = None
    for item in need(items, list):
        total = item if total is None else operators.add(total, item)
    return 0 if total is None else total


def _extreme(items: Any, wanted: int) -> Any:
    if not need(items, list):
        raise EvalError(f"{'min' if wanted < 0 else 'max'} called on empty list")
    best = items[0]
    for item in items[1:]:
        if operators.compare(item, best) == wanted:
            best = item
    return best


def _position(items: Any, wanted: Any) -> int:
    return next((i for i, item in enumerate(need(items, list)) if equals(item, wanted)), -1)


def _last_position(items: Any, wanted: Any) -> int:
    return next((i for i in range(len(need(items, list)) - 1, -1, -1) if equals(items[i], wanted)), -1)


def _distinct(items: Any) -> list[Any]:
    found: list[Any] = []
    for item in need(items, list):
        if not any(equals(item, held) for held in found):
            found.append(item)
    return found


def _flatten(items: Any, depth: Any = 1) -> list[Any]:
    if depth < 0:
        raise EvalError("level must be non-negative")
    found: list[Any] = []
    for item in need(items, list):
        if isinstance(item, list) and depth > 0:
            found += _flatten(item, depth - 1)
        else:
            found.append(item)
    return found


def _slice(items: Any, start: Any, end: Any) -> list[Any]:
    need(items, list)
    if start < 0 or end < 0:
        raise EvalError(f"cannot slice({start}, {end}), negative indexes not supported")
    if start > end:
        raise EvalError(f"cannot slice({start}, {end}), start index must be less than or equal to end index")
    if end > len(items):
        raise EvalError(f"cannot slice({start}, {end}), list is length {len(items)}")
    return items[start:end]  # type: ignore[no-any-return]


def _range(count: Any) -> list[int]:
    if count > _MOST:
        raise EvalError("lists.range is too large")
    return list(range(count))


FUNCTIONS = (
    Function("isSorted", tuple(Overload((list_of(t),), BOOL, True) for t in _ORDERED), _is_sorted, _items),
    Function("sum", tuple(Overload((list_of(t),), t, True) for t in _SUMMED), _sum, _items),
    Function(
        "min", tuple(Overload((list_of(t),), t, True) for t in _ORDERED), lambda items: _extreme(items, -1), _items
    ),
    Function(
        "max", tuple(Overload((list_of(t),), t, True) for t in _ORDERED), lambda items: _extreme(items, 1), _items
    ),
    method("indexOf", (list_of(A), A), INT, _position, _items),
    method("lastIndexOf", (list_of(A), A), INT, _last_position, _items),
    method("distinct", (list_of(A),), list_of(A), _distinct, lambda items: len(items) * len(items)),
    Function(
        "flatten",
        (Overload((list_of(list_of(A)),), list_of(A), True), Overload((LIST_DYN, INT), LIST_DYN, True)),
        _flatten,
        _items,
    ),
    method("reverse", (list_of(A),), list_of(A), lambda items: need(items, list)[::-1], _items),
    method("slice", (list_of(A), INT, INT), list_of(A), _slice, _items),
    Function(
        "sort",
        tuple(Overload((list_of(t),), list_of(t), True) for t in _ORDERED),
        lambda items: sorted(need(items, list), key=cmp_to_key(operators.compare)),
        lambda items: len(items) * max(len(items).bit_length(), 1),
    ),
    function("lists.range", (INT,), list_of(INT), _range, lambda count: max(count, 0)),
)
__all__ = ["DYN", "FUNCTIONS"]
