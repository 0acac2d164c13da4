"""The server's end of port-forward: connections to ports, whichever protocol the client chose."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from minik8s.streams import channels, handshake
from minik8s.streams.channels import PORT_FORWARD, PORTS, TUNNEL, ChannelSocket
from minik8s.streams.duplex import Duplex
from minik8s.streams.handshake import Refused
from minik8s.streams.spdy.connection import SpdyConnection, SpdyStream
from minik8s.streams.spdy.frames import PROTOCOL_ERROR
from minik8s.streams.tunnel import Tunnel
from minik8s.streams.upgrade import Upgrade

PAIR_SECONDS = 30.0
"""How long the second stream of a connection may come after the first."""
_MOST_WAITING = 256 * 1024


class Forwarded(Protocol):
    """One connection the client wants to a port."""

    port: int

    async def read(self) -> bytes:
        """The client's next bytes; b"" at their end."""
        ...

    async def write(self, data: bytes) -> None:
        """Bytes for the client. Raises ConnectionError."""
        ...

    async def end(self, error: str = "") -> None:
        """The connection is over, or could not be made."""
        ...


Serve = Callable[[Forwarded], Awaitable[None]]


async def forward(scope: Mapping[str, Any], upgrade: Upgrade | None, ports: Sequence[int], serve: Serve) -> None:
    """Agree with the client on a protocol, then `serve` each connection it opens, side by side, until it has gone.

    `ports` are those of the query, for plain WebSockets. Raises Refused before the answer is sent.
    """
    asked = handshake.required(upgrade)
    if asked.protocol == "websocket":
        known = (TUNNEL, *PORTS)
        names = handshake.offered(scope["headers"], b"sec-websocket-protocol")
        if channels.agree(names, known) != TUNNEL and not ports:
            raise Refused(400, 'query parameter "port" is required')
        socket = handshake.websocket(scope, asked, known)
        if socket.protocol == TUNNEL:
            await _serve_spdy(SpdyConnection(Tunnel(socket), server=True), serve)
        else:
            await _serve_socket(ChannelSocket(socket, PORTS[socket.protocol]), ports, serve)
        return
    connection, _ = handshake.spdy(scope, asked, (PORT_FORWARD,))
    await _serve_spdy(connection, serve)


class _SpdyForwarded:
    def __init__(self, port: int, data: SpdyStream, error: SpdyStream) -> None:
        self.port = port
        self._data = data
        self._error = error

    async def read(self) -> bytes:
        data = await self._data.read()
        if not data and self._data.was_reset:
            raise ConnectionResetError("the client gave the connection up")
        return data

    async def write(self, data: bytes) -> None:
        await self._data.write(data)

    async def end(self, error: str = "") -> None:
        self._data.ignore()
        with contextlib.suppress(ConnectionError):
            if error:
                await self._error.write(error.encode())
            await self._error.write_eof()
            await self._data.write_eof()


async def _pairs(connection: SpdyConnection) -> AsyncIterator[_SpdyForwarded]:
    single: dict[str, tuple[SpdyStream, asyncio.TimerHandle]] = {}
    tasks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()

    def give_up(request: str) -> None:
        if request in single:
            task = loop.create_task(single.pop(request)[0].reset())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    try:
        while (stream := await connection.accept()) is not None:
            kind, port = stream.header("streamtype"), stream.header("port")
            if kind not in ("data", "error") or not port.isdecimal() or not 0 < int(port) < 65536:
                await stream.reset(PROTOCOL_ERROR)
                continue
            await connection.reply(stream)
            # Clients of old name no request: the data stream is opened right after the error stream.
            request = stream.header("requestid") or str(stream.number - (2 if kind == "data" else 0))
            if request not in single:
                single[request] = (stream, loop.call_later(PAIR_SECONDS, give_up, request))
                continue
            first, timer = single.pop(request)
            timer.cancel()
            if first.header("streamtype") == kind:
                await stream.reset(PROTOCOL_ERROR)
                await first.reset(PROTOCOL_ERROR)
                continue
            data, error = (stream, first) if kind == "data" else (first, stream)
            error.ignore()
            yield _SpdyForwarded(int(port), data, error)
    finally:
        for _, timer in single.values():
            timer.cancel()


