"""Why plain data does not fit a type, in the words of Kubernetes' converter: it says less than its JSON decoder.

Strategic merge patches are answered so: their result never is a JSON text there.
"""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from apiserver import decode_errors
from minik8s.api.fields import Format, Struct, fields_of

_KINDS = {dict: "map", list: "slice", str: "string", bool: "bool", float: "float64"}


def problem(document: dict[str, Any], cls: type[Struct]) -> str:
    """The first value that does not fit, in the order of the type's fields, "" when there is none."""
    # Kubernetes' types have the kind before the version.
    order = sorted(fields_of(cls), key=lambda field: field.json != "kind")
    for field in order:
        value = document.get(field.json)
        if value is not None and (found := _value(value, field.type, field.scalar_format)):
            return found
    return ""


def _kind(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return "int64" if -(2**63) <= value < 2**63 else "float64"
    return _KINDS[type(value)]


def _value(value: Any, tp: Any, scalar: str) -> str:
    origin, args = get_origin(tp), get_args(tp)
    if origin is Annotated:
        scalar = next((mark.name for mark in args[1:] if isinstance(mark, Format)), scalar)
        bits = next((mark.le for mark in args[1:] if isinstance(mark, msgspec.Meta) and mark.le is not None), None)
        if args[0] is int and bits is not None:
            return _number(value, "int32" if bits == 2**31 - 1 else "int64")
        return _value(value, args[0], scalar)
    if origin in (Union, UnionType):
        inner = [arg for arg in args if arg is not type(None)]
        return _value(value, inner[0], scalar) if len(inner) == 1 else decode_errors.value_problem(value, tp, scalar)
    if origin is list:
        if not isinstance(value, list):
            return f"cannot restore slice from {_kind(value)}"
        return next((found for each in value if each is not None and (found := _value(each, args[0], scalar))), "")
    if origin is dict:
        if not isinstance(value, dict):
            return f"cannot restore map from {_kind(value)}"
        items = (each for each in value.values() if each is not None)
        return next((found for each in items if (found := _value(each, args[1], scalar))), "")
    if isinstance(tp, type) and issubclass(tp, Struct):
        return problem(value, tp) if isinstance(value, dict) else f"cannot restore struct from: {_kind(value)}"
    if tp is bytes and not isinstance(value, str):
        return "" if isinstance(value, list) else f"cannot restore slice from {_kind(value)}"
    if scalar or tp not in (str, bool, int, float):
        return decode_errors.value_problem(value, tp, scalar)
    return _scalar(value, tp)


def _scalar(value: Any, tp: Any) -> str:
    if tp is str:
        if isinstance(value, str):
            return ""
        return "cannot convert int64 to string" if _kind(value) == "int64" else "unrecognized type: string"
    if tp is bool:
        return "" if isinstance(value, bool) else "unrecognized type: bool"
    return _number(value, "int64" if tp is int else "float64")


def _number(value: Any, wanted: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"unrecognized type: {wanted}"
    whole = _kind(value) == "int64" or value == int(value)
    return "" if wanted == "float64" or whole else f"cannot convert float64 to {wanted}"
