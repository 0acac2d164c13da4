"""What each field of a type is in protobuf: its number, its kind, and whether it is one, many or a map."""

from __future__ import annotations

import dataclasses
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from minik8s.api.fields import FieldInfo, Struct, fields_of

ONE, MANY, MAP = "one", "many", "map"
# Kinds of values. A message names its type besides.
STRING, BYTES, BOOL, INT32, INT64, DOUBLE = "string", "bytes", "bool", "int32", "int64", "double"
MESSAGE, QUANTITY, TIME, MICRO_TIME, DURATION = "message", "quantity", "time", "micro-time", "duration"
RAW, INT_OR_STRING, STRINGS = "raw", "int-or-string", "strings"
OR_LIST, OR_BOOL, OR_STRINGS = "or-list", "or-bool", "or-strings"
VARINTS = frozenset({BOOL, INT32, INT64})

# Lists that travel in a message of their own.
_WRAPPED = frozenset({("APIResource", "verbs")})
_PLAIN: dict[Any, str] = {str: STRING, bytes: BYTES, bool: BOOL, float: DOUBLE, msgspec.Raw: RAW}


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """One field. `optional` tells an absent value from an empty one, `always` has an empty one written as well.

    `cls` is the type of a message.
    """

    attribute: str
    number: int
    label: str
    kind: str
    cls: type[Struct] | None
    optional: bool
    always: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a type by number, and the types embedded in it whose fields travel as a message of their own."""

    fields: tuple[Shape, ...]
    inline: tuple[tuple[int, type[Struct]], ...]


def _bare(tp: Any) -> Any:
    while get_origin(tp) is Annotated:
        tp = get_args(tp)[0]
    return tp


def _may_be_none(tp: Any) -> bool:
    bare = _bare(tp)
    return get_origin(bare) in (Union, UnionType) and NoneType in get_args(bare)


def _value(tp: Any, scalar: str) -> tuple[str, type[Struct] | None]:
    """(kind, message type) of one value."""
    if get_origin(tp) is Annotated and get_args(tp)[0] is int:
        marks = [mark for mark in get_args(tp)[1:] if isinstance(mark, msgspec.Meta)]
        return (INT32 if any(mark.ge == -(2**31) for mark in marks) else INT64), None
    bare = _bare(tp)
    if get_origin(bare) in (Union, UnionType):
        inner = [arg for arg in get_args(bare) if arg is not NoneType]
        if len(inner) == 1:
            return _value(inner[0], scalar)
        if set(inner) == {int, str}:
            return INT_OR_STRING, None
        message = next(arg for arg in inner if isinstance(arg, type) and issubclass(arg, Struct))
        other = next(arg for arg in inner if arg is not message)
        if other is bool:
            return OR_BOOL, message
        return (OR_STRINGS if get_args(other) == (str,) else OR_LIST), message
    if bare is str and scalar:
        return scalar, None
    if get_origin(bare) is list and _bare(get_args(bare)[0]) is str:
        return STRINGS, None
    if bare is int:
        return INT64, None
    if isinstance(bare, type) and issubclass(bare, Struct):
        return MESSAGE, bare
    kind = _PLAIN.get(bare)
    if kind is None:
        raise TypeError(f"{tp} has no protobuf form")
    return kind, None


def _shape(cls: type[Struct], field: FieldInfo, optional: bool) -> Shape:
    assert field.facts is not None
    tp = _bare(field.type)
    if get_origin(tp) in (Union, UnionType):
        inner = [arg for arg in get_args(tp) if arg is not NoneType]
        if len(inner) == 1 and get_origin(_bare(inner[0])) in (list, dict):
            tp = _bare(inner[0])
    label, item = ONE, field.type
    if (cls.__name__, field.attribute) in _WRAPPED:
        return Shape(field.attribute, field.facts.number, ONE, STRINGS, None, False)
    if get_origin(tp) is list:
        label, item = MANY, get_args(tp)[0]
    elif get_origin(tp) is dict:
        label, item = MAP, get_args(tp)[1]
    kind, message = _value(item, field.scalar_format)
    always = field.written_empty and label == ONE
    return Shape(field.attribute, field.facts.number, label, kind, message, optional, always)


@cache
def layout_of(cls: type[Struct]) -> Layout:
    """The layout of a type; computed once."""
    bases = {base.__name__: base for base in cls.__mro__[1:] if issubclass(base, Struct)}
    inline = tuple(sorted((number, bases[name]) for name, number in cls.INLINE.items() if name in bases))
    theirs = {field.attribute for _, base in inline for field in fields_of(base)}
    absent = {field.name for field in msgspec.structs.fields(cls) if field.default is None}
    found = [
        _shape(cls, field, field.attribute in absent or _may_be_none(field.type))
        for field in fields_of(cls)
        if field.facts is not None and field.attribute not in theirs
    ]
    return Layout(tuple(sorted(found, key=lambda shape: shape.number)), inline)