async def _serve_spdy(connection: SpdyConnection, serve: Serve) -> None:
    with contextlib.suppress(ConnectionError):
        async with connection, asyncio.TaskGroup() as group:
            served: set[asyncio.Task[None]] = set()
            async for forwarded in _pairs(connection):
                task = group.create_task(_one(serve, forwarded))
                served.add(task)
                task.add_done_callback(served.discard)
            for task in served:
                task.cancel()


async def _one(serve: Serve, forwarded: Forwarded) -> None:
    # One connection that breaks is no reason to end the others.
    with contextlib.suppress(ConnectionError):
        await serve(forwarded)


class _SocketForwarded:
    """Port number `index` of a plain WebSocket: data on channel 2 * index, errors on the next."""

    def __init__(self, socket: ChannelSocket, index: int, port: int) -> None:
        self.port = port
        self._socket = socket
        self._channel = 2 * index
        self._waiting: list[bytes] = []
        self._size = 0
        self._ended = False
        self._done = False
        self._changed = asyncio.Event()
        self._space = asyncio.Event()

    async def greet(self) -> None:
        for channel in (self._channel, self._channel + 1):
            await self._socket.send(channel, struct.pack("<H", self.port))

    async def read(self) -> bytes:
        while not self._waiting:
            if self._ended:
                return b""
            self._changed.clear()
            await self._changed.wait()
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        self._space.set()
        return data

    async def write(self, data: bytes) -> None:
        await self._socket.send(self._channel, data)

    async def end(self, error: str = "") -> None:
        self._done = True
        self._space.set()
        if error:
            with contextlib.suppress(ConnectionError):
                await self._socket.send(self._channel + 1, error.encode())

    async def receive(self, data: bytes) -> None:
        if self._done:
            return
        self._waiting.append(data)
        self._size += len(data)
        self._changed.set()
        while self._size > _MOST_WAITING and not self._done:
            self._space.clear()
            await self._space.wait()

    def hang_up(self) -> None:
        self._ended = True
        self._changed.set()


async def _serve_socket(socket: ChannelSocket, ports: Sequence[int], serve: Serve) -> None:
    ends = [_SocketForwarded(socket, index, port) for index, port in enumerate(ports)]

    async def read() -> None:
        while (message := await socket.receive()) is not None:
            channel, data = message
            if channel % 2 == 0 and channel // 2 < len(ends):
                await ends[channel // 2].receive(data)
        for end in ends:
            end.hang_up()

    async def serve_all() -> None:
        await asyncio.gather(*(_one(serve, end) for end in ends))

    with contextlib.suppress(ConnectionError):
        for end in ends:
            await end.greet()
        reading = asyncio.ensure_future(read())
        serving = asyncio.ensure_future(serve_all())
        try:
            await asyncio.wait([reading, serving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            reading.cancel()
            serving.cancel()
            await asyncio.gather(reading, serving, return_exceptions=True)
    await socket.close()


async def carry(forwarded: Forwarded, target: Duplex) -> None:
    """Relay between a forwarded connection and the port until both have ended; a reset is an end like another."""

    async def there() -> None:
        while data := await forwarded.read():
            await target.write(data)
        await target.write_eof()

    async def back() -> None:
        while data := await target.read():
            await forwarded.write(data)

    sending, receiving = asyncio.ensure_future(there()), asyncio.ensure_future(back())
    try:
        await asyncio.wait([sending, receiving], return_when=asyncio.FIRST_COMPLETED)
        if sending.done() and sending.exception() is None:
            await asyncio.wait([receiving])
    finally:
        sending.cancel()
        receiving.cancel()
        await asyncio.gather(sending, receiving, return_exceptions=True)
        await target.close()
        await forwarded.end()
