"""What fields an object has, and which of them differ between two versions of it."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from minik8s.machinery.apply.field_set import LEAF, SELF, FieldSet
from minik8s.machinery.apply.schema import ANY, ATOMIC, SCALAR, Schema


class _Absent:
    """What stands for a value that is not there; null is a value."""


ABSENT: Final = _Absent()
_encode = msgspec.json.Encoder(order="deterministic").encode


def item_element(schema: Schema, item: Any) -> str:
    """The path element of a list item."""
    if schema.keys:
        if not isinstance(item, dict):
            return f"v:{written(item)}"
        fields = schema.element.fields if schema.element is not None else {}
        keys = {}
        for name in schema.keys:
            value = item.get(name)
            if value is None:
                declared = fields.get(name)
                value = declared.default if declared is not None else None
            if value is not None:
                keys[name] = value
        if len(keys) == 1:
            ((name, value),) = keys.items()
            if type(value) is str and value.isascii() and '"' not in value and "\\" not in value:
                return f'k:{{"{name}":"{value}"}}'
        return f"k:{_encode(keys).decode()}"
    return f"v:{written(item)}"


def written(value: Any) -> str:
    """A value as path elements hold it: JSON without blanks, keys in order."""
    if isinstance(value, float):
        return json.dumps(value)
    return _encode(value).decode()


def resolved(schema: Schema | None, value: Any) -> Schema:
    """The schema to read a value by: what is not declared goes by the value itself."""
    if schema is None:
        schema = ANY
    if schema.kind == "any" and not schema.atomic:
        if isinstance(value, dict):
            return ANY
        return ATOMIC if isinstance(value, list) else SCALAR
    return schema


def everything(schema: Schema | None, value: Any) -> FieldSet:
    """The node of a value all of which is new (or all of which is gone)."""
    schema = resolved(schema, value)
    if schema.leaf or not value:
        return LEAF
    if schema.kind == "list":
        if not isinstance(value, list):
            return LEAF
        node: FieldSet = {SELF: LEAF}
        for item in value:
            element = item_element(schema, item)
            # What stands twice is owned as a whole.
            node[element] = LEAF if schema.is_set or element in node else everything(schema.element, item)
        return node
    if not isinstance(value, dict):
        return LEAF
    node = {SELF: LEAF}
    fields, other = schema.fields, schema.element
    for key, item in value.items():
        child = fields.get(key, other)
        node["f:" + key] = LEAF if child is not None and child.leaf else everything(child, item)
    return node


class Difference:
    """What one version has more or otherwise (`touched`) and what it has no longer (`removed`)."""

    __slots__ = ("removed", "touched")

    def __init__(self, touched: FieldSet | None = None, removed: FieldSet | None = None) -> None:
        self.touched: FieldSet = touched if touched is not None else {}
        self.removed: FieldSet = removed if removed is not None else {}

    def __bool__(self) -> bool:
        return bool(self.touched or self.removed)


def compare(schema: Schema, old: dict[str, Any], new: dict[str, Any]) -> Difference:
    """How `new` differs from `old`."""
    found = Difference()
    touched, removed = _map(schema, old, new)
    if touched:
        found.touched = touched
    if removed:
        found.removed = removed
    return found


_Nodes = tuple[FieldSet | None, FieldSet | None]
_NOTHING: _Nodes = (None, None)


def _compare(schema: Schema | None, old: Any, new: Any) -> _Nodes:
    """The nodes of what was touched and removed; None where nothing was."""
    if old is ABSENT:
        return everything(schema, new), None
    if new is ABSENT:
        return None, everything(schema, old)
    if old == new and type(old) is type(new):
        return _NOTHING
    schema = resolved(schema, new if new is not None else old)
    if schema.leaf or (not old and not new):
        if not old and not new and not isinstance(old, bool | str | int) and not isinstance(new, bool | str | int):
            # Null and empty are one and the same for typed values, but a list that was null becomes one.
            return (LEAF, None) if old is None and isinstance(new, list) else _NOTHING
        return LEAF, None
    if schema.kind == "list" and isinstance(old or [], list) and isinstance(new or [], list):
        return _list(schema, old or [], new or [])
    if schema.kind != "list" and isinstance(old or {}, dict) and isinstance(new or {}, dict):
        return _map(schema, old or {}, new or {})
    return LEAF, None


def _map(schema: Schema, old: dict[str, Any], new: dict[str, Any]) -> _Nodes:
    touched: FieldSet = {}
    removed: FieldSet = {}
    fields, other = schema.fields, schema.element
    for key, value in new.items():
        plus, minus = _compare(fields.get(key, other), old.get(key, ABSENT), value)
        if plus is not None:
            touched["f:" + key] = plus
        if minus is not None:
            removed["f:" + key] = minus
    for key, value in old.items():
        if key not in new:
            removed["f:" + key] = everything(fields.get(key, other), value)
    return touched or None, removed or None


def _list(schema: Schema, old: list[Any], new: list[Any]) -> _Nodes:
    touched: FieldSet = {}
    removed: FieldSet = {}
    before, after = _by_element(schema, old), _by_element(schema, new)
    for element, items in after.items():
        had = before.get(element)
        if had is None:
            touched[element] = LEAF if schema.is_set or len(items) > 1 else everything(schema.element, items[0])
        elif len(items) == 1 and len(had) == 1:
            if schema.is_set:
                continue
            plus, minus = _compare(schema.element, had[0], items[0])
            if plus is not None:
                touched[element] = plus
            if minus is not None:
                removed[element] = minus
        elif had != items:
            touched[element] = LEAF
    for element, items in before.items():
        if element not in after:
            removed[element] = LEAF if schema.is_set or len(items) > 1 else everything(schema.element, items[0])
    return touched or None, removed or None


def _by_element(schema: Schema, items: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(item_element(schema, item), []).append(item)
    return found


def fields_in(schema: Schema | None, value: Any) -> FieldSet:
    """The fields that a configuration names: what it owns once it is applied. Of maps only the ends count."""
    schema = resolved(schema, value)
    found: FieldSet = {}
    if schema.leaf or value is None:
        return found
    if schema.kind == "list":
        for item in value if isinstance(value, list) else ():
            element = item_element(schema, item)
            below = {} if schema.is_set else fields_in(schema.element, item)
            found[element] = {SELF: LEAF, **below} if below else LEAF
        return found
    for key, item in value.items() if isinstance(value, dict) else ():
        declared = schema.fields.get(key)
        child = resolved(declared if declared is not None else schema.element, item)
        below = fields_in(child, item)
        member = child.leaf or declared is None or item is None or (isinstance(item, dict) and not item)
        if below:
            found["f:" + key] = {SELF: LEAF, **below} if member else below
        elif member:
            found["f:" + key] = LEAF
    return found


def named_members(schema: Schema | None, fields: FieldSet) -> FieldSet:
    """The set with every declared field that has something below it in the set itself."""
    found: FieldSet = {}
    for element, node in fields.items():
        if element == SELF:
            continue
        if not node:
            found[element] = node
            continue
        declared = False
        if schema is None:
            child = None
        elif element.startswith("f:"):
            declared = element[2:] in schema.fields
            child = schema.child(element[2:])
        else:
            child = schema.element
        below = named_members(child, node)
        if SELF in node or declared:
            below = {SELF: LEAF, **below}
        found[element] = below
    return found
