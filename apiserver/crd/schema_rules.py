"""What a schema in a definition may say: keywords, types, lists, defaults and patterns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from apiserver.crd.list_types import list_checker
from apiserver.crd.metadata import embedded_checker
from apiserver.crd.pruning import pruner
from apiserver.crd.rule_checks import check_rules
from apiserver.crd.schema import (
    DEEPEST,
    EMBEDDED,
    LIST_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    PRESERVE,
    Schema,
    depth,
    item_schema,
    value_schema,
)
from apiserver.crd.structural import check_structural
from apiserver.crd.validation import report
from apiserver.registry.errors import Errors
from minik8s.machinery.regex import RegexError, compile_re2

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_SCALARS = frozenset({"boolean", "integer", "number", "string"})
_FORBIDDEN = {
    "id": "id is not supported",
    "$ref": "$ref is not supported",
    "additionalItems": "additionalItems is not supported",
    "patternProperties": "patternProperties is not supported",
    "definitions": "definitions is not supported",
    "dependencies": "dependencies is not supported",
}
# What Go's parser says where RE2's says it in other words.


def check_schema(schema: Schema, path: str, errors: Errors) -> None:
    """Everything that is wrong with the schema of one version."""
    if depth(schema) > DEEPEST:
        errors.forbidden(path, f"schemas may not be nested deeper than {DEEPEST} levels")
        return
    before = len(errors)
    _node(schema, path, errors, defaults=True)
    if len(errors) == before:
        check_structural(schema, path, errors)
    if len(errors) == before:
        _defaults(schema, path, errors)
        check_rules(schema, path, errors)


def _node(schema: Schema, path: str, errors: Errors, *, defaults: bool) -> None:
    if schema.get("uniqueItems"):
        why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        errors.forbidden(f"{path}.uniqueItems", why)
    additional = schema.get("additionalProperties")
    if additional is not None and schema.get("properties"):
        why = "additionalProperties and properties are mutual exclusive"
        errors.forbidden(f"{path}.additionalProperties", why)
    elif additional is False:
        errors.forbidden(f"{path}.additionalProperties", "additionalProperties cannot be set to false")
    for word, why in _FORBIDDEN.items():
        if schema.get(word):
            errors.forbidden(f"{path}.{word}", why)
    kind = schema.get("type", "")
    if kind == "null":
        errors.forbidden(f"{path}.type", "type cannot be set to null, use nullable as an alternative")
    elif kind and kind not in _TYPES:
        errors.not_supported(f"{path}.type", kind, _TYPES)
    if isinstance(schema.get("items"), list):
        errors.forbidden(f"{path}.items", "items must be a schema object and not an array")
    elif kind == "array" and "items" not in schema:
        errors.required(f"{path}.items", "must be specified")
    if schema.get(PRESERVE) is False:
        errors.invalid(f"{path}.{PRESERVE}", False, "must be true or undefined")
    if (pattern := schema.get("pattern")) and (problem := pattern_problem(pattern)):
        errors.invalid(f"{path}.pattern", pattern, f"must be a valid regular expression, but isn't: {problem}")
    _map_type(schema, path, errors)
    _list_type(schema, path, errors)
    if "default" in schema and not defaults:
        errors.forbidden(f"{path}.default", "must not be set")
    for word in ("properties",):
        for name, child in schema.get(word, {}).items():
            _node(child, f"{path}.{word}[{name}]", errors, defaults=defaults)
    for word in ("allOf", "anyOf", "oneOf"):
        for index, child in enumerate(schema.get(word, ())):
            _node(child, f"{path}.{word}[{index}]", errors, defaults=True)
    for word, one in (("not", schema.get("not")), ("items", item_schema(schema))):
        if isinstance(one, dict):
            _node(one, f"{path}.{word}", errors, defaults=defaults)
    if (values := value_schema(schema)) is not None:
        _node(values, f"{path}.additionalProperties", errors, defaults=defaults)


def pattern_problem(pattern: str) -> str:
    """Why a pattern is none, in Go's words; "" for a good one."""
    try:
        compile_re2(pattern)
    except RegexError as error:
        return str(error)
    return ""


def _map_type(schema: Schema, path: str, errors: Errors) -> None:
    said = schema.get(MAP_TYPE)
    if said is None:
        return
    if schema.get("type") != "object":
        why = f"must be object if {MAP_TYPE} is specified"
        _wrong(schema, f"{path}.type", why, errors)
    if said not in ("granular", "atomic"):
        errors.not_supported(f"{path}.{MAP_TYPE}", said, ("atomic", "granular"))


