"""Objects of any type of the model, filled at random but the same for the same seed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from types import NoneType
from typing import Any

import msgspec

from apiserver.protobuf import shapes
from apiserver.protobuf.shapes import MANY, MAP, Shape, layout_of
from minik8s.api.fields import Struct
from minik8s.machinery.times import format_micro_time, format_time

_TEXTS = ("a", "web-1", "", "ünïcode ✓", "x" * 200, "1e3", 'quote "this"')
_START = datetime(2020, 1, 1, tzinfo=UTC)


@cache
def shapes_of(cls: type[Struct]) -> tuple[Shape, ...]:
    """The fields of a type, those of embedded types included."""
    layout = layout_of(cls)
    inherited = [shape for _, base in layout.inline for shape in shapes_of(base)]
    return (*inherited, *layout.fields)


class _Chance(random.Random):
    """Chance, and how many messages may still be made."""

    left = 120


def made(cls: type[Struct], seed: int, depth: int = 9) -> Any:
    """An object of a type."""
    return _made(cls, _Chance(seed), depth)


def _made(cls: type[Struct], chance: _Chance, depth: int) -> Any:
    obj = cls()
    chance.left -= 1
    for shape in shapes_of(cls):
        if chance.random() < (0.4 if depth > 2 else 0.8):
            continue
        if shape.kind in (shapes.MESSAGE, *_EITHER) and (depth <= 0 or chance.left <= 0):
            continue
        setattr(obj, shape.attribute, _field(shape, chance, depth))
    return obj


def _field(shape: Shape, chance: _Chance, depth: int) -> Any:
    if shape.label == MANY:
        return [_value(shape, chance, depth) for _ in range(chance.randint(0, 2))]
    if shape.label == MAP:
        return {chance.choice(_TEXTS): _value(shape, chance, depth) for _ in range(chance.randint(0, 2))}
    return _value(shape, chance, depth)


_EITHER = {
    shapes.OR_LIST: lambda chance, inner: [inner(), inner()],
    shapes.OR_BOOL: lambda chance, inner: chance.random() < 0.5,
    shapes.OR_STRINGS: lambda chance, inner: ["a", ""],
}


def _value(shape: Shape, chance: _Chance, depth: int) -> Any:
    kind = shape.kind
    when = _START + timedelta(seconds=chance.randint(-(10**9), 10**9))
    if shape.cls is not None:
        cls = shape.cls

        def inner() -> Any:
            return _made(cls, chance, depth - 1)

        if kind in _EITHER and chance.random() < 0.5:
            return _EITHER[kind](chance, inner)
        return inner()
    plain: dict[str, Any] = {
        shapes.STRING: lambda: chance.choice(_TEXTS),
        shapes.BYTES: lambda: chance.randbytes(chance.randint(0, 9)),
        shapes.BOOL: lambda: chance.random() < 0.5,
        shapes.INT32: lambda: chance.choice((0, 1, -1, 2**31 - 1, -(2**31), 300)),
        shapes.INT64: lambda: chance.choice((0, 1, -1, 2**63 - 1, -(2**63), 1 << 40)),
        shapes.DOUBLE: lambda: chance.choice((0.0, 1.5, -1e300)),
        shapes.QUANTITY: lambda: chance.choice(("0", "100m", "1Gi", "-5")),
        shapes.TIME: lambda: format_time(when),
        shapes.MICRO_TIME: lambda: format_micro_time(when.replace(microsecond=chance.randint(0, 999999))),
        shapes.RAW: lambda: msgspec.Raw(chance.choice((b"{}", b'{"a":[1,"b"]}', b"3", b'"x"'))),
        shapes.INT_OR_STRING: lambda: chance.choice((0, 80, -3, "25%", "http", "")),
        shapes.STRINGS: lambda: [chance.choice(_TEXTS) for _ in range(chance.randint(0, 2))],
    }
    return plain[kind]()


def plain(value: Any) -> Any:
    """A value in a form that compares by what it means: Raw by its bytes."""
    if isinstance(value, msgspec.Raw):
        return bytes(value)
    if isinstance(value, Struct):
        return (type(value).__name__, {name: plain(getattr(value, name)) for name in value.__struct_fields__})
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    assert isinstance(value, str | int | float | bytes | bool | NoneType)
    return value
