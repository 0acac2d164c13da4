"""Schemas as Kubernetes writes them again: whole numbers without a fraction, and no default or example that is null."""

from __future__ import annotations

from typing import Any

import msgspec

from minik8s.api.apiextensions_v1 import JSONSchemaProps

_LONGEST_WHOLE = 1e21
_NUMBERS = ("maximum", "minimum", "multiple_of")
_NULL = b"null"


def tidy(schema: JSONSchemaProps) -> None:
    """Tidy a schema in place, and all that are in it."""
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        for name in _NUMBERS:
            setattr(one, name, _number(getattr(one, name)))
        for name in ("default", "example"):
            value = getattr(one, name)
            if value is not None:
                setattr(one, name, None if bytes(value) == _NULL else _json(value))
        if one.enum:
            one.enum = [_json(each) for each in one.enum]
        waiting += _below(one)


def _below(schema: JSONSchemaProps) -> list[JSONSchemaProps]:
    found: list[Any] = [*schema.all_of, *schema.one_of, *schema.any_of, schema.not_]
    for named in (schema.properties, schema.pattern_properties, schema.definitions, schema.dependencies):
        found += named.values()
    found += schema.items if isinstance(schema.items, list) else [schema.items]
    found += (schema.additional_properties, schema.additional_items)
    return [each for each in found if isinstance(each, JSONSchemaProps)]


def _number(value: float | None) -> float | None:
    if type(value) is float and value.is_integer() and abs(value) < _LONGEST_WHOLE:
        return int(value)
    return value


def _json(text: Any) -> Any:
    """A value in JSON: only numbers with a fraction may be written in another way."""
    if b"." not in bytes(text):
        return text
    return msgspec.Raw(msgspec.json.encode(_whole(msgspec.json.decode(text))))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else _number(value)
