"""What a field of an API type is made of: the one annotation everything else is derived from.

A field is written `name: Annotated[type, F(number, ...)] = default`. `F` carries the protobuf number, the
strategic-merge and server-side-apply rules, and what OpenAPI needs; the Python type carries the rest.
Whether an empty value is written is told by the default: `always(...)` marks a field that Kubernetes writes
even when it is empty, every other default is left out of the JSON (msgspec's `omit_defaults`). A list that it
writes as `null` is a `NullableList[...] = nullable()`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, field

from minik8s.api.nullable import NullableList, guard, is_nullable, nullable

__all__ = [
    "Duration",
    "F",
    "FieldInfo",
    "Int32",
    "Int64",
    "IntOrString",
    "MaybeJSON",
    "MicroTime",
    "NoneType",
    "NullableList",
    "Quantity",
    "RawJSON",
    "Struct",
    "Time",
    "Union",
    "always",
    "field",
    "fields_of",
    "nullable",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Format:
    """A scalar whose wire form has rules of its own: `quantity`, `time`, `micro-time` or `duration`."""

    name: str


Quantity = Annotated[str, Format("quantity")]
Time = Annotated[str, Format("time")]
MicroTime = Annotated[str, Format("micro-time")]
Duration = Annotated[str, Format("duration")]
Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
IntOrString = int | str
RawJSON = msgspec.Raw
# msgspec reads no union with Raw: a field that may be absent is Raw to it, with None as its default.
if TYPE_CHECKING:
    MaybeJSON = msgspec.Raw | None
else:
    MaybeJSON = msgspec.Raw


@dataclasses.dataclass(frozen=True, slots=True)
class F:
    """Facts about one field, as the Kubernetes API reference and its protobuf definitions state them.

    `patch` and `merge_key` rule strategic merge patches; `list_type`, `list_map_keys` and `map_type` rule
    server-side apply; `required`, `enum`, `default` and `format` are published in OpenAPI.
    """

    number: int
    required: bool = False
    enum: tuple[str, ...] = ()
    default: object = None
    patch: str = ""
    merge_key: str = ""
    list_type: str = ""
    list_map_keys: tuple[str, ...] = ()
    map_type: str = ""
    format: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Union:
    """A group of fields of which a discriminator names the one in use (`x-kubernetes-unions`)."""

    discriminator: str | None
    members: dict[str, str]


def _empty_list() -> list[Any]:
    return []


def _empty_dict() -> dict[str, Any]:
    return {}


_EMPTY: dict[Any, Callable[[], Any]] = {list: _empty_list, dict: _empty_dict}


def always(factory: Callable[[], Any], name: str | None = None) -> Any:
    """The default of a field that is written even when empty; `name` is its JSON name where irregular."""
    # msgspec leaves out what an exact `list` or `dict` factory made empty: a function stands in for them.
    return field(default_factory=_EMPTY.get(factory, factory), name=name)


class Struct(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """Base of every API type: camelCase on the wire, empty fields left out."""

    INLINE: ClassVar[dict[str, int]] = {}
    MAP_TYPE: ClassVar[str] = ""
    UNIONS: ClassVar[tuple[Union, ...]] = ()
    PROTO: ClassVar[str] = ""

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        guard(cls)


@dataclasses.dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of a struct, resolved.

    `attribute` is the Python name, `json` the name on the wire, `type` the annotation without its markers,
    `scalar_format` the `Format` name of the innermost scalar ("" if none), `written_empty` whether an empty
    value is written.
    """

    attribute: str
    json: str
    type: Any
    facts: F | None
    scalar_format: str
    written_empty: bool


def _scalar_format(tp: Any) -> str:
    if get_origin(tp) is Annotated:
        for mark in get_args(tp)[1:]:
            if isinstance(mark, Format):
                return mark.name
    for arg in get_args(tp):
        if found := _scalar_format(arg):
            return found
    return ""


@cache
def fields_of(cls: type[Struct]) -> tuple[FieldInfo, ...]:
    """The fields of `cls`, inherited ones first, with their facts; computed once per type."""
    hints = get_type_hints(cls, include_extras=True)
    wire = {f.name: f for f in msgspec.structs.fields(cls)}
    found = []
    for name, info in wire.items():
        hint = hints[name]
        facts = None
        if get_origin(hint) is Annotated:
            facts = next((m for m in get_args(hint)[1:] if isinstance(m, F)), None)
        scalar = _scalar_format(hint)
        if facts is not None:
            rest = tuple(m for m in get_args(hint)[1:] if not isinstance(m, F))
            hint = Annotated[(get_args(hint)[0], *rest)] if rest else get_args(hint)[0]
        factory = info.default_factory
        if is_nullable(factory):
            hint = next(arg for arg in get_args(hint) if arg is not NoneType)
        written = factory is not msgspec.NODEFAULT and factory not in (list, dict)
        found.append(FieldInfo(name, info.encode_name, hint, facts, scalar, written))
    return tuple(found)
