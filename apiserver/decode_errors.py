"""Why a JSON document does not fit a type, in the words of Go's JSON decoder."""

from __future__ import annotations

import base64
import binascii
import re
from calendar import monthrange
from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from apiserver.go_type_names import inlined, type_names
from minik8s.api.fields import Format, Struct, fields_of
from minik8s.machinery import quantity

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_TIME_SECONDS = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})")
_TIME = re.compile(_TIME_SECONDS.pattern + "([.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")
_QUANTITY_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_RANGES = {"int32": 31, "int64": 63}


def problem(document: Any, cls: type[Struct]) -> str:
    """The first value that does not fit, "" when there is none."""
    return _struct(document, cls, cls.__name__, "")


def value_problem(value: Any, tp: Any, scalar: str) -> str:
    """What is wrong with a value that stands for itself, "" when nothing is."""
    return _value(value, tp, scalar, "", "")


def _struct(value: Any, cls: type[Struct], holder: str, path: str) -> str:
    if not isinstance(value, dict):
        return _mismatch(value, holder, path, _go_type(cls))
    known = {field.json: field for field in fields_of(cls)}
    names, held = type_names(cls), inlined(cls)
    for key, item in value.items():
        field = known.get(key)
        if field is None or item is None:
            continue
        below = f"{held[key]}.{key}" if key in held else key
        if path:
            below = f"{path}.{below}"
        if found := _value(item, field.type, field.scalar_format, cls.__name__, below, names.get(key, "")):
            return found
    return ""


def _value(value: Any, tp: Any, scalar: str, holder: str, path: str, named: str = "") -> str:
    """`named` is Go's name for the type, where it has one of its own."""
    origin = get_origin(tp)
    if origin is Annotated:
        marks = get_args(tp)[1:]
        scalar = next((mark.name for mark in marks if isinstance(mark, Format)), scalar)
        bits = _bits(marks)
        inner = get_args(tp)[0]
        if inner is int and bits:
            return _integer(value, bits, holder, path)
        return _value(value, inner, scalar, holder, path, named)
    if origin in (Union, UnionType):
        inner = [arg for arg in get_args(tp) if arg is not type(None)]
        if len(inner) == 1:
            return _value(value, inner[0], scalar, holder, path, named)
        if inner == [int, str]:
            return "" if isinstance(value, str) else _integer(value, "int32", holder, path)
        member = member_for(value, inner)
        if member is not None:
            return _value(value, member, scalar, holder, path)
        return "boolean or JSON schema expected" if bool in inner else ""
    if origin is list:
        if not isinstance(value, list):
            return _mismatch(value, holder, path, named or _go_type(tp))
        inside, one = get_args(tp)[0], named.removeprefix("[]")
        items = (item for item in value if item is not None)
        return next((f for item in items if (f := _value(item, inside, scalar, holder, path, one))), "")
    if origin is dict:
        if not isinstance(value, dict):
            return _mismatch(value, holder, path, named or _go_type(tp))
        inside = get_args(tp)[1]
        items = (item for item in value.values() if item is not None)
        return next((f for item in items if (f := _value(item, inside, scalar, holder, path))), "")
    if isinstance(tp, type) and issubclass(tp, Struct):
        return _struct(value, tp, holder, path)
    return _scalar(value, tp, scalar, holder, path, named)


def member_for(value: Any, members: Sequence[Any]) -> Any:
    """Which of the types of a field a value is meant to be: an object, a list or a boolean; None for none."""
    if isinstance(value, dict):
        return next((each for each in members if isinstance(each, type) and issubclass(each, Struct)), None)
    if isinstance(value, list):
        return next((each for each in members if get_origin(each) is list), None)
    return bool if isinstance(value, bool) and bool in members else None


def _scalar(value: Any, tp: Any, scalar: str, holder: str, path: str, named: str) -> str:
    if scalar == "quantity":
        if isinstance(value, str):
            return _quantity(value)
        return "" if isinstance(value, int | float) and not isinstance(value, bool) else _QUANTITY_WRONG
    if scalar in ("time", "micro-time") and isinstance(value, str):
        return _time(value, scalar)
    if tp is bool:
        return "" if isinstance(value, bool) else _mismatch(value, holder, path, "bool")
    if tp is int:
        return _integer(value, "int64", holder, path)
    if tp is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        return "" if fits else _mismatch(value, holder, path, "float64")
    if tp is bytes:
        if not isinstance(value, str):
            return _mismatch(value, holder, path, "[]uint8")
        return base64_problem(value)
    if tp is str:
        return "" if isinstance(value, str) else _mismatch(value, holder, path, named or "string")
    return ""


