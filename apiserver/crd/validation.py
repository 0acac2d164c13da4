"""What is wrong with a value by its schema, every fault worded as Kubernetes words it.

Nearly every value is right: `quick_check` tells so without building anything, and only when it cannot `report` walks
schema and value to say what is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiserver.crd import string_formats
from apiserver.crd.correlation import ABSENT, correlated_items, unchanged
from apiserver.crd.json_values import LARGEST, child_path, frozen, same
from apiserver.crd.number_rules import number_faults
from apiserver.crd.schema import Schema, item_schema
from apiserver.crd.value_types import format_of, type_fault, types_of
from apiserver.registry.errors import Errors
from minik8s.machinery import field_errors
from minik8s.machinery.field_errors import FieldError
from minik8s.machinery.quoting import quote
from minik8s.machinery.regex import matcher

_MADE = {str: 5, bool: 4, int: 6, float: 6, list: 6, dict: 5}
"""How many checks are made of a value of each type, whatever comes of them."""


def report(schema: Schema, value: Any, base: str, errors: Errors, *, old: Any = ABSENT) -> None:
    """Add everything that is wrong with a value, but for parts that are as they were in `old`.

    `base` is where the value is; texts name places within the value.
    """
    found = _Report(base)
    found.value(schema, value, "", old)
    errors += found.errors


class _Report:
    """`matched` counts the checks that were made, by which alternatives are compared."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.errors = Errors()
        self.matched = 0

    def _add(self, error: FieldError) -> None:
        if error not in self.errors:
            self.errors.append(error)

    def _field(self, path: str) -> str:
        return child_path(self.base, path.removeprefix(".")) if path else self.base or "<nil>"

    def _invalid(self, path: str, value: Any, text: str) -> None:
        self._add(field_errors.invalid(self._field(path), value, text))

    def _nil(self, text: str) -> None:
        """A fault that is said of the whole."""
        self._add(field_errors.invalid(self.base or "<nil>", "", text))

    def _merge(self, other: _Report) -> None:
        for each in other.errors:
            self._add(each)
        self.matched += other.matched

    def value(self, schema: Schema, value: Any, path: str, old: Any = ABSENT) -> None:
        """Look at one value; faults of one that has not changed are not held against anybody."""
        if old is ABSENT:
            self._value(schema, value, path, old)
            return
        inner = _Report(self.base)
        inner._value(schema, value, path, old)
        if inner.errors and (path or self.base) and unchanged(schema, value, old):
            inner.errors.clear()
        self._merge(inner)

    def _value(self, schema: Schema, value: Any, path: str, old: Any) -> None:
        types, form = types_of(schema), format_of(schema)
        fault = type_fault(types, form, bool(schema.get("nullable")), value)
        if fault is not None:
            wanted, found = fault
            text = f"{path} in body must be of type {wanted}: {quote(found)}"
            self._add(field_errors.type_invalid(self._field(path), found, text))
        elif types or form:
            self.matched += 1
        if value is None:
            self._enum(schema, value, path)
            return
        if type(value) is int and not -LARGEST <= value < LARGEST:
            value = float(value)
        kind = type(value)
        self.matched += (
            _MADE[kind] + (1 if types or form else 0) + (1 if kind is str and form in string_formats.CHECKS else 0)
        )
        self._logical(schema, value, path)
        if kind is str:
            self._string(schema, form, value, path)
        elif kind in (int, float):
            for shown, text in number_faults(schema, value, path):
                if shown is None:
                    self._nil(text)
                else:
                    self._invalid(path, shown, text)
        elif kind is list:
            self._list(schema, value, path, old)
        self._enum(schema, value, path)
        if kind is dict:
            self._object(schema, value, path, old)

    def _enum(self, schema: Schema, value: Any, path: str) -> None:
        allowed = schema.get("enum")
        if allowed and not any(_is_one(value, each) for each in allowed):
            self._add(_not_supported(self._field(path), value, allowed))

    def _string(self, schema: Schema, form: str, value: str, path: str) -> None:
        most, least, pattern = schema.get("maxLength"), schema.get("minLength"), schema.get("pattern")
        if most is not None and len(value) > most:
            self._add(field_errors.too_long(self._field(path), most))
        elif least is not None and len(value) < least:
            self._invalid(path, value, f"{path} in body should be at least {least} chars long")
        elif pattern and not matcher(pattern)(value):
            self._invalid(path, value, f"{path} in body should match '{pattern}'")
        test = string_formats.CHECKS.get(form)
        if test is not None and not test(value):
            text = f"{path} in body must be of type {form}: {quote(value)}"
            self._add(field_errors.type_invalid(self._field(path), value, text))

    def _list(self, schema: Schema, value: list[Any], path: str, old: Any) -> None:
        items = item_schema(schema)
        if items is not None:
            before = correlated_items(schema, old)
            for index, item in enumerate(value):
                self.value(items, item, f"{path}[{index}]", before(item))
        least, most = schema.get("minItems"), schema.get("maxItems")
        if least is not None and len(value) < least:
            self._invalid(path, len(value), f"{path} in body should have at least {least} items")
        if most is not None and len(value) > most:
            self._add(field_errors.too_many(self._field(path), len(value), most))
        if schema.get("uniqueItems") and len(set(map(frozen, value))) != len(value):
            text = f"{path} in body shouldn't contain duplicates"
            self._add(field_errors.duplicate(self._field(path), value, text))

    def _object(self, schema: Schema, value: dict[str, Any], path: str, old: Any) -> None:
        least, most = schema.get("minProperties"), schema.get("maxProperties")
        if least is not None and len(value) < least:
            self._invalid(path, len(value), f"{path} in body should have at least {least} properties")
        if most is not None and len(value) > most:
            self._add(field_errors.too_many(self._field(path), len(value), most))
        properties = schema.get("properties", {})
        additional = schema.get("additionalProperties")
        before = old if type(old) is dict else {}
        for name, item in value.items():
            if name in properties:
                self.value(properties[name], item, child_path(path, name), before.get(name, ABSENT))
            elif isinstance(additional, dict):
                self.value(additional, item, f"{path}.{name}", before.get(name, ABSENT))
            elif additional is False:
                here = child_path(path, name)
                self._invalid(here, item, f"{here} in body is a forbidden property")
        for name in schema.get("required", ()):
            if name not in value:
                self._add(field_errors.required(self._field(f"{path}.{name}")))

    def _logical(self, schema: Schema, value: Any, path: str) -> None:
        if any_of := schema.get("anyOf"):
            results = self._results(any_of, value, path)
            right = next((each for each in results if not each.errors), None)
            if right is None:
                self._nil(f"{quote(path)} must validate at least one schema (anyOf)")
            self._merge(right or _best(results))
        if one_of := schema.get("oneOf"):
            results = self._results(one_of, value, path)
            rights = [each for each in results if not each.errors]
            told = f"{quote(path)} must validate one and only one schema (oneOf)."
            if not rights:
                self._nil(f"{told} Found none valid")
                self._merge(_best(results))
            elif len(rights) > 1:
                self._nil(f"{told} Found {len(rights)} valid alternatives")
            else:
                self._merge(rights[0])
        if all_of := schema.get("allOf"):
            results = self._results(all_of, value, path)
            for each in results:
                self._merge(each)
            if any(each.errors for each in results):
                none = ". None validated" if all(each.errors for each in results) else ""
                self._nil(f"{quote(path)} must validate all the schemas (allOf){none}")
        if "not" in schema and not self._results([schema["not"]], value, path)[0].errors:
            self._nil(f"{quote(path)} must not validate the schema (not)")

    def _results(self, schemas: Sequence[Schema], value: Any, path: str) -> list[_Report]:
        results = []
        for schema in schemas:
            inner = _Report(self.base)
            inner._value(schema, value, path, ABSENT)
            results.append(inner)
        return results


def _is_one(value: Any, allowed: Any) -> bool:
    """Whether a value is the one allowed. Null never is; of a fraction the whole part counts where that is whole."""
    if value is None:
        return False
    return same(value, allowed) or (type(value) is float and type(allowed) is int and int(value) == allowed)


def _best(results: Sequence[_Report]) -> _Report:
    """The alternative of which the most was right, the first of several."""
    return max(results, key=lambda each: each.matched)


def _not_supported(path: str, value: Any, supported: Sequence[Any]) -> FieldError:
    shown = [each if isinstance(each, str) else _plain(each) for each in supported]
    return field_errors.not_supported(path, value, shown)


def _plain(value: Any) -> str:
    return field_errors.invalid("", value, "").message.removeprefix("Invalid value: ")
