"""Taking out of an object what its schema does not know, and nulls that may not be there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiserver.crd.schema import Schema, is_embedded, item_schema, keeps_unknown, value_schema

Prune = Callable[[Any, str, list[str]], None]
"""Prune a value in place; the paths of fields that went are added to the list, the path ends with a dot or is ""."""
_META = frozenset({"apiVersion", "kind", "metadata"})


def pruner(schema: Schema, *, root: bool = False) -> Prune | None:
    """What prunes values of a schema, None where there is nothing to do. `root` values are whole objects."""
    items = item_schema(schema)
    each = pruner(items) if items is not None else None
    if each is not None and not _is_object(schema):
        return _of_list(each)
    if not _is_object(schema):
        return None
    known: dict[str, tuple[bool, Prune | None]] = {
        name: (bool(child.get("nullable")), pruner(child)) for name, child in schema.get("properties", {}).items()
    }
    kept = _META if root or is_embedded(schema) else frozenset()
    for name in kept:
        # Metadata is typed: who reads objects takes care of it.
        known[name] = (False, None)
    additional = value_schema(schema)
    open_ended = keeps_unknown(schema) or schema.get("additionalProperties") is True
    if additional is not None:
        return _of_map(known, bool(additional.get("nullable")), pruner(additional), each)
    return _of_object(known, open_ended, each)


def _is_object(schema: Schema) -> bool:
    return schema.get("type") == "object" or (
        not schema.get("type") and ("properties" in schema or "additionalProperties" in schema)
    )


def _of_list(each: Prune) -> Prune:
    def prune(value: Any, path: str, unknown: list[str]) -> None:
        if type(value) is list:
            for index, item in enumerate(value):
                each(item, f"{path[:-1]}[{index}].", unknown)

    return prune


def _of_object(known: dict[str, tuple[bool, Prune | None]], open_ended: bool, each: Prune | None) -> Prune:
    find = known.get

    def prune(value: Any, path: str, unknown: list[str]) -> None:
        if type(value) is not dict:
            return
        gone: list[str] | None = None
        for key, item in value.items():
            found = find(key)
            if found is None:
                if not open_ended:
                    unknown.append(path + key)
                    gone = [key] if gone is None else [*gone, key]
                continue
            if item is None:
                if not found[0]:
                    gone = [key] if gone is None else [*gone, key]
            elif found[1] is not None:
                found[1](item, f"{path}{key}.", unknown)
        if gone is not None:
            for key in gone:
                del value[key]

    return prune


def _of_map(
    known: dict[str, tuple[bool, Prune | None]], nullable: bool, inside: Prune | None, each: Prune | None
) -> Prune:
    other = (nullable, inside)
    find = known.get

    def prune(value: Any, path: str, unknown: list[str]) -> None:
        if type(value) is not dict:
            return
        gone: list[str] = []
        for key, item in value.items():
            found = find(key, other)
            if item is None:
                if not found[0]:
                    gone.append(key)
            elif found[1] is not None:
                found[1](item, f"{path}{key}.", unknown)
        for key in gone:
            del value[key]

    return prune
