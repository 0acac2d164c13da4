"""Values at run time. Strings, bytes, floats, booleans, lists, dictionaries and None stand for themselves.

An `int` is CEL's int; `UInt`, `Timestamp`, `Duration`, `Optional` and `TypeValue` are what Python has no value for.
Opaque values of libraries (URLs, quantities …) are classes with a `CEL_TYPE`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.moments import Timestamp

INT_MIN, INT_MAX, UINT_MAX = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1


class UInt(int):
    """An unsigned integer of 64 bits."""


class Duration(int):
    """A span of time in nanoseconds."""


class Optional:
    """A value that may be absent."""

    __slots__ = ("present", "value")

    def __init__(self, value: Any = None, present: bool = True) -> None:
        self.value = value
        self.present = present


NONE = Optional(present=False)


class TypeValue:
    """A type as a value (`type(x)`, `int`)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeValue) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


class Opaque:
    """A value of a library; equal when `key` is."""

    CEL_TYPE: ClassVar[str] = ""

    def key(self) -> Any:
        """What makes it the value it is."""
        return id(self)


class SetList(list[Any]):
    """A list of the type `set`: order does not count when compared, adding makes a union."""


class MapList(list[Any]):
    """A list of the type `map`: items belong together by `keys`."""

    def __init__(self, items: list[Any], keys: tuple[str, ...]) -> None:
        super().__init__(items)
        self.keys = keys

    def by_key(self) -> dict[tuple[Any, ...], Any]:
        """Items by their key."""
        return {tuple(item.get(key) for key in self.keys): item for item in self}


_NAMES: dict[type, str] = {
    bool: "bool",
    int: "int",
    UInt: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    type(None): "null_type",
    list: "list",
    SetList: "list",
    MapList: "list",
    dict: "map",
    Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration",
    Optional: "optional_type",
    TypeValue: "type",
}


def type_name(value: Any) -> str:
    """The name of a value's CEL type."""
    found = _NAMES.get(type(value))
    return found if found is not None else getattr(value, "CEL_TYPE", "dyn")


def is_number(value: Any) -> bool:
    """Whether a value is an int, a uint or a double."""
    kind = type(value)
    return kind is int or kind is float or kind is UInt


def equals(one: Any, other: Any) -> bool:
    """CEL's equality: numbers across their types, everything else within its own."""
    kind, also = type(one), type(other)
    if kind is also and kind in (str, int, bool, float, bytes):
        return bool(one == other)
    if is_number(one) and is_number(other):
        return bool(one == other)
    if isinstance(one, list) and isinstance(other, list):
        return _lists_equal(one, other)
    if kind is dict and also is dict:
        return len(one) == len(other) and all(k in other and equals(v, other[k]) for k, v in one.items())
    if kind is not also:
        return False
    if kind is Optional:
        return one.present == other.present and (not one.present or equals(one.value, other.value))
    if isinstance(one, Opaque):
        return bool(one.key() == other.key())
    return bool(one == other)


def _lists_equal(one: list[Any], other: list[Any]) -> bool:
    if len(one) != len(other):
        return False
    if isinstance(one, SetList) or isinstance(other, SetList):
        return all(any(equals(a, b) for b in other) for a in one)
    if isinstance(one, MapList) or isinstance(other, MapList):
        keys = one.keys if isinstance(one, MapList) else other.keys if isinstance(other, MapList) else ()
        theirs = MapList(other, keys).by_key()
        return all(key in theirs and equals(item, theirs[key]) for key, item in MapList(one, keys).by_key().items())
    return all(equals(a, b) for a, b in zip(one, other, strict=True))


def checked_int(value: int) -> int:
    """An int that fits 64 bits. Raises EvalError."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise EvalError("integer overflow")


def checked_uint(value: int) -> UInt:
    """A uint that fits 64 bits. Raises EvalError."""
    if 0 <= value <= UINT_MAX:
        return UInt(value)
    raise EvalError("unsigned integer overflow")


def checked_duration(value: int) -> Duration:
    """A duration that fits 64 bits of nanoseconds. Raises EvalError."""
    if INT_MIN <= value <= INT_MAX:
        return Duration(value)
    raise EvalError("integer overflow")


def size_of(value: Any) -> int:
    """Characters, bytes, items or entries of a value; 1 for what has no size."""
    return len(value) if isinstance(value, str | bytes | list | dict) else 1
