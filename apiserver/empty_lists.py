"""Empty lists that the store forgets: what Kubernetes keeps as protobuf has none, and reads back null."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

import msgspec

from minik8s.api.fields import Struct, fields_of
from minik8s.api.nullable import is_nullable


def forget_empty(obj: Struct) -> bool:
    """Make null of every empty list below an object that is null when absent; tells whether there were any."""
    own, further = _plan(type(obj))
    found = False
    for name in own:
        value = getattr(obj, name)
        if type(value) is list and not value:
            setattr(obj, name, None)
            found = True
    for name in further:
        value = getattr(obj, name)
        if isinstance(value, Struct):
            found |= forget_empty(value)
        elif value:
            for each in value.values() if isinstance(value, dict) else value:
                found |= forget_empty(each)
    return found


@cache
def _plan(cls: type[Struct]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The attributes of a type that are such lists, and those that lead to some."""
    # Definitions of custom resources are kept as JSON, which tells an empty list from null.
    if cls.__module__.endswith("apiextensions_v1"):
        return (), ()
    nullable = tuple(info.name for info in msgspec.structs.fields(cls) if is_nullable(info.default_factory))
    further = tuple(
        field.attribute for field in fields_of(cls) if any(_reaches(each, set()) for each in _structs(field.type))
    )
    return nullable, further


def _reaches(cls: type[Struct], seen: set[type[Struct]]) -> bool:
    if cls in seen:
        return False
    seen.add(cls)
    return any(is_nullable(info.default_factory) for info in msgspec.structs.fields(cls)) or any(
        _reaches(each, seen) for field in fields_of(cls) for each in _structs(field.type)
    )


def _structs(tp: Any) -> list[type[Struct]]:
    if isinstance(tp, type) and issubclass(tp, Struct):
        return [tp]
    return [found for arg in get_args(tp) for found in _structs(arg)]
