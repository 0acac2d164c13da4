"""Validation of values by their schema, twice: once to tell quickly that all is well, once to say what is not.

`checker` compiles a schema to closures that answer yes or no and build nothing; nearly every value is right. Only when
one is not does `report` walk schema and value again and word every fault as Kubernetes does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from apiserver.crd import string_formats
from apiserver.crd.correlation import ABSENT, correlated_items
from apiserver.crd.schema import INT_OR_STRING, Schema, item_schema
from apiserver.registry.errors import Errors
from minik8s.machinery import field_errors
from minik8s.machinery.quoting import quote
from minik8s.machinery.regex import matcher

Check = Callable[[Any], bool]
_RANGES = {"int32": 1 << 31, "int64": 1 << 63}
_NAMES = {str: "string", bool: "boolean", int: "integer", dict: "object", list: "array", type(None): "null"}


def type_name(value: Any) -> str:
    """The JSON type of a value; a float without a fraction is an integer."""
    if type(value) is float:
        return "integer" if value.is_integer() else "number"
    return _NAMES[type(value)]


def _types(schema: Schema) -> tuple[str, ...]:
    if schema.get(INT_OR_STRING):
        return ("integer", "string")
    said = schema.get("type")
    return (said,) if said else ()


def fits(value: Any, types: tuple[str, ...]) -> bool:
    """Whether a value is of one of the types; no types take any."""
    found = type_name(value)
    return not types or found in types or (found == "integer" and "number" in types)


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is not 1, 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(each, other[key]) for key, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def frozen(value: Any) -> Any:
    """A value that may stand in a set, equal where `same` says so."""
    if isinstance(value, dict):
        return ("{", frozenset((key, frozen(each)) for key, each in value.items()))
    if isinstance(value, list):
        return ("[", tuple(map(frozen, value)))
    return ("?", value) if isinstance(value, bool) else value


def checker(schema: Schema) -> Check | None:
    """What tells whether a value is valid, None where every value is."""
    checks = [*_own(schema), *_logical(schema)]
    if (inside := _inside(schema)) is not None:
        checks.append(inside)
    types = _types(schema)
    if not types and not checks:
        return None
    nullable = bool(schema.get("nullable"))
    return _typed(types, checks, nullable)


_KINDS: dict[str, type] = {"string": str, "boolean": bool, "integer": int, "object": dict, "array": list}
_SIMPLE: dict[tuple[str, ...], type] = {
    ("string",): str, ("boolean",): bool, ("object",): dict, ("array",): list
}  # fmt: skip


def _typed(types: tuple[str, ...], checks: list[Check], nullable: bool) -> Check:
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
        if type(value) not in each_kind and not (value is None and nullable) and not fits(value, types):
            return False
        if value is None and nullable:
            return True
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
    test = string_formats.CHECKS.get(schema.get("format", ""))
    if test is not None:
        found.append(lambda value: type(value) is not str or test(value))
    if _numeric(schema):
        found.append(_number_check(schema))
    if (size := _size_check(schema, "minItems", "maxItems", list)) is not None:
        found.append(size)
    if (size := _size_check(schema, "minProperties", "maxProperties", dict)) is not None:
        found.append(size)
    if "enum" in schema:
        allowed = {frozen(each) for each in schema["enum"]}
        found.append(lambda value: frozen(value) in allowed)
    if schema.get("uniqueItems"):
        found.append(lambda value: type(value) is not list or len(set(map(frozen, value))) == len(value))
    return found


def _number_check(schema: Schema) -> Check:
    plain = "multipleOf" not in schema and not schema.get("exclusiveMinimum") and not schema.get("exclusiveMaximum")
    limit = _RANGES.get(schema.get("format", ""), 1 << 63)
    low, high = max(schema.get("minimum", -limit), -limit), min(schema.get("maximum", limit - 1), limit - 1)

    def check(value: Any) -> bool:
        if plain and type(value) is int and low <= value <= high:
            return True
        return type(value) not in (int, float) or not _number_faults(schema, value, "")

    return check


def _numeric(schema: Schema) -> bool:
    return schema.get("format") in _RANGES or any(key in schema for key in ("minimum", "maximum", "multipleOf"))


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


def _number_faults(schema: Schema, value: float, path: str) -> list[tuple[Any, str]]:
    """(what is shown, what is said) of every rule about numbers that a value breaks."""
    found: list[tuple[Any, str]] = []
    where = f"{path} in body"
    form = schema.get("format", "")
    if schema.get("type") == "integer" or schema.get(INT_OR_STRING):
        limit = _RANGES.get(form, 1 << 63)
        off = (type(value) is float and not value.is_integer()) or not -limit <= value < limit
        if off and (form in _RANGES or any(key in schema for key in ("minimum", "maximum", "multipleOf"))):
            said = f"type integer with format {form}" if form in _RANGES else "type integer (default format)"
            found.append((None, f"Checked value must be of {said} in {path}"))
    step = schema.get("multipleOf")
    if step and not _is_multiple(value, step):
        found.append((value, f"{where} should be a multiple of {_shown(step)}"))
    most = schema.get("maximum")
    if most is not None:
        if schema.get("exclusiveMaximum"):
            if value >= most:
                found.append((value, f"{where} should be less than {_shown(most)}"))
        elif value > most:
            found.append((value, f"{where} should be less than or equal to {_shown(most)}"))
    least = schema.get("minimum")
    if least is not None:
        if schema.get("exclusiveMinimum"):
            if value <= least:
                found.append((value, f"{where} should be greater than {_shown(least)}"))
        elif value < least:
            found.append((value, f"{where} should be greater than or equal to {_shown(least)}"))
    return found


def _is_multiple(value: float, step: float) -> bool:
    if isinstance(value, int) and float(step).is_integer():
        return value % int(step) == 0
    found = value / step
    return math.isfinite(found) and abs(found - round(found)) < 1e-9 * max(1.0, abs(found))


def _shown(number: float) -> str:
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e21 else repr(number)


def child_path(path: str, name: str) -> str:
    """The path of a property, as Kubernetes' validator writes it."""
    return f"{path}.{name}" if path else name


