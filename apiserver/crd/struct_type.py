"""The Python type of a custom kind: metadata is typed, everything else is plain JSON data."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import msgspec

from minik8s.api.fields import F, always
from minik8s.api.object_meta import ObjectMeta
from minik8s.api.objects import Object

_TAKEN = frozenset(dir(Object))
HEAD = frozenset({"apiVersion", "kind", "metadata"})


class CustomObject(Object):
    """Base of the types of custom kinds. `CUSTOM` is the kind a type was made for."""

    CUSTOM: ClassVar[Any] = None


def attribute_of(name: str) -> str:
    """The attribute that holds a property: its own name where Python allows that."""
    if name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and name not in _TAKEN and name[0] != "_":
        return name
    return "x_" + name.encode().hex()


def make_type(kind: str, group_version: str, names: Iterable[str], custom: object) -> type[Any]:
    """A type with one field for each property at the top."""
    fields: list[Any] = [
        ("api_version", str, always(lambda: group_version)),
        ("kind", str, always(lambda: kind)),
        ("metadata", Annotated[ObjectMeta, F(1)], always(ObjectMeta)),
    ]
    for name in names:
        if name not in HEAD:
            fields.append((attribute_of(name), Any, msgspec.field(default=msgspec.UNSET, name=name)))
    return msgspec.defstruct(
        attribute_of(kind),
        fields,
        bases=(CustomObject,),
        namespace={"CUSTOM": custom},
        module=__name__,
        omit_defaults=True,
        kw_only=True,
    )
