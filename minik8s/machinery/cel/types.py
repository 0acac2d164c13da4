"""CEL types, and when one may stand for another."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

# How messages name types that have longer names.
_SHOWN = {"null_type": "null", "google.protobuf.Timestamp": "timestamp", "google.protobuf.Duration": "duration"}


@dataclasses.dataclass(frozen=True, slots=True)
class Type:
    """A type: `name` and, for list, map, optional_type and type, its parameters; a type variable begins with `'`.

    `size` is the most items or characters a value can have, None where nobody says; it counts for costs alone.
    """

    name: str
    parameters: tuple[Type, ...] = ()
    size: int | None = dataclasses.field(default=None, compare=False)

    def __str__(self) -> str:
        if self.name.startswith("'"):
            return "dyn"
        if self.name in _SHOWN:
            return _SHOWN[self.name]
        if self.parameters:
            return f"{self.name}({', '.join(map(str, self.parameters))})"
        return self.name


DYN = Type("dyn")
BOOL = Type("bool")
INT = Type("int")
UINT = Type("uint")
DOUBLE = Type("double")
STRING = Type("string")
BYTES = Type("bytes")
NULL = Type("null_type")
TIMESTAMP = Type("google.protobuf.Timestamp")
DURATION = Type("google.protobuf.Duration")
TYPE = Type("type")
LIST_DYN = Type("list", (DYN,))
MAP_DYN = Type("map", (DYN, DYN))
SCALARS = {each.name: each for each in (BOOL, INT, UINT, DOUBLE, STRING, BYTES, NULL)}
ERROR = Type("!error!")
"""The type of what is wrong; nothing more is said of it."""
_ANY = (DYN.name, ERROR.name)
_BOXED = {"bool", "int", "uint", "double", "string", "bytes"}


def list_of(item: Type) -> Type:
    """list(item)."""
    return Type("list", (item,))


def map_of(key: Type, value: Type) -> Type:
    """map(key, value)."""
    return Type("map", (key, value))


def optional_of(value: Type) -> Type:
    """optional_type(value)."""
    return Type("optional_type", (value,))


def variable(name: str) -> Type:
    """A type variable of a declaration."""
    return Type("'" + name)


@dataclasses.dataclass(frozen=True, slots=True)
class ObjectType:
    """A type with known fields. `open` types have fields nobody declared; those are dyn."""

    name: str
    fields: Mapping[str, Type]
    open: bool = False
    message: bool = True

    @property
    def type(self) -> Type:
        """How expressions refer to it."""
        return Type(self.name)

    def missing(self, field: str, given: Type) -> str:
        """What is told when it is made with a field that it does not have."""
        return f"undefined field '{field}'"


def substitute(found: Type, bindings: Mapping[str, Type]) -> Type:
    """The type with its variables replaced; unbound ones are dyn."""
    if found.name.startswith("'"):
        return bindings.get(found.name, DYN)
    if not found.parameters:
        return found
    return Type(found.name, tuple(substitute(each, bindings) for each in found.parameters))


def assignable(wanted: Type, given: Type, bindings: dict[str, Type]) -> bool:
    """Whether a value of `given` may be passed where `wanted` is declared; binds type variables."""
    if wanted.name.startswith("'"):
        held = bindings.get(wanted.name)
        if held is None or held == DYN or held.name == "dyn":
            bindings[wanted.name] = given if held is None else held
            return True
        if given == DYN:
            return True
        if assignable(held, given, bindings):
            return True
        if assignable(given, held, bindings):
            bindings[wanted.name] = given
            return True
        return False
    if wanted.name in _ANY or given.name in _ANY or given.name.startswith("'"):
        return True
    if wanted.name == given.name:
        if wanted.name == TYPE.name or not wanted.parameters or not given.parameters:
            return True
        return all(assignable(w, g, bindings) for w, g in zip(wanted.parameters, given.parameters, strict=False))
    if given == NULL:
        return wanted.name not in _BOXED and wanted.name not in ("list", "map", "type")
    return False


def joined(one: Type, other: Type) -> Type:
    """The type of something that is one or the other; dyn when they do not agree."""
    if one == other:
        return one
    if assignable(one, other, {}) and other != DYN:
        return one
    if assignable(other, one, {}) and one != DYN:
        return other
    return DYN