def _wrong(schema: Schema, path: str, why: str, errors: Errors) -> None:
    if schema.get("type"):
        errors.invalid(path, schema["type"], why)
    else:
        errors.required(path, why)


def _list_type(schema: Schema, path: str, errors: Errors) -> None:
    said, keys = schema.get(LIST_TYPE), schema.get(LIST_KEYS, ())
    if said is not None:
        if schema.get("type") != "array":
            _wrong(schema, f"{path}.type", f"must be array if {LIST_TYPE} is specified", errors)
        if said not in ("atomic", "set", "map"):
            errors.not_supported(f"{path}.{LIST_TYPE}", said, ("atomic", "set", "map"))
    if keys and said != "map":
        why = f"must be map if {LIST_KEYS} is non-empty"
        if said is None:
            errors.required(f"{path}.{LIST_TYPE}", why)
        else:
            errors.invalid(f"{path}.{LIST_TYPE}", said, why)
    items = item_schema(schema)
    if said in ("set", "map") and items is not None and items.get("nullable"):
        errors.forbidden(f"{path}.items.nullable", f"cannot be nullable when {LIST_TYPE} is {said}")
    if said == "set" and items is not None:
        _set_items(items, f"{path}.items", errors)
    if said == "map":
        _map_keys(schema, items, keys, path, errors)


def _set_items(items: Schema, path: str, errors: Errors) -> None:
    why = f"must be atomic as item of a list with {LIST_TYPE}=set"
    if items.get("type") == "object" and items.get(MAP_TYPE) != "atomic":
        errors.invalid(f"{path}.{MAP_TYPE}", items.get(MAP_TYPE), why)
    if items.get("type") == "array" and items.get(LIST_TYPE) not in (None, "atomic"):
        errors.invalid(f"{path}.{LIST_TYPE}", items.get(LIST_TYPE), why)


def _map_keys(schema: Schema, items: Schema | None, keys: Any, path: str, errors: Errors) -> None:
    if not keys:
        errors.required(f"{path}.{LIST_KEYS}", f"must not be empty if {LIST_TYPE} is map")
    if items is None:
        return
    if items.get("type") != "object":
        errors.invalid(
            f"{path}.items.type", items.get("type", ""), f"must be object if parent array's {LIST_TYPE} is map"
        )
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key in seen:
            errors.duplicate(f"{path}.{LIST_KEYS}[{index}]", key)
        seen.add(key)
        child = items.get("properties", {}).get(key)
        if child is None:
            errors.invalid(f"{path}.{LIST_KEYS}[{index}]", key, "entries must all be names of item properties")
            continue
        here = f"{path}.items.properties[{key}]"
        if child.get("type", "") not in _SCALARS:
            errors.invalid(
                f"{here}.type", child.get("type", ""), f"must be a scalar type if parent array's {LIST_TYPE} is map"
            )
        if child.get("nullable"):
            errors.forbidden(f"{here}.nullable", f"cannot be nullable if it is in {LIST_KEYS}")
        if "default" not in child and key not in items.get("required", ()):
            why = f"this property is in {LIST_KEYS}, so it must have a default or be a required property"
            errors.required(f"{here}.default", why)


def _defaults(schema: Schema, path: str, errors: Errors, *, inside: bool = False) -> None:
    """Defaults are values of their schema, and hold nothing it does not know."""
    if "default" in schema:
        _default(schema, f"{path}.default", errors, inside=inside)
    embedded = inside or bool(schema.get(EMBEDDED))
    for name, child in schema.get("properties", {}).items():
        _defaults(child, f"{path}.properties[{name}]", errors, inside=embedded)
    if (items := item_schema(schema)) is not None:
        _defaults(items, f"{path}.items", errors, inside=embedded)
    if (values := value_schema(schema)) is not None:
        _defaults(values, f"{path}.additionalProperties", errors, inside=embedded)


def _default(schema: Schema, path: str, errors: Errors, *, inside: bool) -> None:
    value = schema["default"]
    found = Errors()
    report(schema, value, path, found, cut=len(path))
    errors += found
    if found:
        return
    copy = msgspec.json.decode(msgspec.json.encode(value))
    prune: Callable[..., None] | None = pruner(schema)
    unknown: list[str] = []
    if prune is not None:
        prune(copy, "", unknown)
    if unknown:
        errors.invalid(
            path, value, "must not have unknown fields" if len(unknown) > 1 else f'unknown field "{unknown[0]}"'
        )
    if (lists := list_checker(schema)) is not None:
        lists(value, path, errors)
    if (objects := embedded_checker(schema)) is not None:
        objects.validate(value, path, errors)
