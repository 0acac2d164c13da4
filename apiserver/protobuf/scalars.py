"""Varints and the scalars that are messages: times, quantities, raw JSON. Tables fill themselves as they are used."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from minik8s.machinery.times import format_duration, format_micro_time, format_time, parse_duration, parse_time

_KEPT_LENGTHS = 1 << 14
_KEPT_TIMES = 8192
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MASK = (1 << 64) - 1
STRING_TAG = b"\x0a"


def varint(value: int) -> bytes:
    """A number; negative ones as 64 bits."""
    value &= _MASK
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


class Prefixed(dict[int, bytes]):
    """A tag followed by a number: by that number."""

    def __init__(self, tag: bytes = b"") -> None:
        super().__init__()
        self._tag = tag

    def __missing__(self, value: int) -> bytes:
        found = self._tag + varint(value)
        if 0 <= value < _KEPT_LENGTHS:
            self[value] = found
        return found


LENGTHS = Prefixed()
STRINGS = Prefixed(STRING_TAG)


def tag(number: int, wire: int) -> bytes:
    """The bytes that begin a field."""
    return varint(number << 3 | wire)


class _Times(dict[str | None, bytes]):
    def __missing__(self, text: str | None) -> bytes:
        if text is None:
            return b""
        if len(self) > _KEPT_TIMES:
            self.clear()
        since = parse_time(text) - _EPOCH
        seconds = since.days * 86400 + since.seconds
        found = b"\x08" + varint(seconds)
        if since.microseconds:
            found += b"\x10" + varint(since.microseconds * 1000)
        self[text] = found
        return found


TIMES = _Times()
"""A time of the API as a message, by its text; ValueError for what is no time."""


def quantity(text: str) -> bytes:
    """A quantity as a message."""
    said = text.encode()
    return STRINGS[len(said)] + said


def duration(text: str) -> bytes:
    """A duration as a message of nanoseconds."""
    return b"\x08" + varint(round(parse_duration(text).total_seconds() * 1_000_000) * 1000)


def raw(value: bytes) -> bytes:
    """JSON kept as it is."""
    return STRINGS[len(value)] + value


def int_or_string(value: int | str) -> bytes:
    """A number or a text."""
    if isinstance(value, str):
        said = value.encode()
        return b"\x08\x01\x10\x00\x1a" + LENGTHS[len(said)] + said
    return b"\x08\x00\x10" + varint(value) + b"\x1a\x00"


def strings(values: list[str]) -> bytes:
    """A list of texts where a single message is wanted."""
    found = []
    for each in values:
        said = each.encode()
        found.append(STRINGS[len(said)] + said)
    return b"".join(found)


double = struct.Struct("<d").pack
read_double = struct.Struct("<d").unpack_from


def signed(value: int) -> int:
    """A 64-bit number as read."""
    return value - (1 << 64) if value >= 1 << 63 else value


def signed32(value: int) -> int:
    """A 32-bit number as read: more than 32 bits are cut."""
    return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def moment(seconds: int, nanos: int) -> datetime:
    """The moment in a time's message. Raises ValueError out of range."""
    try:
        return _EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)
    except OverflowError as error:
        raise ValueError("time is out of range") from error


class _Texts(dict[bytes, str | None]):
    """Times as texts, by the bytes of their message; None for the zero time."""

    def __init__(self, micro: bool) -> None:
        super().__init__()
        self._micro = micro

    def __missing__(self, data: bytes) -> str | None:
        if len(self) > _KEPT_TIMES:
            self.clear()
        found = None
        if data:
            parts = dict(varints(data))
            when = moment(signed(parts.get(1, 0)), parts.get(2, 0))
            found = format_micro_time(when) if self._micro else format_time(when)
        self[data] = found
        return found


TIME_TEXTS = _Texts(False)
MICRO_TIME_TEXTS = _Texts(True)


def duration_text(data: bytes) -> str:
    """The text of a duration's message."""
    nanos = signed(dict(varints(data)).get(1, 0))
    return format_duration(timedelta(microseconds=nanos / 1000))


def long(data: bytes, at: int, value: int) -> tuple[int, int]:
    """The rest of a number whose first byte, `value`, had its high bit set; the number and where it ends."""
    value &= 0x7F
    shift = 7
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _MASK, at
        shift += 7
        if shift > 63:
            raise ValueError("integer overflow")


def fields(data: bytes) -> list[tuple[int, int | bytes]]:
    """(number, value) of every field of a message; fixed-width values as their bytes."""
    found: list[tuple[int, int | bytes]] = []
    at, end = 0, len(data)
    while at < end:
        key = data[at]
        at += 1
        if key > 127:
            key, at = long(data, at, key)
        wire = key & 7
        if wire == 0:
            value = data[at]
            at += 1
            if value > 127:
                value, at = long(data, at, value)
            found.append((key >> 3, value))
            continue
        if wire == 2:
            size = data[at]
            at += 1
            if size > 127:
                size, at = long(data, at, size)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"illegal wireType {wire}")
        if at + size > end:
            raise ValueError("unexpected EOF")
        found.append((key >> 3, data[at : at + size]))
        at += size
    return found


def varints(data: bytes) -> list[tuple[int, int]]:
    """The fields of a message that are numbers."""
    return [(number, value) for number, value in fields(data) if isinstance(value, int)]
