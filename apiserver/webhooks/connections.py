"""HTTP/1.1 to servers that are asked again and again: connections that are kept, answers that are bounded.

It does what webhooks need and no more: one POST with a body, one answer held in memory. A whole HTTP client would take
a tenth of a second of the event loop for its import alone, when the first webhook is asked.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import httptools

from apiserver import beside

_KEEP_ALIVE_SECONDS = 90.0
_SMALL = 4096
_GZIP = 31
"""What zlib calls a gzip header and trailer with a window of any size."""


class Disconnected(ConnectionError):
    """The server hung up before it answered."""


class CutOff(ConnectionError):
    """The server hung up in the middle of its answer."""


class Malformed(ValueError):
    """What the server said is no HTTP; `line` is how it begins."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


class TooLong(ValueError):
    """An answer is longer than it may be; `status` is its HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Answer(NamedTuple):
    """A whole answer; names of headers are in lower case."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    def header(self, name: bytes) -> str:
        """A header's value, "" for none."""
        return self.headers.get(name, b"").decode("latin-1")


class _Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, most_bytes: int, on_bytes: Callable[[int], None]) -> None:
        self._most_bytes = most_bytes
        self._on_bytes = on_bytes
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self._headers: dict[bytes, bytes] = {}
        self._body = bytearray()
        self._status = 0
        self._first = b""
        self._kept = False
        self.idle: asyncio.TimerHandle | None = None
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._answer is None or self._answer.done():
            # Nobody asked.
            self.close()
            return
        if not self._first:
            self._first = data[:64]
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, TooLong):
                self._fail(cause)
            elif self._status:
                self._fail(CutOff())
            else:
                self._fail(Malformed(self._first.split(b"\r\n")[0].split(b"\n")[0].decode("latin-1")))

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.ended = True
        if self._answer is None or self._answer.done():
            return
        if self._status and not self._framed():
            # Its end is the end of the body.
            self._succeed()
        else:
            self._fail(exc or (CutOff() if self._status else Disconnected()))

    def _framed(self) -> bool:
        return b"content-length" in self._headers or b"transfer-encoding" in self._headers

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools."""
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """See httptools."""
        self._status = self._parser.get_status_code()

    def on_body(self, piece: bytes) -> None:
        """See httptools."""
        self._body += piece
        self._on_bytes(len(self._body))
        if len(self._body) > self._most_bytes:
            raise TooLong(self._status)

    def on_message_complete(self) -> None:
        """See httptools."""
        if 100 <= self._status < 200:
            self._headers, self._status = {}, 0
            return
        self._kept = self._parser.should_keep_alive()
        self._succeed()

    def _succeed(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Answer(self._status, self._headers, bytes(self._body)))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.close()

    @property
    def reusable(self) -> bool:
        """Whether another request can be sent."""
        return self._kept and not self.ended

    async def send(self, request: bytes) -> Answer:
        """Send a request and wait for its answer. Raises Disconnected, CutOff, Malformed, TooLong, OSError."""
        assert self._transport is not None
        self._headers, self._status, self._first, self._kept = {}, 0, b"", False
        self._body.clear()
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            self._answer = None

    def close(self) -> None:
        """Hang up."""
        self.ended = True
        if self._transport is not None:
            self._transport.abort()


class Connections:
    """Connections to any servers, kept while they are idle for up to 90 seconds.

    `on_bytes` is told how long an answer has become, while it comes in.
    """

    def __init__(self, most_bytes: int, on_bytes: Callable[[int], None] = lambda length: None) -> None:
        self._most_bytes = most_bytes
        self._on_bytes = on_bytes
        self._idle: dict[tuple[Any, ...], list[_Connection]] = {}

    async def ask(
        self, host: str, port: int, request: bytes, context: ssl.SSLContext | None, server_name: str = ""
    ) -> Answer:
        """The answer to a whole request, unpacked. `server_name` is whose certificate is expected, if not the host's.

        Raises Disconnected, CutOff, Malformed, TooLong, and OSError (ssl.SSLError, socket.gaierror) where no connection
        can be had.
        """
        key = (host, port, context, server_name)
        connection = self._kept(key) or await self._open(host, port, context, server_name)
        try:
            answer = await connection.send(request)
        except BaseException:
            connection.close()
            raise
        if connection.reusable:
            self._keep(key, connection)
        else:
            connection.close()
        if answer.headers.get(b"content-encoding", b"").lower() == b"gzip":
            unpack = lambda: _unpacked(answer, self._most_bytes)  # noqa: E731
            return await beside.run_if(len(answer.body) > _SMALL, unpack)
        return answer

    def _kept(self, key: tuple[Any, ...]) -> _Connection | None:
        idle = self._idle.get(key, [])
        while idle:
            connection = idle.pop()
            if connection.idle is not None:
                connection.idle.cancel()
            if not connection.ended:
                return connection
        return None

    def _keep(self, key: tuple[Any, ...], connection: _Connection) -> None:
        def forget() -> None:
            connection.close()
            idle = self._idle.get(key, [])
            if connection in idle:
                idle.remove(connection)
            if not idle:
                self._idle.pop(key, None)

        connection.idle = asyncio.get_running_loop().call_later(_KEEP_ALIVE_SECONDS, forget)
        self._idle.setdefault(key, []).append(connection)

    async def _open(self, host: str, port: int, context: ssl.SSLContext | None, server_name: str) -> _Connection:
        loop = asyncio.get_running_loop()
        first: OSError | None = None
        for family, _, _, _, place in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            try:
                _, connection = await loop.create_connection(
                    lambda: _Connection(self._most_bytes, self._on_bytes),
                    str(place[0]),
                    port,
                    family=family,
                    ssl=context,
                    server_hostname=(server_name or host) if context is not None else None,
                )
            except OSError as error:
                first = first or error
            else:
                return connection
        raise first or socket.gaierror(socket.EAI_NONAME, "no address")

    def close(self) -> None:
        """Hang up everywhere."""
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._idle.clear()


def _unpacked(answer: Answer, most_bytes: int) -> Answer:
    reader = zlib.decompressobj(_GZIP)
    try:
        body = reader.decompress(answer.body, most_bytes + 1)
    except zlib.error:
        raise Malformed("") from None
    if len(body) > most_bytes:
        raise TooLong(answer.status)
    if not reader.eof:
        raise CutOff
    return answer._replace(body=body)
