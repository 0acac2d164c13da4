"""Watch events: from the lines of a stream to typed objects."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

import msgspec

from minik8s.api.meta_v1 import Status
from minik8s.client.decode import decode, decode_object
from minik8s.client.errors import from_status
from minik8s.client.resources import Resource

T = TypeVar("T")

ADDED = "ADDED"
MODIFIED = "MODIFIED"
DELETED = "DELETED"
BOOKMARK = "BOOKMARK"


@dataclasses.dataclass(frozen=True, slots=True)
class WatchEvent(Generic[T]):
    """One change: `type` is ADDED, MODIFIED, DELETED or BOOKMARK (of which only the resource version counts)."""

    type: str
    object: T


class _Frame(msgspec.Struct):
    type: str
    object: msgspec.Raw


async def lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines of a byte stream, however it was cut; a last line without an end is dropped as torn."""
    rest: list[bytes] = []
    async for chunk in chunks:
        if b"\n" not in chunk:
            rest.append(chunk)
            continue
        *whole, last = (b"".join(rest) + chunk if rest else chunk).split(b"\n")
        rest = [last] if last else []
        for line in whole:
            if line:
                yield line


async def events(chunks: AsyncIterator[bytes], resource: Resource[T]) -> AsyncIterator[WatchEvent[T]]:
    """The events of a watch; ends when the server ends it. Raises ApiError for an ERROR event (Expired: list again)."""
    async for line in lines(chunks):
        frame = decode(line, _Frame)
        if frame.type == "ERROR":
            raise from_status(decode(frame.object, Status))
        yield WatchEvent(frame.type, decode_object(frame.object, resource))
