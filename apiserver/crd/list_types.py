"""Lists that are sets or maps: nothing stands in them twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from apiserver.crd.json_values import child_path, frozen
from apiserver.crd.schema import LIST_KEYS, LIST_TYPE, Schema, item_schema, value_schema
from apiserver.registry.errors import Errors

Lists = Callable[[Any, str, Errors], None]


def list_checker(schema: Schema) -> Lists | None:
    """What finds duplicates in the lists of a value, None where a schema has no sets or maps."""
    items = item_schema(schema)
    if items is not None:
        kind = schema.get(LIST_TYPE)
        keys = tuple(schema.get(LIST_KEYS, ())) if kind == "map" else ()
        inside = list_checker(items)
        if kind in ("set", "map"):
            return _of_list(keys, inside)
        return None if inside is None else _within(inside)
    known = {name: found for name, child in schema.get("properties", {}).items() if (found := list_checker(child))}
    values = value_schema(schema)
    others = list_checker(values) if values is not None else None
    if not known and others is None:
        return None

    def check(value: Any, path: str, errors: Errors) -> None:
        if type(value) is not dict:
            return
        for name, found in known.items():
            if name in value:
                found(value[name], child_path(path, name), errors)
        if others is not None:
            for name, item in value.items():
                if name not in known:
                    others(item, f"{path}[{name}]", errors)

    return check


def _within(inside: Lists) -> Lists:
    def check(value: Any, path: str, errors: Errors) -> None:
        if type(value) is list:
            for index, item in enumerate(value):
                inside(item, f"{path}[{index}]", errors)

    return check


def _of_list(keys: tuple[str, ...], inside: Lists | None) -> Lists:
    """Of a map whose items have `keys`, or of a set."""
    below = _within(inside) if inside is not None else None

    def check(value: Any, path: str, errors: Errors) -> None:
        if type(value) is not list:
            return
        shown = _marked(value, keys, path, errors) if keys else value
        times: Counter[Any] = Counter()
        for index, item in enumerate(shown):
            # As it was written, 1.0 is another number than 1.
            mark = (type(item) is float, frozen(item))
            times[mark] += 1
            # A third one is not told of.
            if times[mark] == 2:
                errors.duplicate(f"{path}[{index}]", item)
        if below is not None:
            below(value, path, errors)

    return check


def _marked(items: list[Any], keys: tuple[str, ...], path: str, errors: Errors) -> list[Any]:
    """The keys of each item; none where an item is no object."""
    for index, item in enumerate(items):
        if item is not None and type(item) is not dict:
            errors.invalid(f"{path}[{index}]", item, "must be an object for an array of list-type map")
            return []
    return [{key: item[key] for key in keys if key in item} if item is not None else {} for item in items]
