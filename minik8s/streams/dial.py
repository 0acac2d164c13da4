"""The client's side of an HTTP upgrade: connect, ask, and have either the bytes or the refusal."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
from collections.abc import Iterable

from minik8s.streams.duplex import TransportDuplex, notice_dead_peers

_MOST_HEAD = 64 * 1024
_MOST_BODY = 1024 * 1024


class BadAnswer(ConnectionError):
    """What came back is not HTTP."""


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer; `raw` is it as it came, blank line included, names in `headers` are in lower case."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    raw: bytes

    def header(self, name: bytes) -> str:
        """The first value of a header, "" when absent."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name), "")


def request_head(method: str, target: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A request's head; `target` is path and query as sent."""
    lines = [f"{method} {target} HTTP/1.1\r\n".encode("latin-1")]
    lines += [name + b": " + value + b"\r\n" for name, value in headers]
    return b"".join(lines) + b"\r\n"


async def dial(
    host: str, port: int, head: bytes, tls: ssl.SSLContext | None = None, name: str = "", seconds: float = 30
) -> tuple[Head, TransportDuplex]:
    """Connect, send `head`, read the answer's head. `name` is what the certificate must be for.

    Raises OSError (also for TLS), TimeoutError, BadAnswer.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(seconds):
        _, duplex = await loop.create_connection(
            TransportDuplex, host, port, ssl=tls, server_hostname=(name or host) if tls is not None else None
        )
    notice_dead_peers(duplex.transport)
    return await ask(duplex, head)


async def ask(duplex: TransportDuplex, head: bytes) -> tuple[Head, TransportDuplex]:
    """Send a request's head on a fresh connection and read the answer's. Raises BadAnswer, ConnectionError."""
    try:
        await duplex.write(head)
        return await read_head(duplex), duplex
    except BaseException:
        duplex.abort()
        raise


async def read_head(duplex: TransportDuplex) -> Head:
    """The head of the answer that comes next; what follows it stays to be read. Raises BadAnswer."""
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        if len(got) > _MOST_HEAD:
            raise BadAnswer("the head of the answer is too long")
        more = await duplex.read()
        if not more:
            raise BadAnswer("the connection was closed before an answer came") from duplex.error
        got += more
    duplex.unread(got[end + 4 :])
    first, *lines = got[:end].split(b"\r\n")
    parts = first.split(b" ", 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
        raise BadAnswer("the answer is not HTTP")
    headers = []
    for line in lines:
        key, _, value = line.partition(b":")
        headers.append((key.strip().lower(), value.strip()))
    return Head(int(parts[1]), tuple(headers), got[: end + 4])


async def read_body(head: Head, duplex: TransportDuplex) -> bytes:
    """The body that follows a head, cut at a megabyte; for short refusals."""
    wanted = head.header(b"content-length")
    length = int(wanted) if wanted.isdecimal() else _MOST_BODY
    got = bytearray()
    chunked = "chunked" in head.header(b"transfer-encoding").lower()
    while len(got) < min(length, _MOST_BODY) and (more := await duplex.read()):
        got += more
        if chunked and got.endswith(b"0\r\n\r\n"):
            break
    return _unchunked(bytes(got)) if chunked else bytes(got[:length])


def _unchunked(data: bytes) -> bytes:
    found, at = [], 0
    while (end := data.find(b"\r\n", at)) >= 0:
        try:
            size = int(data[at:end].split(b";")[0], 16)
        except ValueError:
            break
        if not size:
            break
        found.append(data[end + 2 : end + 2 + size])
        at = end + 4 + size
    return b"".join(found)
