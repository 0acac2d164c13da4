"""Lists that Kubernetes writes as `null` when there is nothing in them: null on the wire, lists to whoever reads them.

A slice without `omitempty` that was never filled is `null` in Go's JSON: the rules of a Role, the endpoints of an
EndpointSlice. The struct holds None for it, so that JSON is read and written as fast as everywhere; the attribute
gives an empty list, and what is put into that list is put into the struct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    NullableList = list
else:

    class NullableList:
        """The annotation of such a list: a list to a type checker, a list or null to msgspec."""

        def __class_getitem__(cls, item: Any) -> Any:
            return list[item] | None


class Absent(list[Any]):
    """The list that stands for null. The first thing put into it makes the struct have a list."""

    def __init__(self, assign: Callable[[list[Any]], None]) -> None:
        super().__init__()
        self._assign = assign

    def append(self, item: Any) -> None:
        """See list."""
        super().append(item)
        self._assign(list(self))

    def extend(self, items: Iterable[Any]) -> None:
        """See list."""
        super().extend(items)
        self._assign(list(self))

    def insert(self, index: Any, item: Any) -> None:
        """See list."""
        super().insert(index, item)
        self._assign(list(self))

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, value)
        self._assign(list(self))

    def __iadd__(self, other: Iterable[Any]) -> list[Any]:  # type: ignore[misc, override]
        return [*self, *other]

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[Any]]]:
        return list, ([*self],)


def is_absent(value: object) -> bool:
    """Whether a list that was read stands for null."""
    return type(value) is Absent and not value


def _null() -> None:
    return None


def nullable() -> Any:
    """The default of a `NullableList` field: null until there is something in it."""
    # A function, as msgspec leaves out fields that still hold a constant default.
    return msgspec.field(default_factory=_null)


def is_nullable(factory: object) -> bool:
    """Whether a field's default factory is the one of `nullable`."""
    return factory is _null


def guard(cls: type[msgspec.Struct]) -> None:
    """Have the `NullableList` fields that a class declares read as lists. Called as the class is made."""
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():
        if "NullableList[" in str(annotation):
            setattr(cls, name, _as_list(cls.__dict__[name]))


def _as_list(slot: Any) -> property:
    read, write = slot.__get__, slot.__set__

    def get(self: Any) -> list[Any]:
        value: list[Any] | None = read(self)
        return Absent(lambda items: write(self, items)) if value is None else value

    def put(self: Any, value: list[Any] | None) -> None:
        write(self, (list(value) or None) if type(value) is Absent else value)

    return property(get, put)
