"""How a JSON value is taken apart into fields: which maps and lists are whole, and what tells list items apart."""

from __future__ import annotations

import dataclasses
import threading
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin
from typing import Union as TypingUnion

import msgspec

from minik8s.api.fields import FieldInfo, Struct, fields_of

Kind = Literal["map", "list", "string", "number", "boolean", "scalar", "any"]


@dataclasses.dataclass(slots=True, eq=False)
class Schema:
    """One type of value.

    A map has declared `fields`, and `element` for any other key (None: no other key is declared). A list has
    `element`; `keys` name the fields that tell its items apart, `is_set` says that items are their own identity.
    What is `atomic`, or a scalar, is owned as a whole. "scalar" takes any scalar; "any" takes anything, and is taken
    apart like a map of "any" where it is a map that is not atomic. `default` stands for a key field that is missing.
    """

    kind: Kind
    fields: dict[str, Schema] = dataclasses.field(default_factory=dict)
    element: Schema | None = None
    atomic: bool = False
    keys: tuple[str, ...] = ()
    is_set: bool = False
    default: Any = None
    leaf: bool = False

    def settle(self) -> Schema:
        """Work out `leaf`: whether a value of this type is never taken apart."""
        scalar = self.kind in ("string", "number", "boolean", "scalar")
        self.leaf = scalar or self.atomic or (self.kind == "list" and not self.keys and not self.is_set)
        return self

    def child(self, key: str) -> Schema | None:
        """The type of a map's value, None where the key is not declared."""
        found = self.fields.get(key)
        return found if found is not None else self.element


def _scalar(kind: Kind) -> Schema:
    return Schema(kind).settle()


STRING = _scalar("string")
NUMBER = _scalar("number")
BOOLEAN = _scalar("boolean")
SCALAR = _scalar("scalar")
ATOMIC = Schema("any", atomic=True).settle()
ANY = Schema("any")
ANY.element = ANY


@cache
def schema_of(cls: type[Struct]) -> Schema:
    """The schema of an API type, from the annotations of its fields."""
    with _lock:
        made = Schema("map", atomic=cls.MAP_TYPE == "atomic")
        _types[cls] = made
        for field in fields_of(cls):
            made.fields[field.json] = _field(field)
        del _types[cls]
        return made.settle()


# Types under way, so that a type may hold itself; other threads must not take one for finished.
_types: dict[type[Struct], Schema] = {}
_lock = threading.RLock()


def _struct(cls: type[Struct]) -> Schema:
    return _types[cls] if cls in _types else schema_of(cls)


_SCALARS = (bool, int, float, str, bytes)


def _bare(tp: Any) -> Any:
    while True:
        origin = get_origin(tp)
        if origin is Annotated:
            tp = get_args(tp)[0]
        elif origin in (TypingUnion, UnionType):
            inner = [arg for arg in get_args(tp) if arg is not type(None)]
            if len(inner) > 1:
                # The published schema gives what may be a scalar or something made of parts no type at all.
                return SCALAR if all(_bare(arg) in _SCALARS for arg in inner) else ANY
            tp = inner[0]
        else:
            return tp


def _field(field: FieldInfo) -> Schema:
    facts = field.facts
    tp = _bare(field.type)
    origin = get_origin(tp)
    if origin is list:
        element = _type(get_args(tp)[0], field.scalar_format)
        merges = facts is not None and "merge" in facts.patch.split(",")
        list_type = facts.list_type if facts is not None else ""
        keys = facts.list_map_keys if facts is not None else ()
        if not list_type and merges and facts is not None:
            list_type, keys = ("map", (facts.merge_key,)) if facts.merge_key else ("set", ())
        if list_type == "map":
            return Schema("list", element=element, keys=tuple(sorted(keys))).settle()
        if list_type == "set":
            return Schema("list", element=element, is_set=True).settle()
        return Schema("list", element=element, atomic=True).settle()
    if origin is dict:
        atomic = facts is not None and facts.map_type == "atomic"
        return Schema("map", element=_type(get_args(tp)[1], field.scalar_format), atomic=atomic).settle()
    found = _type(tp, field.scalar_format)
    default = facts.default if facts is not None else None
    if default is None and field.written_empty:
        default = {"string": "", "number": 0, "boolean": False}.get(found.kind)
    atomic = facts is not None and facts.map_type == "atomic"
    if default is not None and found.leaf:
        return dataclasses.replace(found, default=default)
    if atomic and not found.atomic and found.kind == "map":
        return dataclasses.replace(found, atomic=True).settle()
    if facts is not None and facts.map_type == "granular" and found.atomic:
        return dataclasses.replace(found, atomic=False).settle()
    return found


def _type(tp: Any, scalar_format: str) -> Schema:
    tp = _bare(tp)
    if isinstance(tp, Schema):
        return tp
    if tp is bool:
        return BOOLEAN
    if tp in (int, float):
        return NUMBER
    if tp in (str, bytes):
        return SCALAR if scalar_format else STRING
    if isinstance(tp, type) and issubclass(tp, Struct):
        return _struct(tp)
    origin = get_origin(tp)
    if origin is list:
        return Schema("list", element=_type(get_args(tp)[0], scalar_format), atomic=True).settle()
    if origin is dict:
        return Schema("map", element=_type(get_args(tp)[1], scalar_format)).settle()
    if tp is msgspec.Raw:
        return ATOMIC
    return ATOMIC


@cache
def blank_of(cls: type[Struct]) -> dict[str, Any]:
    """An object of a type with nothing in it, as it is written: the fields that are always there. Do not change it."""
    found: dict[str, Any] = msgspec.to_builtins(cls())
    return found
