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
from minik8s.machinery.regex import RegexError, compile_re2

_JUNCTORS = ("allOf", "anyOf", "oneOf")
_ROOT, _FIELD, _ITEM = "at the root", "for specified object fields", "for specified array items"
_EMPTY = "must be empty to be structural"
_UNDEFINED = "must be undefined to be structural"
_FALSE = "must be false to be structural"
_NOT_IN_JUNCTORS = {
    "description": _EMPTY,
    "type": _EMPTY,
    "title": _EMPTY,
    "nullable": _FALSE,
    PRESERVE: _FALSE,
    EMBEDDED: _FALSE,
    INT_OR_STRING: _FALSE,
    LIST_KEYS: _EMPTY,
    RULES: _EMPTY,
}
_NOT_EVEN_EMPTY = (LIST_TYPE, MAP_TYPE)
_UNSUPPORTED = {
    "id": "id",
    "$schema": "schema",
    "$ref": "$ref",
    "patternProperties": "patternProperties",
    "dependencies": "dependencies",
    "additionalItems": "additionalItems",
    "definitions": "definitions",
}
_ANY_OF_BOTH = [{"type": "integer"}, {"type": "string"}]


def conversion_problem(schema: Schema) -> str:
    """Why nothing can be told of a schema's structure: it holds what no structural schema can; "" where it can."""
    for key, name in _UNSUPPORTED.items():
        if schema.get(key):
            return f"OpenAPIV3Schema '{name}' is not supported"
    inner = [schema["not"]] if isinstance(schema.get("not"), dict) else []
    for word in _JUNCTORS:
        inner += schema.get(word, ())
    for each in inner:
        if problem := conversion_problem(each):
            return problem
    if schema.get(PRESERVE) is False:
        return f"internal error: '{PRESERVE}' must be true or undefined"
    if isinstance(schema.get("items"), list):
        return "OpenAPIV3Schema 'items' must be a schema, but is an array"
    below = [item_schema(schema), *schema.get("properties", {}).values(), value_schema(schema)]
    return next((problem for each in below if each is not None and (problem := conversion_problem(each))), "")


def check_structural(schema: Schema, path: str, errors: Errors) -> None:
    """What keeps a schema from being structural, sorted as text."""
    found = Errors()
    _level(schema, path, _ROOT, found)
    _complete(schema, schema, path, path, found)
    errors += sorted(found, key=str)


def _level(schema: Schema, path: str, level: str, errors: Errors) -> None:
    properties = schema.get("properties", {})
    kind = schema.get("type", "")
    if (items := item_schema(schema)) is not None:
        _level(items, f"{path}.items", _ITEM, errors)
    elif kind == "array":
        errors.required(f"{path}.items", "must be specified")
    for name, child in properties.items():
        _level(child, f"{path}.properties[{name}]", _FIELD, errors)
    if "additionalProperties" in schema:
        if level is _ROOT:
            errors.forbidden(f"{path}.additionalProperties", "must not be used at the root")
        if (values := value_schema(schema)) is not None:
            _level(values, f"{path}.additionalProperties", _FIELD, errors)
    either, embedded, keeps = (bool(schema.get(each)) for each in (INT_OR_STRING, EMBEDDED, PRESERVE))
    for said, key in ((keeps, PRESERVE), (embedded, EMBEDDED)):
        if either and said:
            errors.invalid(f"{path}.{key}", True, f"must be false if {INT_OR_STRING} is true")
    _values(schema, path, errors, both=schema.get("anyOf") == _ANY_OF_BOTH, first=_first_is_both(schema))
    if embedded and kind != "object":
        _wrong_type(kind, f"{path}.type", f"must be object if {EMBEDDED} is true", errors)
    elif not kind and not either and not keeps:
        errors.required(f"{path}.type", f"must not be empty {level}")
    if embedded and "additionalProperties" in schema:
        errors.forbidden(f"{path}.additionalProperties", f"must not be used if {EMBEDDED} is set")
    if level is _ROOT and kind and kind != "object":
        errors.invalid(f"{path}.type", kind, "must be object at the root")
    if level is _ROOT or embedded:
        for name, wanted in (("kind", "string"), ("apiVersion", "string"), ("metadata", "object")):
            said = properties.get(name, {}).get("type", "")
            if name in properties and said != wanted:
                errors.invalid(f"{path}.properties[{name}].type", said, f"must be {wanted}")
    if level is _ROOT and _says_more_of_metadata(properties.get("metadata", {})):
        why = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        errors.forbidden(f"{path}.properties[metadata]", why)
    if embedded and not keeps and not properties:
        why = f"must not be empty if {EMBEDDED} is true without {PRESERVE}"
        errors.required(f"{path}.properties", why)


