"""Small helpers for declaring functions, and their costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import NoOverload
from minik8s.machinery.cel.types import Type
from minik8s.machinery.cel.values import size_of

CHARACTER = 0.1
"""The cost of looking at one character."""


def method(
    name: str, parameters: tuple[Type, ...], result: Type, work: Callable[..., Any], cost: Any = None
) -> Function:
    """A method of one form, its receiver first."""
    return Function(name, (Overload(parameters, result, True),), work, cost)


def function(
    name: str, parameters: tuple[Type, ...], result: Type, work: Callable[..., Any], cost: Any = None
) -> Function:
    """A function of one form."""
    return Function(name, (Overload(parameters, result),), work, cost)


def walked(*values: Any) -> int:
    """The cost of going through the first argument once."""
    return -int(-size_of(values[0]) * CHARACTER // 1)


def matched(*values: Any) -> int:
    """The cost of looking for the second argument in the first."""
    return -int(-size_of(values[0]) * CHARACTER * max(size_of(values[1]) * CHARACTER, 1) // 1)


def need(value: Any, kind: type | tuple[type, ...]) -> Any:
    """The value, when it is of the kind. Raises EvalError."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise NoOverload
    return value
