"""What is wrong with a number by its schema, by the arithmetic of Kubernetes' validator."""

from __future__ import annotations

from typing import Any

from apiserver.crd.json_values import LARGEST, is_whole, type_and_form
from apiserver.crd.schema import Schema
from apiserver.crd.value_types import format_of, types_of
from minik8s.machinery.quoting import go_value

_INT32 = 1 << 31
_FLOAT = 3.4028235677973366e38
_BOUNDS = (("maximum", "exclusiveMaximum", "Maximum boundary"), ("minimum", "exclusiveMinimum", "Minimum boundary"))


def _range_fault(number: float, kind: str, form: str, what: str, path: str) -> str:
    if kind == "integer":
        limit = _INT32 if form == "int32" else LARGEST
        fine = float(number).is_integer() if isinstance(number, float) else True
        if fine and -limit <= number < limit:
            return ""
        said = f"with format {form}" if form else "(default format)"
        return f"{what} value must be of type integer {said} in {path}"
    if form == "float" and abs(number) >= _FLOAT:
        return f"{what} value must be of type number with format float in {path}"
    return ""


def number_faults(schema: Schema, value: float, path: str) -> list[tuple[Any, str]]:
    """(what is shown, what is said) of every rule about numbers that a value breaks; None is shown of no value."""
    types = types_of(schema)
    kind = types[0] if len(types) == 1 and types[0] in ("integer", "number") else ""
    form = format_of(schema) if kind else ""
    found: list[tuple[Any, str]] = []
    if text := _range_fault(value, kind, form, "Checked", path):
        found.append((None, text))
    whole = type_and_form(value)[0] == "integer"
    step = schema.get("multipleOf")
    if step is not None:
        native = whole
        if text := _range_fault(step, kind, form, "MultipleOf", path):
            found.append((None, text))
            native = False
        found += _multiple(value, step, path, native=native)
    for bound, exclusive, what in _BOUNDS:
        limit = schema.get(bound)
        if limit is None:
            continue
        native = whole
        if text := _range_fault(limit, kind, form, what, path):
            found.append((None, text))
            native = False
        if native:
            limit = int(limit) if -LARGEST <= limit < LARGEST else -LARGEST
        over, excluded = (value > limit, "less") if bound == "maximum" else (value < limit, "greater")
        if over or (schema.get(exclusive) and value == limit):
            said = f"{excluded} than" if schema.get(exclusive) else f"{excluded} than or equal to"
            found.append((value if native else float(value), f"{path} in body should be {said} {_shown(limit)}"))
    return found


def _multiple(value: float, step: float, path: str, *, native: bool) -> list[tuple[Any, str]]:
    factor = int(step) if native else float(step)
    if factor <= 0:
        return [(factor, f"factor MultipleOf declared for {path} must be positive: {_shown(factor)}")]
    if native:
        fits = value % factor == 0
    else:
        fits = is_whole(1 / factor * value if factor < 1 else value / factor)
    shown = value if native else float(value)
    return [] if fits else [(shown, f"{path} in body should be a multiple of {_shown(step)}")]


def _shown(number: float) -> str:
    return str(number) if isinstance(number, int) else go_value(number)
