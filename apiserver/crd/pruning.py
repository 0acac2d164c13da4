"""Taking out of an object what its schema does not know, and nulls that may not be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apiserver.crd.schema import Schema, is_embedded, item_schema, keeps_unknown

Prune = Callable[[Any, str, list[str]], None]
"""Prune an object or a list in place; the paths of fields that went are added to the list, the path ends with a dot
or is ""."""
_META = frozenset({"apiVersion", "kind", "metadata"})
_NOTHING: Prune | None = None


def pruner(schema: Schema, *, root: bool = False) -> Prune | None:
    """What prunes objects and lists of a schema, None where nothing can go. `root` values are whole objects."""
    keeps = keeps_unknown(schema)
    items = item_schema(schema)
    each = pruner(items) if items is not None else None if keeps else _prune_all
    known = {name: (_drops_null(child), pruner(child)) for name, child in schema.get("properties", {}).items()}
    if root or is_embedded(schema):
        # Metadata is typed: who reads objects takes care of it.
        known |= dict.fromkeys(_META, (False, _NOTHING))
    additional = schema.get("additionalProperties")
    other: tuple[bool, Prune | None] | None = (False, _NOTHING) if keeps else None
    if isinstance(additional, dict):
        other = (_drops_null(additional), pruner(additional))
    elif additional:
        other = (False, _NOTHING if keeps else _prune_all)
    if each is None and other == (False, None) and all(found == (False, None) for found in known.values()):
        return None
    return _prune(known, other, each)


def _drops_null(schema: Schema) -> bool:
    """Whether null is no value: the field goes, unless a default takes its place."""
    return not schema.get("nullable") and schema.get("default") is None


def _prune(
    known: Mapping[str, tuple[bool, Prune | None]], other: tuple[bool, Prune | None] | None, each: Prune | None
) -> Prune:
    find = known.get

    def prune(value: Any, path: str, unknown: list[str]) -> None:
        if type(value) is list:
            if each is not None:
                for index, item in enumerate(value):
                    if type(item) is dict or type(item) is list:
                        each(item, f"{path[:-1]}[{index}].", unknown)
            return
        gone: list[str] | None = None
        for key, item in value.items():
            found = find(key, other)
            if found is None:
                unknown.append(path + key)
                gone = [key] if gone is None else [*gone, key]
            elif item is None:
                if found[0]:
                    gone = [key] if gone is None else [*gone, key]
            elif found[1] is not None and (type(item) is dict or type(item) is list):
                found[1](item, f"{path}{key}.", unknown)
        if gone is not None:
            for key in gone:
                del value[key]

    return prune


def _prune_all(value: Any, path: str, unknown: list[str]) -> None:
    """Of what has no schema nothing stays but lists and plain values."""
    _ALL(value, path, unknown)


_ALL = _prune({}, None, _prune_all)
