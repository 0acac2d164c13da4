"""Which old value a new one takes the place of: by name in objects and maps, by key in lists of the type `map`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from apiserver.crd.schema import LIST_KEYS, LIST_TYPE, Schema, item_schema, value_schema


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


def unchanged(schema: Schema, value: Any, old: Any) -> bool:
    """Whether a value is as it was, so that its faults are nobody's: items of a `map` list may have moved.

    What holds fields that the schema does not know counts as changed, as it does in Kubernetes; so does a whole object.
    """
    if value is None or old is None:
        return value is old
    if type(value) is dict and type(old) is dict:
        if len(value) != len(old):
            return False
        properties, others = schema.get("properties", {}), value_schema(schema)
        for name, item in value.items():
            inner = properties.get(name, others)
            if inner is None or name not in old or not unchanged(inner, item, old[name]):
                return False
        return True
    if type(value) is list and type(old) is list and schema.get(LIST_TYPE) == "map":
        if len(value) != len(old):
            return False
        find, items = correlated_items(schema, old), item_schema(schema) or {}
        return all((before := find(each)) is not ABSENT and unchanged(items, each, before) for each in value)
    return _identical(value, old)


def _identical(value: Any, old: Any) -> bool:
    """Equality with types: 1.0 is another number than 1."""
    if type(value) is not type(old):
        return False
    if type(value) is dict:
        return value.keys() == old.keys() and all(_identical(each, old[name]) for name, each in value.items())
    if type(value) is list:
        return len(value) == len(old) and all(map(_identical, value, old))
    return bool(value == old)
