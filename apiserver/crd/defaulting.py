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
    values, items = value_schema(schema), item_schema(schema)
    others = defaulter(values) if values is not None else None
    each = defaulter(items) if items is not None else None
    fill_value, fill_item = _filling(values), _filling(items)
    if not own and not below and not any((others, each, fill_value, fill_item)):
        return None
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
            if others is not None or fill_value is not None:
                for name, item in value.items():
                    if name in names:
                        continue
                    if item is None and fill_value is not None:
                        value[name] = item = msgspec.json.decode(fill_value)
                    if others is not None:
                        others(item)
        elif type(value) is list and (each is not None or fill_item is not None):
            for index, item in enumerate(value):
                if item is None and fill_item is not None:
                    value[index] = item = msgspec.json.decode(fill_item)
                if each is not None:
                    each(item)

    return default


def _filling(schema: Schema | None) -> bytes | None:
    """What stands in place of a null that may not be, in JSON."""
    if schema is None or schema.get("nullable") or schema.get("default") is None:
        return None
    return msgspec.json.encode(schema["default"])
