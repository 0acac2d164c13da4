"""A schema as plain data, as a definition's JSON holds it, and the few questions everybody asks of it."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
"""One JSONSchemaProps as plain data; what is not set is not there."""

DEEPEST = 100
"""How far schemas may be nested: further than any author writes, and less than a stack holds."""
PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"
INT_OR_STRING = "x-kubernetes-int-or-string"
LIST_TYPE = "x-kubernetes-list-type"
LIST_KEYS = "x-kubernetes-list-map-keys"
MAP_TYPE = "x-kubernetes-map-type"
RULES = "x-kubernetes-validations"


def item_schema(schema: Schema) -> Schema | None:
    """The schema of a list's items."""
    items = schema.get("items")
    return items if isinstance(items, dict) else None


def value_schema(schema: Schema) -> Schema | None:
    """The schema of a map's values, None where they are free or not allowed."""
    found = schema.get("additionalProperties")
    return found if isinstance(found, dict) else None


def keeps_unknown(schema: Schema) -> bool:
    """Whether fields that are not declared stay."""
    return bool(schema.get(PRESERVE))


def is_embedded(schema: Schema) -> bool:
    """Whether values are whole objects with kind and metadata."""
    return bool(schema.get(EMBEDDED))


def children(schema: Schema) -> list[tuple[str, Schema]]:
    """The schemas of what is inside values, with how their paths go on."""
    found = [(f".properties[{name}]", child) for name, child in schema.get("properties", {}).items()]
    if (items := item_schema(schema)) is not None:
        found.append((".items", items))
    if (values := value_schema(schema)) is not None:
        found.append((".additionalProperties", values))
    return found


def depth(schema: Any) -> int:
    """How far a schema is nested, counted without recursion; more than DEEPEST is told as DEEPEST + 1."""
    level: list[Any] = [schema]
    for found in range(DEEPEST + 1):
        level = [child for each in level for child in below(each)]
        if not level:
            return found
    return DEEPEST + 1


def below(schema: Any) -> list[Any]:
    """The schemas directly in a schema, wherever they stand."""
    if not isinstance(schema, dict):
        return []
    found: list[Any] = []
    for name in ("properties", "patternProperties", "definitions", "dependencies"):
        found += schema.get(name, {}).values()
    for name in ("allOf", "anyOf", "oneOf"):
        found += schema.get(name, ())
    items = schema.get("items")
    found += items if isinstance(items, list) else [items]
    found += (schema.get("additionalProperties"), schema.get("additionalItems"), schema.get("not"))
    return [each for each in found if isinstance(each, dict)]
