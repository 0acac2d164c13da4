"""gzip of large answers for clients that take it, off the event loop."""

from __future__ import annotations

import asyncio
import zlib

THRESHOLD = 128 * 1024
HEADERS = [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
_LEVEL = 1
_GZIP = 31


def accepted(encoding: str) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    for part in encoding.split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return quality.strip().removeprefix("q=").rstrip("0.") != "" or not quality
    return False


class Packer:
    """Compresses an answer piece by piece."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)

    async def add(self, piece: bytes, *, last: bool = False) -> bytes:
        """What may be sent once a piece is in; after the last one, all that is left."""
        return await asyncio.to_thread(self._pack, piece, last)

    def _pack(self, piece: bytes, last: bool) -> bytes:
        found = self._packer.compress(piece)
        return found + self._packer.flush() if last else found


async def packed(body: bytes) -> bytes:
    """A whole answer, compressed."""
    return await Packer().add(body, last=True)
