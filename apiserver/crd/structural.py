"""Whether a schema is structural: what values are can be told without `allOf`, `anyOf`, `oneOf` and `not`."""

from __future__ import annotations

from typing import Any

from apiserver.crd.schema import (
    EMBEDDED,
    INT_OR_STRING,
    LIST_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    PRESERVE,
    RULES,
    Schema,
    item_schema,
    value_schema,
)
from apiserver.registry.errors import Errors

_JUNCTORS = ("allOf", "anyOf", "oneOf")
_ROOT, _FIELD, _ITEM = "at the root", "for specified object fields", "for specified array items"
_EMPTY = "must be empty to be structural"
_UNDEFINED = "must be undefined to be structural"
_FALSE = "must be false to be structural"
_NOT_IN_JUNCTORS = {
    "description": _EMPTY,
    "type": _EMPTY,
    "title": _EMPTY,
    "default": _UNDEFINED,
    "additionalProperties": _UNDEFINED,
    "nullable": _FALSE,
    PRESERVE: _FALSE,
    EMBEDDED: _FALSE,
    INT_OR_STRING: _FALSE,
    LIST_KEYS: _EMPTY,
    LIST_TYPE: _UNDEFINED,
    MAP_TYPE: _UNDEFINED,
    RULES: _EMPTY,
}
_BECAUSE = "because it is defined in "
_ANY_OF_BOTH = [{"type": "integer"}, {"type": "string"}]


def check_structural(schema: Schema, path: str, errors: Errors) -> None:
    """What keeps a schema from being structural."""
    found = Errors()
    _level(schema, path, _ROOT, found)
    missing = [each for each in found if each.detail.startswith(_BECAUSE)]
    # What is missing for completeness is told only of schemas whose parts are in their places.
    errors += missing if len(missing) == len(found) else [each for each in found if each not in missing]
    if schema.get("nullable"):
        errors.forbidden(f"{path}.nullable", "nullable cannot be true at the root")
    if schema.get(EMBEDDED):
        errors.forbidden(f"{path}.{EMBEDDED}", "must be false at the root")
    if schema.get(INT_OR_STRING):
        errors.forbidden(f"{path}.{INT_OR_STRING}", "must be false at the root")


def _level(schema: Schema, path: str, level: str, errors: Errors) -> None:
    for name, child in schema.get("properties", {}).items():
        if not (level is _ROOT and name in ("apiVersion", "kind", "metadata")) or child.get("type"):
            _level(child, f"{path}.properties[{name}]", _FIELD, errors)
    if (items := item_schema(schema)) is not None:
        _level(items, f"{path}.items", _ITEM, errors)
    if (values := value_schema(schema)) is not None:
        _level(values, f"{path}.additionalProperties", _FIELD, errors)
    kind = schema.get("type", "")
    either = bool(schema.get(INT_OR_STRING))
    if either:
        if kind:
            errors.forbidden(f"{path}.type", f"must be empty if {INT_OR_STRING} is true")
    elif not kind and not (schema.get(PRESERVE) and level is not _ROOT):
        errors.required(f"{path}.type", f"must not be empty {level}")
    if level is _ROOT and kind and kind != "object":
        errors.invalid(f"{path}.type", kind, "must be object at the root")
    if schema.get(EMBEDDED):
        if kind and kind != "object":
            errors.invalid(f"{path}.type", kind, f"must be object if {EMBEDDED} is true")
        if not schema.get("properties") and not schema.get(PRESERVE):
            why = f"must not be empty if {EMBEDDED} is true without {PRESERVE}"
            errors.required(f"{path}.properties", why)
    if schema.get(PRESERVE) and kind and kind != "object":
        errors.invalid(f"{path}.type", kind, f"must be object if {PRESERVE} is true")
    if level is _ROOT or schema.get(EMBEDDED):
        _check_metadata(schema, path, errors)
    _junctors(schema, schema, path, errors, skip_both=either)


def _check_metadata(schema: Schema, path: str, errors: Errors) -> None:
    metadata = schema.get("properties", {}).get("metadata")
    if metadata is None:
        return
    here = f"{path}.properties[metadata]"
    if metadata.get("type") and metadata["type"] != "object":
        errors.invalid(f"{here}.type", metadata["type"], "must be object")
    others = [name for name in metadata.get("properties", {}) if name not in ("name", "generateName")]
    more = [key for key in metadata if key not in ("type", "description", "properties")]
    if others or more:
        why = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        errors.forbidden(here, why)


def _is_both(schemas: list[Schema]) -> bool:
    return sorted(schemas, key=lambda each: str(each.get("type"))) == _ANY_OF_BOTH


def _junctors(schema: Schema, outer: Schema, path: str, errors: Errors, *, skip_both: bool = False) -> None:
    for word in _JUNCTORS:
        found = schema.get(word, ())
        for index, each in enumerate(found):
            here = f"{path}.{word}[{index}]"
            if skip_both and word == "anyOf" and _is_both(found):
                continue
            if skip_both and word == "allOf" and index == 0 and _is_both(each.get("anyOf", [])):
                _nested({key: value for key, value in each.items() if key != "anyOf"}, outer, here, errors)
                continue
            _nested(each, outer, here, errors)
    if (never := schema.get("not")) is not None:
        _nested(never, outer, f"{path}.not", errors)


def _nested(schema: Schema, outer: Schema | None, path: str, errors: Errors) -> None:
    """A schema inside a junctor: it says what values must be like, not what they are."""
    for name, child in schema.get("properties", {}).items():
        below = (outer or {}).get("properties", {}).get(name)
        values = value_schema(outer or {})
        if below is None and values is None and outer is not None and not outer.get(PRESERVE):
            place = _outer_place(path)
            errors.required(f"{place}.properties[{name}]", f"{_BECAUSE}{path}.properties[{name}]")
        _nested(child, below if below is not None else values, f"{path}.properties[{name}]", errors)
    if (items := item_schema(schema)) is not None:
        inner = item_schema(outer or {})
        if inner is None and outer is not None:
            errors.required(f"{_outer_place(path)}.items", f"{_BECAUSE}{path}.items")
        _nested(items, inner, f"{path}.items", errors)
    for key, why in _NOT_IN_JUNCTORS.items():
        if schema.get(key):
            errors.forbidden(f"{path}.{key}", why)
    _junctors(schema, outer or {}, path, errors)


def _outer_place(path: str) -> str:
    """Where a nested schema's values are described: the path without its junctors."""
    steps: list[str] = []
    for step in path.split("."):
        if step != "not" and not step.startswith(tuple(f"{word}[" for word in _JUNCTORS)):
            steps.append(step)
    return ".".join(steps)


def unrecognized_formats(schema: Any, known: frozenset[str]) -> list[str]:
    """Formats nobody checks, in the order in which they come."""
    found: dict[str, None] = {}
    pending = [schema]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            form = each.get("format")
            if each.get("type") == "string" and isinstance(form, str) and form not in known:
                found[form] = None
            pending += each.values()
        elif isinstance(each, list):
            pending += each
    return list(found)
