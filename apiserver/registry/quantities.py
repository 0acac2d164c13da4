"""Quantities in the one form in which Kubernetes writes them: `1000m` is `1`, `1.5Gi` is `1536Mi`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, get_args

from minik8s.api.fields import Struct, fields_of
from minik8s.machinery import quantity
from minik8s.machinery.quantity import QuantityError

_ZERO = "0"


def _canonical(value: str) -> str:
    try:
        return quantity.canonical(value)
    except QuantityError:  # whoever decodes refuses it, in words of its own
        return value


def _structs(tp: Any) -> list[type[Struct]]:
    if isinstance(tp, type) and issubclass(tp, Struct):
        return [tp]
    return [found for arg in get_args(tp) for found in _structs(arg)]


def _reaches(cls: type[Struct], seen: set[type[Struct]]) -> bool:
    """Whether there are quantities somewhere below a type."""
    if cls in seen:
        return False
    seen.add(cls)
    return any(
        field.scalar_format == "quantity" or any(_reaches(each, seen) for each in _structs(field.type))
        for field in fields_of(cls)
    )


@cache
def _plan(cls: type[Struct]) -> tuple[tuple[tuple[str, bool], ...], tuple[str, ...]]:
    """The fields of a type that hold quantities, with whether nothing is written as 0; and those that lead to some."""
    own, further = [], []
    for field in fields_of(cls):
        if field.scalar_format == "quantity":
            own.append((field.attribute, field.written_empty))
        elif any(_reaches(each, set()) for each in _structs(field.type)):
            further.append(field.attribute)
    return tuple(own), tuple(further)


def rewrite_quantities(obj: Struct, rewrite: Callable[[str], str]) -> None:
    """Put `rewrite` of every quantity of an object in its place."""
    own, further = _plan(type(obj))
    for name, zero in own:
        value = getattr(obj, name)
        if not value:
            if zero and value == "":
                setattr(obj, name, _ZERO)
        elif type(value) is str:
            setattr(obj, name, rewrite(value))
        elif type(value) is dict:
            for key, each in value.items():
                value[key] = rewrite(each)
        else:
            value[:] = map(rewrite, value)
    for name in further:
        value = getattr(obj, name)
        if not value:
            continue
        if type(value) is list:
            for each in value:
                rewrite_quantities(each, rewrite)
        elif type(value) is dict:
            for each in value.values():
                rewrite_quantities(each, rewrite)
        else:
            rewrite_quantities(value, rewrite)


def canonical_quantities(obj: Struct) -> None:
    """Rewrite every quantity of an object, in place; what is none stays as it is."""
    rewrite_quantities(obj, _canonical)


def check_quantities(obj: Struct) -> None:
    """Like `canonical_quantities`. Raises QuantityError for what is no quantity."""
    rewrite_quantities(obj, quantity.canonical)
