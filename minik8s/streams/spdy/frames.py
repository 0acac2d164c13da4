"""SPDY/3.1 frames as values and bytes; header blocks stay packed here (see `headers`)."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator

SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS, WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
FIN = 0x01
PROTOCOL_ERROR, INVALID_STREAM, REFUSED_STREAM, CANCEL, INTERNAL_ERROR = 1, 2, 3, 5, 6
VERSION = 3
MOST_BYTES = 1024 * 1024
"""How long a frame may be: Kubernetes' own clients send at most 32 KiB at a time."""


class FrameError(ValueError):
    """Bytes that are no SPDY/3 frames; the connection cannot go on."""


@dataclasses.dataclass(frozen=True, slots=True)
class DataFrame:
    """Bytes of a stream."""

    stream: int
    data: bytes
    fin: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class ControlFrame:
    """Any other frame: `number` is the stream (SYN_*, RST_STREAM, HEADERS, WINDOW_UPDATE), ping or last stream.

    `value` is RST_STREAM's and GOAWAY's status and WINDOW_UPDATE's delta; `block` SYN_*'s and HEADERS' packed headers.
    """

    type: int
    number: int = 0
    fin: bool = False
    value: int = 0
    block: bytes = b""


Frame = DataFrame | ControlFrame


def encode(frame: Frame) -> bytes:
    """A frame as bytes."""
    if isinstance(frame, DataFrame):
        return struct.pack(">II", frame.stream, (FIN if frame.fin else 0) << 24 | len(frame.data)) + frame.data
    match frame.type:
        case 1:  # SYN_STREAM: no associated stream, priority 0, slot 0
            body = struct.pack(">IIH", frame.number, 0, 0) + frame.block
        case 2 | 8:
            body = struct.pack(">I", frame.number) + frame.block
        case 3 | 7 | 9:
            body = struct.pack(">II", frame.number, frame.value)
        case 6:
            body = struct.pack(">I", frame.number)
        case 4:
            body = struct.pack(">I", 0)
        case _:
            raise FrameError(f"frame type {frame.type} is unknown")
    flags = FIN if frame.fin else 0
    return struct.pack(">HHI", 0x8000 | VERSION, frame.type, flags << 24 | len(body)) + body


class FrameReader:
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete now; SETTINGS and frames of unknown types are left out. Raises FrameError."""
        self._buffer += data
        at = 0
        try:
            while len(self._buffer) - at >= 8:
                first, second = struct.unpack_from(">II", self._buffer, at)
                size, flags = second & 0xFFFFFF, second >> 24
                if size > MOST_BYTES:
                    raise FrameError(f"a frame of {size} bytes is too long")
                if len(self._buffer) - at < 8 + size:
                    break
                body = bytes(self._buffer[at + 8 : at + 8 + size])
                at += 8 + size
                if first >> 31:
                    frame = _control(first & 0xFFFF, (first >> 16) & 0x7FFF, bool(flags & FIN), body)
                    if frame is not None:
                        yield frame
                else:
                    yield DataFrame(first, body, bool(flags & FIN))
        finally:
            del self._buffer[:at]


def _control(type: int, version: int, fin: bool, body: bytes) -> ControlFrame | None:
    if version != VERSION:
        raise FrameError(f"SPDY version {version} is not spoken here")
    try:
        match type:
            case 1:
                (number,) = struct.unpack_from(">I", body)
                if len(body) < 10:
                    raise FrameError("a frame is cut off")
                return ControlFrame(type, number & 0x7FFFFFFF, fin, block=body[10:])
            case 2 | 8:
                (number,) = struct.unpack_from(">I", body)
                return ControlFrame(type, number & 0x7FFFFFFF, fin, block=body[4:])
            case 3 | 7 | 9:
                number, value = struct.unpack_from(">II", body)
                return ControlFrame(type, number & 0x7FFFFFFF, fin, value)
            case 6:
                (number,) = struct.unpack_from(">I", body)
                return ControlFrame(type, number)
    except struct.error:
        raise FrameError("a frame is cut off") from None
    return None
