"""Operators, `size`, `type`, `dyn` and equality."""

from __future__ import annotations

from typing import Any

from minik8s.machinery.cel import operators
from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import NoOverload
from minik8s.machinery.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    TYPE,
    UINT,
    Type,
    list_of,
    map_of,
    variable,
)
from minik8s.machinery.cel.values import TypeValue, equals, size_of, type_name

A, B = variable("A"), variable("B")
_NUMBERS = (INT, UINT, DOUBLE)
_ORDERED = (BOOL, INT, UINT, DOUBLE, STRING, BYTES, TIMESTAMP, DURATION)


def _binary(name: str, work: Any, *forms: tuple[Any, Any, Any], cost: Any = None) -> Function:
    return Function(name, tuple(Overload((one, other), result) for one, other, result in forms), work, cost)


def _sizes(one: Any, other: Any) -> int:
    least = min(size_of(one), size_of(other))
    return least // 10 if isinstance(one, str | bytes) else least


def _both(one: Any, other: Any) -> int:
    return (size_of(one) + size_of(other)) // 10


def _size(value: Any) -> int:
    if isinstance(value, str | bytes | list | dict):
        return len(value)
    raise NoOverload


_COMPARED = tuple((each, each, BOOL) for each in _ORDERED) + tuple(
    (one, other, BOOL) for one in _NUMBERS for other in _NUMBERS if one is not other
)

FUNCTIONS = (
    _binary(
        "_+_",
        operators.add,
        *((each, each, each) for each in (INT, UINT, DOUBLE, STRING, BYTES, DURATION)),
        (list_of(A), list_of(A), list_of(A)),
        (TIMESTAMP, DURATION, TIMESTAMP),
        (DURATION, TIMESTAMP, TIMESTAMP),
        cost=_both,
    ),
    _binary(
        "_-_",
        operators.subtract,
        *((each, each, each) for each in (INT, UINT, DOUBLE, DURATION)),
        (TIMESTAMP, TIMESTAMP, DURATION),
        (TIMESTAMP, DURATION, TIMESTAMP),
    ),
    _binary("_*_", operators.multiply, *((each, each, each) for each in _NUMBERS)),
    _binary("_/_", operators.divide, *((each, each, each) for each in _NUMBERS)),
    _binary("_%_", operators.modulo, (INT, INT, INT), (UINT, UINT, UINT)),
    _binary("_==_", equals, (A, A, BOOL), cost=_sizes),
    _binary("_!=_", lambda one, other: not equals(one, other), (A, A, BOOL), cost=_sizes),
    _binary("_<_", lambda one, other: operators.compare(one, other) == -1, *_COMPARED, cost=_sizes),
    _binary("_<=_", lambda one, other: operators.compare(one, other) in (-1, 0), *_COMPARED, cost=_sizes),
    _binary("_>_", lambda one, other: operators.compare(one, other) == 1, *_COMPARED, cost=_sizes),
    _binary("_>=_", lambda one, other: operators.compare(one, other) in (0, 1), *_COMPARED, cost=_sizes),
    _binary(
        "@in",
        operators.contains,
        (A, list_of(A), BOOL),
        (A, map_of(A, B), BOOL),
        cost=lambda item, where: len(where) if isinstance(where, list) else 0,
    ),
    _binary("_&&_", lambda one, other: one and other, (BOOL, BOOL, BOOL)),
    _binary("_||_", lambda one, other: one or other, (BOOL, BOOL, BOOL)),
    Function("!_", (Overload((BOOL,), BOOL),), operators.negation),
    Function("-_", tuple(Overload((each,), each) for each in (INT, DOUBLE)), operators.negate),
    Function(
        "size",
        tuple(
            Overload((each,), INT, is_method)
            for each in (STRING, BYTES, list_of(A), map_of(A, B))
            for is_method in (False, True)
        ),
        _size,
    ),
    Function("type", (Overload((A,), Type(TYPE.name, (A,))),), lambda value: TypeValue(type_name(value))),
    Function("dyn", (Overload((A,), DYN),), lambda value: value),
)
