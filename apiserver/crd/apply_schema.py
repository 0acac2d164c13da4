"""A schema as server-side apply and owners of fields see it."""

from __future__ import annotations

from typing import Any

from apiserver.crd.schema import (
    INT_OR_STRING,
    LIST_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    PRESERVE,
    Schema,
    is_embedded,
    item_schema,
    value_schema,
)
from minik8s.api.object_meta import ObjectMeta
from minik8s.machinery.apply import schema as apply

_SCALARS = {"string": apply.STRING, "integer": apply.NUMBER, "number": apply.NUMBER, "boolean": apply.BOOLEAN}


def applied_schema(schema: Schema) -> apply.Schema:
    """How whole objects are taken apart."""
    made = _map(schema)
    made.fields.update(apiVersion=apply.STRING, kind=apply.STRING, metadata=apply.schema_of(ObjectMeta))
    return made.settle()


def _type(schema: Schema, default: Any = None) -> apply.Schema:
    if schema.get(INT_OR_STRING):
        found = apply.SCALAR
    else:
        kind = schema.get("type", "")
        if kind == "array":
            return _list(schema)
        if kind == "object":
            return _map(schema).settle()
        found = _SCALARS.get(kind, apply.ANY)
    if default is not None and found is not apply.ANY:
        return apply.Schema(found.kind, default=default).settle()
    return found


def _map(schema: Schema) -> apply.Schema:
    made = apply.Schema("map", atomic=schema.get(MAP_TYPE) == "atomic")
    for name, child in schema.get("properties", {}).items():
        made.fields[name] = _type(child, child.get("default"))
    if is_embedded(schema):
        made.fields.setdefault("apiVersion", apply.STRING)
        made.fields.setdefault("kind", apply.STRING)
        made.fields["metadata"] = apply.schema_of(ObjectMeta)
    values = value_schema(schema)
    if values is not None:
        made.element = _type(values)
    elif schema.get(PRESERVE) or schema.get("additionalProperties") is True:
        made.element = apply.ANY
    return made


def _list(schema: Schema) -> apply.Schema:
    element = _type(item_schema(schema) or {})
    match schema.get(LIST_TYPE):
        case "map":
            return apply.Schema("list", element=element, keys=tuple(sorted(schema.get(LIST_KEYS, ())))).settle()
        case "set":
            return apply.Schema("list", element=element, is_set=True).settle()
    return apply.Schema("list", element=element, atomic=True).settle()
