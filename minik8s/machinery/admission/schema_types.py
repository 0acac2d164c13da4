"""Kinds described by OpenAPI (v3) as types that expressions are checked with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minik8s.machinery.cel.operators import escaped
from minik8s.machinery.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    ObjectType,
    Type,
    list_of,
    map_of,
)

_REFERENCE = "#/components/schemas/"
_GVK = "x-kubernetes-group-version-kind"
_DEEPEST = 64


def schema_types(document: Mapping[str, Any], group: str, version: str, kind: str) -> Any:
    """(a kind's type, the types of its parts) as a document tells them; None where it tells nothing of the kind."""
    components = document.get("components")
    held = components.get("schemas") if isinstance(components, dict) else None
    schemas: dict[str, Any] = held if isinstance(held, dict) else {}
    wanted = {"group": group, "version": version, "kind": kind}
    for name, schema in schemas.items():
        if isinstance(schema, dict) and wanted in (schema.get(_GVK) or []):
            reader = _Reader(schemas)
            return reader.named(name), tuple(reader.found.values())
    return None


class _Reader:
    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self.found: dict[str, ObjectType] = {}

    def named(self, name: str) -> Type:
        """The type of a component."""
        schema = self._schemas.get(name)
        return self._type(schema, name, 0) if isinstance(schema, dict) else DYN

    def _type(self, schema: Any, path: str, depth: int) -> Type:
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return DYN
        reference = schema.get("$ref")
        for each in schema.get("allOf") or ():
            if isinstance(each, dict) and "$ref" in each:
                reference = each["$ref"]
        if isinstance(reference, str):
            name = reference.removeprefix(_REFERENCE)
            return Type(name) if name in self.found else self.named(name)
        if schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields"):
            return DYN
        form = schema.get("format")
        match schema.get("type"):
            case "string" if form in ("date-time", "date"):
                return TIMESTAMP
            case "string":
                return BYTES if form == "byte" else STRING
            case "integer":
                return INT
            case "number":
                return DOUBLE
            case "boolean":
                return BOOL
            case "array":
                return list_of(self._type(schema.get("items"), f"{path}.@items", depth + 1))
            case "object":
                return self._object(schema, path, depth)
        return DYN

    def _object(self, schema: dict[str, Any], path: str, depth: int) -> Type:
        properties, others = schema.get("properties"), schema.get("additionalProperties")
        if not isinstance(properties, dict):
            return map_of(STRING, self._type(others, f"{path}.@values", depth + 1)) if others else DYN
        fields: dict[str, Type] = {}
        self.found[path] = ObjectType(path, fields)
        for key, each in properties.items():
            known = fields[key] = self._type(each, f"{path}.{key}", depth + 1)
            spelled = escaped(key)
            if spelled is not None:
                fields[spelled] = known
        return Type(path)
