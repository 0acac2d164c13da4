"""Whether a value is valid, told quickly: a schema compiled to closures that answer yes or no and build nothing.

A yes is sure. What gets a no is looked at again by `validation.report`, which has the last word.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from apiserver.crd import string_formats
from apiserver.crd.json_values import LARGEST, frozen
from apiserver.crd.number_rules import number_faults
from apiserver.crd.schema import Schema, item_schema
from apiserver.crd.value_types import format_of, type_fault, types_of
from minik8s.machinery.regex import matcher

Check = Callable[[Any], bool]


def checker(schema: Schema) -> Check | None:
    """What tells whether a value is valid, None where every value is."""
    checks = [*_own(schema), *_logical(schema)]
    if (inside := _inside(schema)) is not None:
        checks.append(inside)
    types, form = types_of(schema), format_of(schema)
    if not types and not form and not checks:
        return None
    nullable = (not types or bool(schema.get("nullable"))) and not schema.get("enum")
    return _typed(types, form, checks, nullable)


_KINDS: dict[str, type] = {"string": str, "boolean": bool, "integer": int, "object": dict, "array": list}
_SIMPLE: dict[tuple[str, ...], type] = {
    ("string",): str, ("boolean",): bool, ("object",): dict, ("array",): list
}  # fmt: skip


def _typed(types: tuple[str, ...], form: str, checks: list[Check], nullable: bool) -> Check:
    """`nullable` says whether nothing at all is a value too."""
    simple = _SIMPLE.get(types)
    if simple is not None and not nullable:
        if not checks:
            return lambda value: type(value) is simple
        if len(checks) == 1:
            only = checks[0]
            return lambda value: type(value) is simple and only(value)

    each_kind = frozenset(_KINDS[kind] for kind in types if kind in _KINDS)
    every = tuple(checks)

    def check(value: Any) -> bool:
        if value is None:
            return nullable
        kind = type(value)
        if kind is int and not -LARGEST <= value < LARGEST:
            return False
        if kind not in each_kind and type_fault(types, form, nullable, value) is not None:
            return False
        for each in every:
            if not each(value):
                return False
        return True

    return check


def _own(schema: Schema) -> list[Check]:
    """The keywords about a value itself."""
    found: list[Check] = []
    least, most, pattern = schema.get("minLength"), schema.get("maxLength"), schema.get("pattern")
    if least is not None or most is not None:
        low, high = least or 0, most if most is not None else math.inf
        found.append(lambda value: type(value) is not str or low <= len(value) <= high)
    if pattern:
        search = matcher(pattern)
        found.append(lambda value: type(value) is not str or search(value))
    test = string_formats.CHECKS.get(format_of(schema))
    if test is not None:
        found.append(lambda value: type(value) is not str or test(value))
    if format_of(schema) in ("int32", "float") or any(key in schema for key in ("minimum", "maximum", "multipleOf")):
        found.append(_number_check(schema))
    if (size := _size_check(schema, "minItems", "maxItems", list)) is not None:
        found.append(size)
    if (size := _size_check(schema, "minProperties", "maxProperties", dict)) is not None:
        found.append(size)
    if schema.get("enum"):
        allowed = {frozen(each) for each in schema["enum"]}
        found.append(lambda value: frozen(value) in allowed)
    if schema.get("uniqueItems"):
        found.append(lambda value: type(value) is not list or len(set(map(frozen, value))) == len(value))
    return found


def _number_check(schema: Schema) -> Check:
    least, most = schema.get("minimum"), schema.get("maximum")
    plain = (
        schema.get("multipleOf") is None
        and not schema.get("exclusiveMinimum")
        and not schema.get("exclusiveMaximum")
        and all(each is None or (float(each).is_integer() and abs(each) < LARGEST) for each in (least, most))
    )
    limit = 1 << 31 if format_of(schema) == "int32" else LARGEST
    low = -limit if least is None else max(least, -limit)
    high = limit - 1 if most is None else min(most, limit - 1)

    def check(value: Any) -> bool:
        if plain and type(value) is int and low <= value <= high:
            return True
        return type(value) not in (int, float) or not number_faults(schema, value, "")

    return check


def _size_check(schema: Schema, least: str, most: str, kind: type) -> Check | None:
    if least not in schema and most not in schema:
        return None
    low, high = schema.get(least, 0), schema.get(most, math.inf)
    return lambda value: not isinstance(value, list | dict) or type(value) is not kind or low <= len(value) <= high


def _inside(schema: Schema) -> Check | None:
    """Properties, additional ones and items."""
    properties = {name: found for name, child in schema.get("properties", {}).items() if (found := checker(child))}
    required = tuple(schema.get("required", ()))
    additional = schema.get("additionalProperties")
    values = checker(additional) if isinstance(additional, dict) else None
    items = item_schema(schema)
    each = checker(items) if items is not None else None
    closed = additional is False
    known = frozenset(schema.get("properties", ()))
    if not (properties or required or values is not None or each is not None or closed):
        return None
    find = properties.get

    def check(value: Any) -> bool:
        kind = type(value)
        if kind is dict:
            for name in required:
                if name not in value:
                    return False
            for name, item in value.items():
                test = find(name)
                if test is not None:
                    if not test(item):
                        return False
                elif name not in known and (closed or (values is not None and not values(item))):
                    return False
        elif kind is list and each is not None:
            for item in value:
                if not each(item):
                    return False
        return True

    return check


def _logical(schema: Schema) -> list[Check]:
    found: list[Check] = []
    for child in schema.get("allOf", ()):
        if (every := checker(child)) is not None:
            found.append(every)
    if "anyOf" in schema:
        options = [checker(child) for child in schema["anyOf"]]
        if options and None not in options:
            found.append(lambda value: any(each(value) for each in options if each is not None))
    if "oneOf" in schema:
        ways = [checker(child) for child in schema["oneOf"]]
        if ways:
            found.append(lambda value: sum(1 for each in ways if each is None or each(value)) == 1)
    if "not" in schema:
        never = checker(schema["not"])
        found.append(lambda value: never is not None and not never(value))
    return found
