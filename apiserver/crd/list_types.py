"""Lists that are sets or maps: nothing stands in them twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiserver.crd.schema import LIST_KEYS, LIST_TYPE, Schema, item_schema, value_schema
from apiserver.crd.validation import child_path, frozen
from apiserver.registry.errors import Errors

Lists = Callable[[Any, str, Errors], None]


def list_checker(schema: Schema) -> Lists | None:
    """What finds duplicates in the lists of a value, None where a schema has no sets or maps."""
    kind = schema.get(LIST_TYPE)
    items = item_schema(schema)
    inside = list_checker(items) if items is not None else None
    if items is not None:
        keys = tuple(schema.get(LIST_KEYS, ())) if kind == "map" else ()
        if kind in ("set", "map"):
            defaults = {
                key: child["default"]
                for key in keys
                if "default" in (child := items.get("properties", {}).get(key, {}))
            }
            return _of_list(kind, keys, defaults, inside)
        return None if inside is None else _of_list("", (), {}, inside)
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


def _of_list(kind: str, keys: tuple[str, ...], defaults: dict[str, Any], inside: Lists | None) -> Lists:
    def check(value: Any, path: str, errors: Errors) -> None:
        if type(value) is not list:
            return
        if kind:
            seen = set()
            for index, item in enumerate(value):
                if keys:
                    if type(item) is not dict:
                        continue
                    held = {key: found for key in keys if (found := item.get(key, defaults.get(key))) is not None}
                    mark, shown = frozen(held), held
                else:
                    mark, shown = frozen(item), item
                if mark in seen:
                    errors.duplicate(f"{path}[{index}]", shown)
                seen.add(mark)
        if inside is not None:
            for index, item in enumerate(value):
                inside(item, f"{path}[{index}]", errors)

    return check