def _wrong_type(kind: str, path: str, why: str, errors: Errors) -> None:
    if kind:
        errors.invalid(path, kind, why)
    else:
        errors.required(path, why)


def _says_more_of_metadata(metadata: Schema) -> bool:
    others = set(metadata.get("properties", ())) - {"name", "generateName"}
    more = [
        key
        for key, value in metadata.items()
        if key not in ("type", "default", "properties") and (value or key not in ("properties", "description", "title"))
    ]
    return bool(others or more)


def _first_is_both(schema: Schema) -> bool:
    every = schema.get("allOf") or [{}]
    return bool(every[0].get("anyOf") == _ANY_OF_BOTH)


def _values(schema: Schema, path: str, errors: Errors, *, both: bool = False, first: bool = False) -> None:
    """The junctors and the pattern of a schema. `both` and `first` are the two ways to say "a number or a text"."""
    if not both:
        for index, each in enumerate(schema.get("anyOf", ())):
            _nested(each, f"{path}.anyOf[{index}]", errors)
    for index, each in enumerate(schema.get("allOf", ())):
        _nested(each, f"{path}.allOf[{index}]", errors, both=first and index == 0)
    for index, each in enumerate(schema.get("oneOf", ())):
        _nested(each, f"{path}.oneOf[{index}]", errors)
    if (never := schema.get("not")) is not None:
        _nested(never, f"{path}.not", errors)
    pattern = schema.get("pattern")
    if pattern and (problem := pattern_problem(pattern)):
        errors.invalid(f"{path}.pattern", pattern, f"must be a valid regular expression, but isn't: {problem}")


def pattern_problem(pattern: str) -> str:
    """Why a pattern is none, in Go's words; "" for a good one."""
    try:
        compile_re2(pattern)
    except RegexError as error:
        return str(error)
    return ""


def _nested(schema: Schema, path: str, errors: Errors, *, both: bool = False) -> None:
    """A schema inside a junctor: it says what values must be like, not what they are."""
    _values(schema, path, errors, both=both)
    if (items := item_schema(schema)) is not None:
        _nested(items, f"{path}.items", errors)
    for name, child in schema.get("properties", {}).items():
        _nested(child, f"{path}.properties[{name}]", errors)
    if schema.get("additionalProperties") not in (None, False):
        errors.forbidden(f"{path}.additionalProperties", _UNDEFINED)
    if schema.get("default") is not None:
        errors.forbidden(f"{path}.default", _UNDEFINED)
    for key, why in _NOT_IN_JUNCTORS.items():
        if schema.get(key):
            errors.forbidden(f"{path}.{key}", why)
    for key in _NOT_EVEN_EMPTY:
        if key in schema:
            errors.forbidden(f"{path}.{key}", _UNDEFINED)
    if "metadata" in schema.get("properties", {}):
        errors.forbidden(f"{path}.properties[metadata]", "must not be specified in a nested context")


def _complete(schema: Schema, outer: Schema, place: str, path: str, errors: Errors) -> None:
    """What junctors speak of has to be described outside of them, in `outer`."""
    inner = [(schema["not"], f"{path}.not")] if schema.get("not") is not None else []
    for word in _JUNCTORS:
        inner += [(each, f"{path}.{word}[{index}]") for index, each in enumerate(schema.get(word, ()))]
    for each, where in inner:
        _nested_complete(each, outer, place, where, errors)


def _nested_complete(schema: Schema, outer: Schema | None, place: str, path: str, errors: Errors) -> None:
    if outer is None:
        errors.required(place, f"because it is defined in {path}")
        return
    _complete(schema, outer, place, path, errors)
    if (items := item_schema(schema)) is not None:
        _nested_complete(items, item_schema(outer), f"{place}.items", f"{path}.items", errors)
    for name, child in schema.get("properties", {}).items():
        step = f".properties[{name}]"
        _nested_complete(child, outer.get("properties", {}).get(name), place + step, path + step, errors)


def unrecognized_formats(schema: Any, known: dict[str, frozenset[str]]) -> list[str]:
    """Formats nobody checks, in the order in which they come; `known` are those of each type of value."""
    found: list[str] = []
    if not isinstance(schema, dict):
        return found
    form = schema.get("format")
    if form:
        kind = schema.get("type", "")
        if kind in ("", "string"):
            form = form.replace("-", "")
        if form not in known.get(kind or "string", ()):
            found.append(schema["format"])
    inner = [item_schema(schema)]
    for word in ("allOf", "anyOf", "oneOf"):
        inner += schema.get(word, ())
    inner += [schema.get("not"), *schema.get("properties", {}).values(), value_schema(schema)]
    for each in inner:
        found += unrecognized_formats(each, known)
    return found
