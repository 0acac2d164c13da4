"""Requests by methods that the parser of HTTP does not know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from apiserver.serving.protocol import PeerCertificateProtocol
from minik8s.streams.serve import AsgiServer, listen

SEEN: list[tuple[str, str, bytes]] = []


class App:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        SEEN.append((scope["method"], scope["path"], body))
        await send({"type": "http.response.start", "status": 405, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    SEEN.clear()
    listening = listen("127.0.0.1", 0)
    server = AsgiServer(App(), PeerCertificateProtocol, listening)
    await server.start()
    yield listening.getsockname()[1]
    await server.stop(0.1)


async def _say(port: int, *pieces: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        answer += await reader.read(4096)
    writer.close()
    return answer


async def test_they_come_to_the_application_like_others(port: int) -> None:
    answer = await _say(
        port,
        b"FOO /api?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        b"get /version HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    assert answer.count(b"HTTP/1.1 405") == 3
    assert SEEN == [("FOO", "/api", b"abc"), ("get", "/version", b""), ("GET", "/version", b"")]


@pytest.mark.parametrize(
    "sent", [b"FOO bar baz\r\n\r\n", b"\x16\x03\x01", b"F(O) / HTTP/1.1\r\n\r\n", b"FOO / XTTP/1.1\r\n\r\n"]
)
async def test_what_is_no_http_is_refused(port: int, sent: bytes) -> None:
    assert (await _say(port, sent)).startswith(b"HTTP/1.1 400")
    assert not SEEN
