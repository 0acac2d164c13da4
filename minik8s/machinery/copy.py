"""Deep copies of API objects: a change to the copy never shows in the original."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin
from typing import Union as TypingUnion

from minik8s.api.fields import Struct, fields_of

T = TypeVar("T")
_Copier = Callable[[Any], Any]


def deep_copy(obj: T) -> T:
    """A copy of a struct, or of plain JSON data, that shares nothing that can change."""
    copier: _Copier = _plain
    if isinstance(obj, Struct):
        copier = _struct_copier(type(obj))
    copied: T = copier(obj)
    return copied


def _plain(value: Any) -> Any:
    kind: type[Any] = type(value)
    if kind is dict:
        return {key: item if type(item) in _FIXED else _plain(item) for key, item in value.items()}
    if kind is list:
        return [item if type(item) in _FIXED else _plain(item) for item in value]
    return _struct_copier(type(value))(value) if isinstance(value, Struct) else value


_FIXED = frozenset({str, int, float, bool, NoneType, bytes})


@cache
def _struct_copier(cls: type[Struct]) -> _Copier:
    """A function that copies a `cls`: the struct itself in C, then each field that can change."""
    nested: list[tuple[str, _Copier]] = []
    filled = False

    def copier(obj: Any) -> Any:
        nonlocal filled
        if not filled:  # types may hold themselves: their fields are looked at on first use
            found = [(info.attribute, made) for info in fields_of(cls) if (made := _copier_of(info.type))]
            nested[:] = found
            filled = True
        copied = obj.__copy__()
        for name, copy_field in nested:
            value = getattr(copied, name)
            if value is not None:
                setattr(copied, name, copy_field(value))
        return copied

    return copier


def _copier_of(tp: Any) -> _Copier | None:
    """How to copy a value of that type; None for values that cannot change."""
    origin = get_origin(tp)
    if origin is Annotated:
        return _copier_of(get_args(tp)[0])
    if origin in (UnionType, TypingUnion):
        choices = [arg for arg in get_args(tp) if arg is not NoneType]
        return _copier_of(choices[0]) if len(choices) == 1 else None
    if origin is list:
        return _list_copier(_copier_of(get_args(tp)[0]))
    if origin is dict:
        return _dict_copier(_copier_of(get_args(tp)[1]))
    if isinstance(tp, type) and issubclass(tp, Struct):
        return _struct_copier(tp)
    return _plain if tp in (dict, list, Any, object) else None


def _list_copier(item: _Copier | None) -> _Copier:
    if item is None:
        return list.copy
    return lambda value: [item(one) for one in value]


def _dict_copier(item: _Copier | None) -> _Copier:
    if item is None:
        return dict.copy
    return lambda value: {key: item(one) for key, one in value.items()}
