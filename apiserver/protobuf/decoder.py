"""Protobuf messages to objects: a function per type, compiled when the type is first read.

A compiled function takes the whole body with the bounds of its message in it and sets the attributes of a new object
field by field; the field is found by bisection over the tags that the type knows. Fields it does not know are skipped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec

from apiserver.protobuf import scalars, shapes
from apiserver.protobuf.shapes import MANY, MAP, ONE, Shape, layout_of
from minik8s.api.fields import Struct

Decode = Callable[[bytes, int, int], Any]
"""(body, start, end) -> object. Raises ValueError, IndexError or UnicodeDecodeError for what is no such message."""
Fill = Callable[[Any, bytes, int, int], None]
"""The same, into an object that is there."""

_made: dict[type[Struct], Fill] = {}
_making: set[type[Struct]] = set()
_lock = threading.RLock()  # one thread at a time makes functions: another would find half of them
_ITEMS_AT_ONCE = 4


def decoder_of(cls: type[Struct]) -> Decode:
    """The function that reads messages of a type."""
    fill = _filler(cls)

    def decode(data: bytes, start: int, end: int) -> Any:
        made = cls()
        fill(made, data, start, end)
        return made

    return decode


def _filler(cls: type[Struct]) -> Fill:
    """The function that reads a message into an object of the type."""
    if cls in _made:
        return _made[cls]
    with _lock:
        if cls in _made:
            return _made[cls]
        if cls not in _making:
            _making.add(cls)
            try:
                return _make(cls)
            finally:
                _making.discard(cls)

    def fill(made: Any, data: bytes, start: int, end: int) -> None:
        _made[cls](made, data, start, end)

    return fill


def _json(data: bytes) -> msgspec.Raw | None:
    found = _last(data, 1)
    if not found:
        return None
    msgspec.json.decode(found)
    return msgspec.Raw(found)


def _last(data: bytes, number: int) -> bytes:
    """The last value of a field of bytes, b"" without any."""
    found = b""
    for each, value in scalars.fields(data):
        if each == number and isinstance(value, bytes):
            found = value
    return found


def _quantity(data: bytes) -> str:
    return _last(data, 1).decode()


def _int_or_string(data: bytes) -> int | str:
    numbers = dict(scalars.varints(data))
    if numbers.get(1):
        return _last(data, 3).decode()
    return scalars.signed32(numbers.get(2, 0))


def _strings(data: bytes) -> list[str]:
    return [value.decode() for number, value in scalars.fields(data) if number == 1 and isinstance(value, bytes)]


def _or_list(cls: type[Struct]) -> Callable[[bytes], Any]:
    read = decoder_of(cls)

    def decode(data: bytes) -> Any:
        parts = [(number, value) for number, value in scalars.fields(data) if isinstance(value, bytes)]
        for number, value in parts:
            if number == 1:
                return read(value, 0, len(value))
        return [read(value, 0, len(value)) for number, value in parts if number == 2]

    return decode


def _or_bool(cls: type[Struct]) -> Callable[[bytes], Any]:
    read = decoder_of(cls)

    def decode(data: bytes) -> Any:
        for number, value in scalars.fields(data):
            if number == 2 and isinstance(value, bytes):
                return read(value, 0, len(value))
        return bool(dict(scalars.varints(data)).get(1))

    return decode


def _or_strings(cls: type[Struct]) -> Callable[[bytes], Any]:
    read = decoder_of(cls)

    def decode(data: bytes) -> Any:
        parts = [(number, value) for number, value in scalars.fields(data) if isinstance(value, bytes)]
        for number, value in parts:
            if number == 1:
                return read(value, 0, len(value))
        return [value.decode() for number, value in parts if number == 2]

    return decode


_EITHER = {shapes.OR_LIST: _or_list, shapes.OR_BOOL: _or_bool, shapes.OR_STRINGS: _or_strings}
# What makes a value of the bytes `b[i:j]`.
_OF_BYTES = {
    shapes.STRING: "b[i:j].decode()",
    shapes.BYTES: "b[i:j]",
    shapes.QUANTITY: "quantity(b[i:j])",
    shapes.TIME: "TIMES[b[i:j]]",
    shapes.MICRO_TIME: "MICRO_TIMES[b[i:j]]",
    shapes.DURATION: "duration(b[i:j])",
    shapes.RAW: "json(b[i:j])",
    shapes.INT_OR_STRING: "int_or_string(b[i:j])",
    shapes.STRINGS: "strings(b[i:j])",
    shapes.DOUBLE: "double(b, i)[0]",
}
# What makes a value of the number `n`.
_OF_NUMBER = {
    shapes.BOOL: "n != 0",
    shapes.INT32: "n if n < 2147483648 else signed32(n)",
    shapes.INT64: "n if n < 9223372036854775808 else signed(n)",
}
_EMPTY = {
    shapes.STRING: "''",
    shapes.BYTES: "b''",
    shapes.BOOL: "False",
    shapes.INT32: "0",
    shapes.INT64: "0",
    shapes.QUANTITY: "'0'",
    shapes.STRINGS: "[]",
    shapes.TIME: "None",
    shapes.MICRO_TIME: "None",
    shapes.DURATION: "'0s'",
    shapes.DOUBLE: "0.0",
    shapes.INT_OR_STRING: "0",
    shapes.RAW: "None",
}
_GIVEN: dict[str, Any] = {
    "long": scalars.long,
    "signed": scalars.signed,
    "signed32": scalars.signed32,
    "TIMES": scalars.TIME_TEXTS,
    "MICRO_TIMES": scalars.MICRO_TIME_TEXTS,
    "duration": scalars.duration_text,
    "double": scalars.read_double,
    "quantity": _quantity,
    "json": _json,
    "int_or_string": _int_or_string,
    "strings": _strings,
}
_START = """\
def fill(o, b, i, e):
    while i < e:
        t = b[i]
        i += 1
        if t > 127:
            t, i = long(b, i, t)
        w = t & 7
        if w == 2:
            n = b[i]
            i += 1
            if n > 127:
                n, i = long(b, i, n)
            j = i + n
            if j > e:
                raise ValueError("unexpected EOF")"""
_NUMBER = """\
            i = j
        elif w == 0:
            n = b[i]
            i += 1
            if n > 127:
                n, i = long(b, i, n)
            j = i"""
_END = """\
        elif w == 1:
            j = i + 8
            if j > e:
                raise ValueError("unexpected EOF")"""
_LAST = """\
            i = j
        elif w == 5:
            i += 4
        else:
            raise ValueError(f"illegal wireType {w}")
    if i != e:
        raise ValueError("unexpected EOF")"""


def _make(cls: type[Struct]) -> Fill:
    layout = layout_of(cls)
    names: dict[str, Any] = dict(_GIVEN)
    of_bytes: dict[int, list[str]] = {}
    of_numbers: dict[int, list[str]] = {}
    of_doubles: dict[int, list[str]] = {}
    for number, base in layout.inline:
        names[f"F{number}"] = _filler(base)
        of_bytes[number << 3 | 2] = [f"F{number}(o, b, i, j)"]
    for shape in layout.fields:
        key = shape.number << 3
        if shape.label == MAP:
            of_bytes[key | 2] = _map(shape, names)
        elif shape.kind in shapes.VARINTS:
            value = _OF_NUMBER[shape.kind]
            of_numbers[key] = [_put(shape, value)]
            if shape.label == MANY:
                of_bytes[key | 2] = _packed(shape, value)
        elif shape.kind == shapes.DOUBLE:
            of_doubles[key | 1] = [_put(shape, _OF_BYTES[shape.kind])]
        else:
            of_bytes[key | 2] = _of_bytes(shape, names)
    lines = [_START, *_search(of_bytes, 3), _NUMBER, *_search(of_numbers, 3), _END, *_search(of_doubles, 3), _LAST]
    exec(compile("\n".join(lines), f"<protobuf decoder of {cls.__name__}>", "exec"), names)
    made: Fill = names["fill"]
    _made[cls] = made
    return made


def _put(shape: Shape, value: str) -> str:
    if shape.label == MANY:
        return f"o.{shape.attribute}.append({value})"
    return f"o.{shape.attribute} = {value}"


def _of_bytes(shape: Shape, names: dict[str, Any]) -> list[str]:
    number = shape.number
    if shape.kind == shapes.MESSAGE:
        assert shape.cls is not None
        names[f"F{number}"] = _filler(shape.cls)
        if shape.label == ONE and not shape.optional:
            # The empty object is there already.
            return [f"F{number}(o.{shape.attribute}, b, i, j)"]
        names[f"C{number}"] = shape.cls
        return [f"v = C{number}()", f"F{number}(v, b, i, j)", _put(shape, "v")]
    if shape.cls is not None:
        names[f"E{number}"] = _EITHER[shape.kind](shape.cls)
        return [_put(shape, f"E{number}(b[i:j])")]
    return [_put(shape, _OF_BYTES[shape.kind])]


def _packed(shape: Shape, value: str) -> list[str]:
    return [
        "while i < j:",
        "    n = b[i]",
        "    i += 1",
        "    if n > 127:",
        "        n, i = long(b, i, n)",
        f"    {_put(shape, value)}",
    ]


def _map(shape: Shape, names: dict[str, Any]) -> list[str]:
    """Lines that read an entry: its key is field 1, its value field 2."""
    number, kind = shape.number, shape.kind
    numeric = kind in shapes.VARINTS
    if kind == shapes.MESSAGE:
        assert shape.cls is not None
        names[f"F{number}"] = _filler(shape.cls)
        names[f"C{number}"] = shape.cls
        empty, read = f"C{number}()", [f"v = C{number}()", f"F{number}(v, b, i, m)"]
    elif shape.cls is not None:
        names[f"E{number}"] = _EITHER[kind](shape.cls)
        empty, read = f"E{number}(b'')", [f"v = E{number}(b[i:m])"]
    elif numeric:
        empty, read = _EMPTY[kind], []
    else:
        empty, read = _EMPTY[kind], [f"v = {_OF_BYTES[kind].replace('b[i:j]', 'b[i:m]')}"]
    lines = [
        "k = ''",
        f"v = {empty}",
        "while i < j:",
        "    t = b[i]",
        "    n = b[i + 1]",
        "    i += 2",
        "    if n > 127:",
        "        n, i = long(b, i, n)",
        "    if t == 10 or t == 18:" if not numeric else "    if t == 10:",
        "        m = i + n",
        "        if m > j:",
        '            raise ValueError("unexpected EOF")',
        "        if t == 10:",
        "            k = b[i:m].decode()",
    ]
    if numeric:
        lines += ["        i = m", "    elif t == 16:", f"        v = {_OF_NUMBER[kind]}"]
    else:
        lines += ["        else:", *[f"            {line}" for line in read], "        i = m"]
    lines += ["    else:", '        raise ValueError("a map entry has a key and a value")']
    return [*lines, f"o.{shape.attribute}[k] = v"]


def _search(branches: dict[int, list[str]], depth: int) -> list[str]:
    """Lines that choose among branches by the tag `t`, halving them until few are left."""
    pad = "    " * depth
    keys = sorted(branches)
    if not keys:
        return [pad + "pass"]
    if len(keys) <= _ITEMS_AT_ONCE:
        lines = []
        for place, key in enumerate(keys):
            lines.append(f"{pad}{'elif' if place else 'if'} t == {key}:")
            lines += [f"{pad}    {line}" for line in branches[key]]
        return lines
    middle = keys[len(keys) // 2]
    low = {key: branches[key] for key in keys if key < middle}
    high = {key: branches[key] for key in keys if key >= middle}
    return [
        f"{pad}if t < {middle}:",
        *_search(low, depth + 1),
        f"{pad}else:",
        *_search(high, depth + 1),
    ]
