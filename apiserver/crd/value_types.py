"""What type and format a schema asks of a value, and what is wrong with one of another."""

from __future__ import annotations

from typing import Any

from apiserver.crd import string_formats
from apiserver.crd.json_values import is_whole, type_and_form
from apiserver.crd.schema import INT_OR_STRING, Schema

_NUMBER_FORMATS = {"integer": ("int32", "int64"), "number": ("float", "double")}
_STRING_FORMATS = frozenset(name.replace("-", "") for name in string_formats.CHECKS)


def types_of(schema: Schema) -> tuple[str, ...]:
    """The types a value may be of; none take any."""
    if schema.get(INT_OR_STRING):
        return ("integer", "string")
    said = schema.get("type")
    return (said,) if said else ()


def format_of(schema: Schema) -> str:
    """The format that is looked at, "" for one that nobody knows or that is of another type."""
    form: str = schema.get("format", "")
    if not form:
        return ""
    types = types_of(schema)
    if len(types) != 1 or types[0] == "string":
        return form if form.replace("-", "") in _STRING_FORMATS else ""
    return form if form in _NUMBER_FORMATS.get(types[0], ()) else ""


def type_fault(types: tuple[str, ...], form: str, nullable: bool, value: Any) -> tuple[str, str] | None:
    """(what was wanted, what was found) where a value is of another type."""
    if value is None:
        return (",".join(types), "null") if types and not nullable else None
    if not types and not form:
        return None
    name, found = type_and_form(value)
    fits = (
        name in types
        or (name == "number" and "integer" in types and is_whole(value))
        or (name == "integer" and "number" in types)
    )
    if fits:
        return None
    listed = name in ("string", "array")
    if form and not listed and found != form:
        return form, found
    if form and listed and "number" not in types and "integer" not in types:
        return None
    return ",".join(types), name