def report(schema: Schema, value: Any, path: str, errors: Errors, *, old: Any = ABSENT, cut: int = 0) -> None:
    """Add everything that is wrong with a value, but for parts that are as they were in `old`.

    Texts leave out the first `cut` characters of paths.
    """
    _Report(errors, cut).value(schema, value, path, old)


class _Report:
    def __init__(self, errors: Errors, cut: int = 0) -> None:
        self.errors = errors
        self._cut = cut

    def _where(self, path: str) -> str:
        return path[self._cut :].lstrip(".") if self._cut else path

    def _nil(self, text: str) -> None:
        self.errors.append(field_errors.invalid("<nil>", "", text))

    def value(self, schema: Schema, value: Any, path: str, old: Any = ABSENT) -> None:
        """Look at one value; faults of one that has not changed are not held against anybody."""
        before = len(self.errors)
        self._value(schema, value, path, old)
        if len(self.errors) > before and old is not ABSENT and same(value, old):
            del self.errors[before:]

    def _value(self, schema: Schema, value: Any, path: str, old: Any) -> None:
        if value is None and schema.get("nullable"):
            return
        types = _types(schema)
        where = self._where(path)
        if not fits(value, types):
            name = type_name(value)
            text = f"{where} in body must be of type {','.join(types)}: {quote(name)}"
            self.errors.append(field_errors.type_invalid(path, name, text))
            if value is None or type(value) is not float:
                return
        self._logical(schema, value, path, where)
        if type(value) is str:
            self._string(schema, value, path, where)
        elif type(value) in (int, float):
            for shown, text in _number_faults(schema, value, where):
                if shown is None:
                    self._nil(text)
                else:
                    self.errors.invalid(path, shown, text)
        elif type(value) is list:
            self._list(schema, value, path, where, old)
        if "enum" in schema and not any(same(value, each) for each in schema["enum"]):
            self.errors.append(_not_supported(path, value, schema["enum"]))
        if type(value) is dict:
            self._object(schema, value, path, where, old)

    def _string(self, schema: Schema, value: str, path: str, where: str) -> None:
        most, least, pattern = schema.get("maxLength"), schema.get("minLength"), schema.get("pattern")
        if most is not None and len(value) > most:
            self.errors.too_long(path, most)
        elif least is not None and len(value) < least:
            self.errors.invalid(path, value, f"{where} in body should be at least {least} chars long")
        elif pattern and not matcher(pattern)(value):
            self.errors.invalid(path, value, f"{where} in body should match '{pattern}'")
        test = string_formats.CHECKS.get(schema.get("format", ""))
        if test is not None and not test(value):
            text = f"{where} in body must be of type {schema['format']}: {quote(value)}"
            self.errors.append(field_errors.type_invalid(path, value, text))

    def _list(self, schema: Schema, value: list[Any], path: str, where: str, old: Any) -> None:
        items = item_schema(schema)
        if items is not None:
            before = correlated_items(schema, old)
            for index, item in enumerate(value):
                self.value(items, item, f"{path}[{index}]", before(item))
        least, most = schema.get("minItems"), schema.get("maxItems")
        if least is not None and len(value) < least:
            self.errors.invalid(path, len(value), f"{where} in body should have at least {least} items")
        if most is not None and len(value) > most:
            self.errors.too_many(path, len(value), most)
        if schema.get("uniqueItems") and len(set(map(frozen, value))) != len(value):
            self.errors.duplicate(path, value, f"{where} in body shouldn't contain duplicates")

    def _object(self, schema: Schema, value: dict[str, Any], path: str, where: str, old: Any) -> None:
        least, most = schema.get("minProperties"), schema.get("maxProperties")
        if least is not None and len(value) < least:
            self.errors.invalid(path, len(value), f"{where} in body should have at least {least} properties")
            return
        if most is not None and len(value) > most:
            self.errors.too_many(path, len(value), most)
            return
        properties = schema.get("properties", {})
        additional = schema.get("additionalProperties")
        before = old if type(old) is dict else {}
        for name, item in value.items():
            here = child_path(path, name)
            if name in properties:
                self.value(properties[name], item, here, before.get(name, ABSENT))
            elif isinstance(additional, dict):
                self.value(additional, item, here, before.get(name, ABSENT))
            elif additional is False:
                text = f"{self._where(here)} in body is a forbidden property"
                self.errors.invalid(here, item, text)
        for name in schema.get("required", ()):
            if name not in value:
                self.errors.required(child_path(path, name))

    def _logical(self, schema: Schema, value: Any, path: str, where: str) -> None:
        if any_of := schema.get("anyOf"):
            results = [_faults(child, value, path, self._cut) for child in any_of]
            if all(results):
                self._nil(f"{quote(where)} must validate at least one schema (anyOf)")
                self.errors += _best(results)
        if one_of := schema.get("oneOf"):
            results = [_faults(child, value, path, self._cut) for child in one_of]
            right = sum(1 for each in results if not each)
            told = f"{quote(where)} must validate one and only one schema (oneOf)."
            if right == 0:
                self._nil(f"{told} Found none valid")
                self.errors += _best(results)
            elif right > 1:
                self._nil(f"{told} Found {right} valid alternatives")
        if all_of := schema.get("allOf"):
            results = [_faults(child, value, path, self._cut) for child in all_of]
            if any(results):
                none = ". None validated" if all(results) else ""
                self._nil(f"{quote(where)} must validate all the schemas (allOf){none}")
                for each in results:
                    self.errors += each
        if "not" in schema and not _faults(schema["not"], value, path, self._cut):
            self._nil(f"{quote(where)} must not validate the schema (not)")


def _faults(schema: Schema, value: Any, path: str, cut: int) -> Errors:
    found = Errors()
    _Report(found, cut).value(schema, value, path)
    return found


def _best(results: Sequence[Errors]) -> Errors:
    """The faults of the alternative that came closest."""
    return min(results, key=len)


def _not_supported(path: str, value: Any, supported: Sequence[Any]) -> field_errors.FieldError:
    shown = [each if isinstance(each, str) else _plain(each) for each in supported]
    return field_errors.not_supported(path, value, shown)


def _plain(value: Any) -> str:
    return field_errors.invalid("", value, "").message.removeprefix("Invalid value: ")
