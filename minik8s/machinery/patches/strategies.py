"""How the fields of API types are merged by strategic merge patches: their strategies, merge keys and types.

Errors name types as the Kubernetes API server, a Go program, does: `GoType` is what it knows of a field.
"""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import msgspec

from minik8s.api.fields import FieldInfo, Format, Struct, fields_of
from minik8s.machinery.patches.errors import PatchError
from minik8s.machinery.quoting import quote


class Rule(NamedTuple):
    """How the value of one field is merged; `type` is its struct, or that of the items of a list."""

    type: type[Struct] | None
    merges: bool
    key: str
    retains: bool


_PLAIN = Rule(None, False, "", False)


class GoType(NamedTuple):
    """A type: its kind (`struct`, `ptr`, `map`, `slice`, `string` …), a struct's name, what a pointer or list holds."""

    kind: str
    name: str = ""
    cls: type[Struct] | None = None
    element: Any = None


_FORMATS = {"quantity": "Quantity", "time": "Time", "micro-time": "MicroTime", "duration": "Duration"}
_SCALARS = {str: "string", bool: "bool", int: "int64", float: "float64"}


@cache
def _rules(cls: type[Struct]) -> dict[str, Rule]:
    return {field.json: _rule(field) for field in fields_of(cls)}


def _rule(field: FieldInfo) -> Rule:
    strategies = field.facts.patch.split(",") if field.facts is not None else []
    key = field.facts.merge_key if field.facts is not None else ""
    return Rule(_struct_in(field.type), "merge" in strategies, key, "retainKeys" in strategies)


def _struct_in(hint: Any) -> type[Struct] | None:
    """The struct a field's type holds, behind optional, list or map."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return hint
    if get_origin(hint) in (Annotated, list, dict, Union, UnionType):
        return next((found for part in get_args(hint) if (found := _struct_in(part)) is not None), None)
    return None


def rule_of(cls: type[Struct] | None, name: str) -> Rule:
    """How a field of a type is merged; as plain data where the type is not known."""
    return _rules(cls).get(name, _PLAIN) if cls is not None else _PLAIN


def struct_type(cls: type[Struct]) -> GoType:
    """The type of a whole object."""
    return GoType("struct", cls.__name__, cls)


def _go_type(hint: Any) -> GoType:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        for mark in args[1:]:
            if isinstance(mark, Format):
                return GoType("struct", _FORMATS[mark.name])
            if isinstance(mark, msgspec.Meta) and mark.le == 2**31 - 1:
                return GoType("int32")
        return _go_type(args[0])
    if origin in (Union, UnionType):
        parts = [part for part in args if part is not NoneType]
        if len(parts) > 1:
            return GoType("struct", "IntOrString")
        inner = _go_type(parts[0])
        return inner if inner.kind in ("slice", "map") else GoType("ptr", element=parts[0])
    if origin is list:
        return GoType("slice", element=args[0])
    if origin is dict:
        return GoType("map")
    if isinstance(hint, type) and issubclass(hint, Struct):
        return struct_type(hint)
    return GoType(_SCALARS[hint]) if hint in _SCALARS else GoType("struct", "RawExtension")


@cache
def _members(cls: type[Struct]) -> dict[str, tuple[GoType, Rule]]:
    return {field.json: (_go_type(field.type), _rule(field)) for field in fields_of(cls)}


def member(of: GoType, key: str) -> tuple[GoType, Rule]:
    """The type and rule of a field that is an object. Raises PatchError where there is none of that name."""
    if of.kind == "ptr":
        of = _go_type(of.element)
    if of.kind != "struct":
        raise PatchError(f"merging an object in json but data type is not struct, instead is: {of.kind}")
    members = _members(of.cls) if of.cls is not None else {}
    found = members.get(key)
    if found is None:
        folded = key.casefold()
        found = next((each for name, each in members.items() if name.casefold() == folded), None)
    if found is None:
        raise PatchError(f"unable to find api field in struct {of.name} for the json field {quote(key)}")
    return found


def items(of: GoType, key: str) -> tuple[GoType, Rule]:
    """The type of the items of a field that is a list, and its rule. Raises PatchError where it is no list."""
    found, rule = member(of, key)
    if found.kind == "ptr":
        return _go_type(found.element), rule
    if found.kind != "slice":
        raise PatchError(f"expected slice or array type, but got: {of.kind}")
    return _go_type(found.element), rule
