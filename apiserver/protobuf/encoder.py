"""Objects to protobuf messages: a function per type, compiled when the type is first written.

The source made for a Lease's spec looks like this, `P10` being a table of tag and length by length:

    def encode(o):
        r = []
        v = o.holder_identity
        if v is not None:
            v = v.encode()
            r.append(P10[len(v)] + v)
        …
        return join(r)

Absent and empty values are left out where the two mean the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from apiserver.protobuf import scalars, shapes
from apiserver.protobuf.scalars import Prefixed, tag
from apiserver.protobuf.shapes import MANY, MAP, Shape, layout_of
from minik8s.api.fields import Struct

Encode = Callable[[Any], bytes]

_made: dict[type[Struct], Encode] = {}
_making: set[type[Struct]] = set()
_lock = threading.RLock()  # one thread at a time makes functions: another would find half of them
# What makes the bytes of one value, given in `v`; for texts and messages they are then preceded by tag and length.
_BYTES_OF: dict[str, str] = {
    shapes.STRING: "v.encode()",
    shapes.BYTES: "v",
    shapes.QUANTITY: "quantity(v)",
    shapes.TIME: "TIMES[v]",
    shapes.MICRO_TIME: "TIMES[v]",
    shapes.DURATION: "duration(v)",
    shapes.RAW: "raw(bytes(v))",
    shapes.INT_OR_STRING: "int_or_string(v)",
    shapes.STRINGS: "strings(v)",
}
_GIVEN: dict[str, Any] = {
    "TIMES": scalars.TIMES,
    "quantity": scalars.quantity,
    "duration": scalars.duration,
    "raw": scalars.raw,
    "int_or_string": scalars.int_or_string,
    "strings": scalars.strings,
    "double": scalars.double,
    "join": b"".join,
    "STRINGS": scalars.STRINGS,
}


def encoder_of(cls: type[Struct]) -> Encode:
    """The function that writes objects of a type. It raises ValueError for a time that is none."""
    found = _made.get(cls)
    if found is not None:
        return found
    with _lock:
        found = _made.get(cls)
        if found is None:
            _making.add(cls)
            try:
                found = _make(cls)
            finally:
                _making.discard(cls)
        return found


def _deferred(cls: type[Struct]) -> Encode:
    """The encoder of a type that may be in the making right now: types can hold themselves."""
    if cls not in _making:
        return encoder_of(cls)

    def encode(value: Any) -> bytes:
        return _made[cls](value)

    return encode


def _or_list(encode: Encode) -> Encode:
    def write(value: Any) -> bytes:
        if not isinstance(value, list):
            return _message(1, encode(value))
        return b"".join(_message(2, encode(each)) for each in value)

    return write


def _or_bool(encode: Encode) -> Encode:
    def write(value: Any) -> bytes:
        if isinstance(value, bool):
            return b"\x08\x01" if value else b"\x08\x00"
        return b"\x08\x01" + _message(2, encode(value))

    return write


def _or_strings(encode: Encode) -> Encode:
    def write(value: Any) -> bytes:
        if not isinstance(value, list):
            return _message(1, encode(value))
        return b"".join(_message(2, each.encode()) for each in value)

    return write


def _message(number: int, body: bytes) -> bytes:
    return tag(number, 2) + scalars.LENGTHS[len(body)] + body


_EITHER = {shapes.OR_LIST: _or_list, shapes.OR_BOOL: _or_bool, shapes.OR_STRINGS: _or_strings}


def _make(cls: type[Struct]) -> Encode:
    layout = layout_of(cls)
    names: dict[str, Any] = dict(_GIVEN)
    lines = ["def encode(o):", "    r = []"]
    for number, base in layout.inline:
        names[f"E{number}"] = _deferred(base)
        names[f"P{number}"] = Prefixed(tag(number, 2))
        lines += [f"    v = E{number}(o)", "    if v:", f"        r.append(P{number}[len(v)] + v)"]
    for shape in layout.fields:
        lines += _field(shape, names)
    lines.append("    return join(r)")
    exec(compile("\n".join(lines), f"<protobuf encoder of {cls.__name__}>", "exec"), names)
    made: Encode = names["encode"]
    _made[cls] = made
    return made


def _field(shape: Shape, names: dict[str, Any]) -> list[str]:
    read = f"    v = o.{shape.attribute}"
    present = "    if v is not None:" if shape.optional else "    if v:"
    if shape.label == MANY:
        loop = [f"    {line}" for line in _one(shape, names)]
        return [read, "    if v:", "        for v in v:", *loop]
    if shape.label == MAP:
        return [read, "    if v:", *_map(shape, names)]
    if shape.always and not shape.optional:
        return [read, *[line[4:] for line in _one(shape, names)]]
    if shape.kind == shapes.MESSAGE and not shape.optional:
        # An empty message says nothing: it is written only if something is in it.
        _named(shape, names)
        n = shape.number
        return [read, f"    v = E{n}(v)", "    if v:", f"        r.append(P{n}[len(v)] + v)"]
    if shape.kind == shapes.INT_OR_STRING and not shape.optional:
        return [read, *[line[4:] for line in _one(shape, names)]]
    return [read, present, *_one(shape, names)]


def _named(shape: Shape, names: dict[str, Any]) -> None:
    """Make known what the source calls `P<n>` (tag and length) and `E<n>` (the value's encoder)."""
    number = shape.number
    names[f"P{number}"] = Prefixed(tag(number, 0 if shape.kind in shapes.VARINTS else 2))
    if shape.cls is not None:
        encode = _deferred(shape.cls)
        names[f"E{number}"] = _EITHER[shape.kind](encode) if shape.kind in _EITHER else encode


def _one(shape: Shape, names: dict[str, Any]) -> list[str]:
    """Lines that write the value `v`, indented by two steps."""
    number, kind = shape.number, shape.kind
    _named(shape, names)
    if kind in shapes.VARINTS:
        return [f"        r.append(P{number}[v])"]
    if kind == shapes.DOUBLE:
        names[f"T{number}"] = tag(number, 1)
        return [f"        r.append(T{number} + double(v))"]
    made = f"E{number}(v)" if shape.cls is not None else _BYTES_OF[kind]
    return [f"        v = {made}", f"        r.append(P{number}[len(v)] + v)"]


def _map(shape: Shape, names: dict[str, Any]) -> list[str]:
    number, kind = shape.number, shape.kind
    names[f"P{number}"] = Prefixed(tag(number, 2))
    lines = ["        for k, v in v.items():", "            k = k.encode()"]
    if kind in shapes.VARINTS:
        names[f"V{number}"] = Prefixed(tag(2, 0))
        lines.append(f"            v = STRINGS[len(k)] + k + V{number}[v]")
    else:
        names[f"V{number}"] = Prefixed(tag(2, 2))
        if shape.cls is not None:
            encode = _deferred(shape.cls)
            names[f"E{number}"] = _EITHER[kind](encode) if kind in _EITHER else encode
        made = f"E{number}(v)" if shape.cls is not None else _BYTES_OF[kind]
        lines += [f"            v = {made}", f"            v = STRINGS[len(k)] + k + V{number}[len(v)] + v"]
    return [*lines, f"            r.append(P{number}[len(v)] + v)"]
