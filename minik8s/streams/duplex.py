"""A byte pipe with back-pressure both ways: what an upgraded HTTP connection, a socket and a tunnel have in common."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Protocol, cast

_MOST_WAITING = 256 * 1024


class Duplex(Protocol):
    """Bytes both ways. A reader that does not read makes the writer at the other end wait."""

    async def read(self) -> bytes:
        """The next bytes; b"" when the other side has ended."""
        ...

    async def write(self, data: bytes) -> None:
        """Send bytes; waits while the other side does not read. Raises ConnectionError."""
        ...

    async def write_eof(self) -> None:
        """Nothing more will be written; reading goes on where the connection can do that, else it closes."""
        ...

    async def close(self) -> None:
        """End both ways once what was written is sent."""
        ...

    def abort(self) -> None:
        """End both ways at once."""
        ...


class TransportDuplex(asyncio.Protocol):
    """A `Duplex` over an asyncio transport: given to `create_connection`, or put in another protocol's place."""

    def __init__(self, on_lost: Callable[[Exception | None], None] | None = None) -> None:
        self._transport: asyncio.Transport | None = None
        self._on_lost = on_lost
        self._waiting: list[bytes] = []
        self._size = 0
        self._reading_paused = False
        self._writing_paused = False
        self._ended = False
        self._lost = False
        self.error: Exception | None = None
        self._readable = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._encrypted = False

    @property
    def transport(self) -> asyncio.Transport:
        """The transport below."""
        assert self._transport is not None
        return self._transport

    def take_over(self, transport: asyncio.Transport, already: bytes = b"") -> None:
        """Become the protocol of a connection that another one began; `already` are bytes that one had read."""
        transport.set_protocol(self)
        self.connection_made(transport)
        if already:
            self.data_received(already)
        with contextlib.suppress(RuntimeError):
            transport.resume_reading()

    def unread(self, data: bytes) -> None:
        """Put bytes back in front of what is read next."""
        if data:
            self._waiting.insert(0, data)
            self._size += len(data)
            self._readable.set()

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._encrypted = transport.get_extra_info("ssl_object") is not None

    def data_received(self, data: bytes) -> None:
        """Keep bytes for the reader."""
        self._waiting.append(data)
        self._size += len(data)
        self._readable.set()
        if self._size > _MOST_WAITING and not self._reading_paused and not self._lost:
            self._reading_paused = True
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        """The other side writes no more; TLS cannot stay half open."""
        self._ended = True
        self._readable.set()
        return not self._encrypted

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over, both ways."""
        self._ended = self._lost = True
        self.error = exc
        self._readable.set()
        self._writable.set()
        if self._on_lost is not None:
            self._on_lost(exc)

    def pause_writing(self) -> None:
        """Make writers wait."""
        self._writing_paused = True
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let writers go on."""
        self._writing_paused = False
        self._writable.set()

    # the Duplex

    async def read(self) -> bytes:
        """The next bytes, all that came; b"" at the end."""
        while not self._waiting:
            if self._ended:
                return b""
            self._readable.clear()
            await self._readable.wait()
        data = self._waiting[0] if len(self._waiting) == 1 else b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        if self._reading_paused:
            self._reading_paused = False
            if not self._lost:
                self.transport.resume_reading()
        return data

    async def write(self, data: bytes) -> None:
        """Send bytes. Raises ConnectionResetError."""
        if self._lost or self.transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self.transport.write(data)
        if self._writing_paused:
            await self._writable.wait()
            if self._lost:
                raise ConnectionResetError("the connection is closed")

    async def write_eof(self) -> None:
        """End this way."""
        if self._lost or self.transport.is_closing():
            return
        if self.transport.can_write_eof():
            with contextlib.suppress(OSError):
                self.transport.write_eof()
        else:
            self.transport.close()

    async def close(self) -> None:
        """Close once all is sent."""
        if not self._lost:
            if self._reading_paused:
                # A paused transport would not notice that the other side hangs up.
                self._reading_paused = False
                self.transport.resume_reading()
            self.transport.close()

    def abort(self) -> None:
        """Close now."""
        if not self._lost:
            self.transport.abort()


def notice_dead_peers(transport: asyncio.BaseTransport) -> None:
    """Have the kernel end a connection within a minute of the other machine's death, also when nothing is sent."""
    raw = transport.get_extra_info("socket")
    if raw is None or raw.family not in (socket.AF_INET, socket.AF_INET6):
        return
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)


async def pipe(one: Duplex, other: Duplex) -> None:
    """Relay bytes both ways until both sides have ended, or one has broken; closes both."""

    async def pump(source: Duplex, target: Duplex) -> None:
        while data := await source.read():
            await target.write(data)
        await target.write_eof()

    both = [asyncio.ensure_future(pump(one, other)), asyncio.ensure_future(pump(other, one))]
    try:
        await asyncio.gather(*both)
    except ConnectionError:
        pass
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        await one.close()
        await other.close()
