"""The kinds of the object model as types that expressions are checked with."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, get_args, get_origin
from typing import Union as TypingUnion

from minik8s.api.fields import Struct, fields_of
from minik8s.machinery.cel.operators import escaped
from minik8s.machinery.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    ObjectType,
    Type,
    list_of,
    map_of,
)

_SCALARS: dict[Any, Type] = {bool: BOOL, int: INT, float: DOUBLE, str: STRING, bytes: BYTES}
_FORMATS = {"time": TIMESTAMP, "micro-time": TIMESTAMP, "duration": STRING}


def model_types(cls: type[Struct]) -> tuple[Type, tuple[ObjectType, ...]]:
    """A kind's type, and the types of all its parts."""
    found: dict[str, ObjectType] = {}
    return _struct(cls, found), tuple(found.values())


def _struct(cls: type[Struct], found: dict[str, ObjectType]) -> Type:
    name = f"{cls.__module__.removeprefix('minik8s.api.')}.{cls.__qualname__}"
    if name not in found:
        fields: dict[str, Type] = {}
        found[name] = ObjectType(name, fields)
        for field in fields_of(cls):
            if field.scalar_format == "quantity":
                # Kubernetes finds no type for what is a text or a number, and leaves it out.
                continue
            known = fields[field.json] = _type(field.type, field.scalar_format, found)
            spelled = escaped(field.json)
            if spelled is not None:
                fields[spelled] = known
    return Type(name)


def _type(tp: Any, scalar: str, found: dict[str, ObjectType]) -> Type:
    origin = get_origin(tp)
    if origin is Annotated:
        return _type(get_args(tp)[0], scalar, found)
    if origin in (TypingUnion, UnionType):
        inner = [each for each in get_args(tp) if each is not type(None)]
        return _type(inner[0], scalar, found) if len(inner) == 1 else DYN
    if origin is list:
        return list_of(_type(get_args(tp)[0], scalar, found))
    if origin is dict:
        return map_of(STRING, _type(get_args(tp)[1], scalar, found))
    if isinstance(tp, type) and issubclass(tp, Struct):
        return _struct(tp, found)
    if scalar in _FORMATS:
        return _FORMATS[scalar]
    return _SCALARS.get(tp, DYN)
