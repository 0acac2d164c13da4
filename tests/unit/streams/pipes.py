"""Two ends of a pipe in memory, each a Duplex."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from minik8s.streams.duplex import TransportDuplex


@asynccontextmanager
async def pair() -> AsyncIterator[tuple[TransportDuplex, TransportDuplex]]:
    """A connected pair over a socketpair."""
    loop = asyncio.get_running_loop()
    left, right = socket.socketpair()
    _, one = await loop.create_unix_connection(TransportDuplex, sock=left)
    _, other = await loop.create_unix_connection(TransportDuplex, sock=right)
    try:
        yield one, other
    finally:
        one.abort()
        other.abort()


async def read_exactly(duplex: TransportDuplex, size: int) -> bytes:
    """`size` bytes, or fewer at the end."""
    got = b""
    while len(got) < size and (more := await duplex.read()):
        got += more
    return got
