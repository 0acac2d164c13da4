"""Filling in what an author left out, as the schema's defaults say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from apiserver.crd.schema import Schema, item_schema, value_schema

Default = Callable[[Any], None]
"""Fill a value in place."""


def defaulter(schema: Schema) -> Default | None:
    """What fills values of a schema, None where there is nothing to fill in."""
    own: list[tuple[str, bytes, Any, bool]] = []
    below: list[tuple[str, Default]] = []
    for name, child in schema.get("properties", {}).items():
        if child.get("default") is not None:
            value = child["default"]
            plain = value if isinstance(value, str | int | float | bool) else None
            own.append((name, msgspec.json.encode(value), plain, bool(child.get("nullable"))))
        if (inner := defaulter(child)) is not None:
            below.append((name, inner))
    values = value_schema(schema)
    others = defaulter(values) if values is not None else None
    items = item_schema(schema)
    each = defaulter(items) if items is not None else None
    if not own and not below and others is None and each is None:
        return None
    fill = values.get("default") if values is not None else None
    names = frozenset(schema.get("properties", ()))

    def default(value: Any) -> None:
        if type(value) is dict:
            for name, text, plain, nullable in own:
                if name not in value or (value[name] is None and not nullable):
                    value[name] = plain if plain is not None else msgspec.json.decode(text)
            for name, inner in below:
                found = value.get(name)
                if found is not None:
                    inner(found)
            if others is not None:
                for name, item in value.items():
                    if name not in names:
                        others(item)
        elif type(value) is list and each is not None:
            for item in value:
                each(item)

    if fill is None:
        return default
    filled, nullable_values = msgspec.json.encode(fill), bool(values and values.get("nullable"))

    def default_map(value: Any) -> None:
        if type(value) is dict:
            for name, item in value.items():
                if item is None and not nullable_values and name not in names:
                    value[name] = msgspec.json.decode(filled)
        default(value)

    return default_map
