"""An HTTP/1.1 client that costs next to nothing, so that what is measured is the server."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

Answer = tuple[int, bytes]
_SHOWN = 1024


class Connection(asyncio.Protocol):
    """One kept-alive connection with one request at a time; with `stream`, lines go there as they come.

    Without `keep` what is in the way of large bodies is thrown away: nobody looks at them.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None
        self._need = -1
        self._got = 0
        self._chunked = False
        self._status = 0
        self.keep = True
        self._transport: Any = None
        self.stream: Callable[[bytes], None] | None = None
        self.ended = False

    def connection_made(self, transport: Any) -> None:
        """See asyncio.Protocol."""
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.ended = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self.stream is not None and self._status:
            self.stream(data)
            return
        buffer = self._buffer
        self._got += len(data)
        if self.keep or self._need < 0 or len(buffer) < _SHOWN:
            buffer += data
        if self._need < 0 and not self._chunked:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(buffer[:end]).lower()
            self._status = int(head[9:12])
            del buffer[: end + 4]
            self._got = len(buffer)
            if self.stream is not None:
                self._done(b"")
                if buffer:
                    self.stream(bytes(buffer))
                    buffer.clear()
                return
            at = head.find(b"content-length:")
            if at >= 0:
                self._need = int(head[at + 15 :].split(b"\r\n", 1)[0])
            else:
                self._chunked = True
        if self._chunked:
            if buffer.endswith(b"0\r\n\r\n"):
                self._done(_unchunked(bytes(buffer)) if self.keep else bytes(buffer[-_SHOWN:]))
            elif not self.keep and len(buffer) > 2 * _SHOWN:
                del buffer[:-_SHOWN]
        elif self._got >= self._need:
            self._done(bytes(buffer if self.keep else buffer[:_SHOWN]))

    def _done(self, body: bytes) -> None:
        if self.stream is None:
            self._buffer.clear()
            self._need, self._got, self._chunked = -1, 0, False
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result((self._status, body))

    def send(self, request: bytes) -> asyncio.Future[Answer]:
        """Send a whole request."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


def _unchunked(data: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        end = data.index(b"\r\n", at)
        size = int(data[at:end].split(b";")[0], 16)
        if not size:
            return b"".join(parts)
        parts.append(data[end + 2 : end + 2 + size])
        at = end + 4 + size


class Client:
    """Makes requests and connections to one server, as one user."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 443
        self._head = f"Host: {self._host}\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n".encode()
        # A default context reads all authorities of the machine, which costs more than most requests.
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The bytes of a request."""
        extra = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body) if body else b""
        return b"%b %b HTTP/1.1\r\n%b%b\r\n%b" % (method.encode(), path.encode(), self._head, extra, body)

    async def connect(self) -> Connection:
        """A new connection."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, self._host, self._port, ssl=self._tls)
        return connection

    async def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """One request on a connection of its own."""
        connection = await self.connect()
        try:
            return await connection.send(self.request(method, path, body))
        finally:
            connection.close()


async def load(
    client: Client, clients: int, seconds: float, request: Callable[[int], bytes], wanted: int
) -> tuple[float, list[float]]:
    """`clients` connections that ask without pause for some time: answers per second, and latencies in order.

    Raises RuntimeError for an answer with another status than `wanted`.
    """
    connections = [await client.connect() for _ in range(clients)]
    for connection in connections:
        connection.keep = False
    clock = time.perf_counter
    latencies: list[float] = []
    number = 0
    began = clock()
    end = began + seconds

    async def one(connection: Connection) -> None:
        nonlocal number
        while (start := clock()) < end:
            number += 1
            status, body = await connection.send(request(number))
            latencies.append(clock() - start)
            if status != wanted:
                raise RuntimeError(f"status {status}: {body[:300]!r}")

    try:
        await asyncio.gather(*(one(connection) for connection in connections))
        took = clock() - began
    finally:
        for connection in connections:
            connection.close()
    latencies.sort()
    return len(latencies) / took, latencies


async def each(client: Client, clients: int, count: int, request: Callable[[int], bytes], wanted: int) -> None:
    """`count` requests, as fast as `clients` connections make them."""
    connections = [await client.connect() for _ in range(clients)]
    numbers = iter(range(count))

    async def one(connection: Connection) -> None:
        for number in numbers:
            status, body = await connection.send(request(number))
            if status != wanted:
                raise RuntimeError(f"status {status}: {body[:300]!r}")

    work: list[Awaitable[None]] = [one(connection) for connection in connections]
    await asyncio.gather(*work)
    for connection in connections:
        connection.close()
