"""Which old value a new one takes the place of: by name in objects and maps, by key in lists of the type `map`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from apiserver.crd.schema import LIST_KEYS, LIST_TYPE, Schema, item_schema


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""Stands for an old value that does not exist, or that nothing ties to the new one."""

Items = Callable[[Any], Any]
"""The old item a new one replaces, or ABSENT."""


def _nothing(item: Any) -> Any:
    return ABSENT


def correlated_items(schema: Schema, old: Any) -> Items:
    """How the items of a list are found in the old list."""
    if schema.get(LIST_TYPE) != "map" or type(old) is not list:
        return _nothing
    properties = (item_schema(schema) or {}).get("properties", {})
    keys = tuple(schema.get(LIST_KEYS, ()))
    defaults = {key: properties.get(key, {}).get("default") for key in keys}

    def mark(item: Any) -> Any:
        return tuple(item.get(key, defaults[key]) for key in keys) if type(item) is dict else None

    try:
        held = {mark(item): item for item in old}
    except TypeError:
        return _nothing

    def find(item: Any) -> Any:
        try:
            return held.get(mark(item), ABSENT)
        except TypeError:
            return ABSENT

    return find
