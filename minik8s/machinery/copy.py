"""Deep copies of API objects: a change to the copy never shows in the original."""

from __future__ import annotations

from copy import copy as shallow_copy
from functools import cache
from typing import Any, TypeVar

import msgspec

from minik8s.api.fields import Struct

T = TypeVar("T")
_FIXED = frozenset({str, int, float, bool, type(None), bytes, msgspec.Raw})
_encode = msgspec.json.Encoder().encode


@cache
def _decoder(cls: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cls)


def deep_copy(obj: T) -> T:
    """A copy of a struct, or of plain JSON data, that shares nothing that can change."""
    if not isinstance(obj, Struct):
        copied: T = _piecewise(obj)
        return copied
    try:
        # Through JSON: five times as fast as copying field by field in Python.
        copied = _decoder(type(obj)).decode(_encode(obj))
    except msgspec.ValidationError:  # somebody set what the type does not allow; a copy is no place to say so
        copied = _piecewise(obj)
    return copied


def _piecewise(value: Any) -> Any:
    if type(value) is dict:
        return {key: item if type(item) in _FIXED else _piecewise(item) for key, item in value.items()}
    if type(value) is list:
        return [item if type(item) in _FIXED else _piecewise(item) for item in value]
    if not isinstance(value, Struct):
        return value
    copied = shallow_copy(value)
    for name in copied.__struct_fields__:
        item = getattr(copied, name)
        if type(item) not in _FIXED:
            setattr(copied, name, _piecewise(item))
    return copied