def base64_problem(text: str) -> str:
    """What is wrong with base64, "" when nothing is."""
    packed = text.replace("\n", "").replace("\r", "")
    try:
        base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
        at = next((index for index, character in enumerate(text) if character not in alphabet), None)
        if at is None:
            at = text.index("=") if "=" in text[:-2] else len(text) - len(packed) % 4 if len(packed) % 4 else len(text)
        return f"illegal base64 data at input byte {at}"
    return ""


def _bits(marks: tuple[Any, ...]) -> str:
    for mark in marks:
        if isinstance(mark, msgspec.Meta) and mark.le is not None:
            return "int32" if mark.le == 2**31 - 1 else "int64"
    return ""


def _integer(value: Any, kind: str, holder: str, path: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _mismatch(value, holder, path, kind)
    bits = _RANGES[kind]
    if isinstance(value, float) or not -(2**bits) <= value < 2**bits:
        return f"json: cannot unmarshal number {_shown(value)} into Go struct field {holder}.{path} of type {kind}"
    return ""


def _shown(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(value).replace("e+", "e+")


def _quantity(value: str) -> str:
    try:
        quantity.parse(value)
    except quantity.QuantityError as error:
        return str(error)
    return ""


def _time(value: str, scalar: str) -> str:
    layout = "2006-01-02T15:04:05Z07:00" if scalar == "time" else "2006-01-02T15:04:05.000000Z07:00"
    found = _TIME.fullmatch(value)
    if found is None:
        good = _TIME_SECONDS.match(value)
        rest, expected = (value[good.end() :], "Z07:00") if good else (value, "2006")
        return f'parsing time "{value}" as "{layout}": cannot parse "{rest}" as "{expected}"'
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    for name, number, least, most in (
        ("month", month, 1, 12),
        ("hour", hour, 0, 23),
        ("minute", minute, 0, 59),
        ("second", second, 0, 59),
    ):
        if not least <= number <= most:
            return f'parsing time "{value}": {name} out of range'
    if scalar == "micro-time" and (found[7] is None or len(found[7]) != 7):
        rest = value[19:]
        return f'parsing time "{value}" as "{layout}": cannot parse "{rest}" as ".000000"'
    # How many days a month has is looked at last.
    return "" if 0 < day <= monthrange(year or 4, month)[1] else f'parsing time "{value}": day out of range'


def _mismatch(value: Any, holder: str, path: str, wanted: str) -> str:
    kinds = {bool: "bool", str: "string", dict: "object", list: "array"}
    found = kinds.get(type(value), "number")
    if not path:
        return f"json: cannot unmarshal {found} into Go value of type {wanted}"
    return f"json: cannot unmarshal {found} into Go struct field {holder}.{path} of type {wanted}"


def _go_type(tp: Any) -> str:
    origin = get_origin(tp)
    if origin is Annotated:
        marks = get_args(tp)[1:]
        if any(isinstance(mark, Format) and mark.name == "quantity" for mark in marks):
            return "resource.Quantity"
        return _bits(marks) or _go_type(get_args(tp)[0])
    if origin in (Union, UnionType):
        inner = [arg for arg in get_args(tp) if arg is not type(None)]
        return _go_type(inner[0]) if len(inner) == 1 else "intstr.IntOrString"
    if origin is list:
        return f"[]{_go_type(get_args(tp)[0])}"
    if origin is dict:
        return f"map[string]{_go_type(get_args(tp)[1])}"
    if isinstance(tp, type) and issubclass(tp, Struct):
        package = tp.PROTO.rpartition(".")[0].rpartition(".")[2] or "v1"
        return f"{package}.{tp.__name__}"
    return {str: "string", int: "int64", bool: "bool", float: "float64", bytes: "[]uint8"}.get(tp, "string")
