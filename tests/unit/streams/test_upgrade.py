"""Upgrades of a real server's connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kubelet.server.forwarding import connect
from minik8s.streams import dial
from minik8s.streams.serve import AsgiServer, listen
from minik8s.streams.upgrade import UpgradeProtocol, upgrade_of

HEADERS = [(b"Host", b"h"), (b"Connection", b"Upgrade"), (b"Upgrade", b"Echo/1")]


class App:
    """Echoes what comes after an accepted upgrade; `wait` holds the answer back."""

    def __init__(self) -> None:
        self.wait = asyncio.Event()
        self.wait.set()
        self.nodelay = 0
        self.gone = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        upgrade = upgrade_of(scope)
        await self.wait.wait()
        if upgrade is None or scope["path"] == "/refused":
            await send({"type": "http.response.start", "status": 418, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"no"})
            return
        assert upgrade.protocol == "echo/1"
        duplex = upgrade.accept([(b"Connection", b"Upgrade"), (b"Upgrade", b"Echo/1")])
        if scope["path"] == "/fails":
            raise RuntimeError("broken")
        raw = duplex.transport.get_extra_info("socket")
        self.nodelay = raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        while data := await duplex.read():
            await duplex.write(data)
        self.gone.set()
        await duplex.close()


@pytest.fixture
async def served() -> AsyncIterator[tuple[App, int]]:
    app, listening = App(), listen("127.0.0.1", 0)
    server = AsgiServer(app, UpgradeProtocol, listening)
    await server.start()
    yield app, listening.getsockname()[1]
    await server.stop(0.1)


async def test_bytes_after_the_answer_and_before_it(served: tuple[App, int]) -> None:
    app, port = served
    app.wait.clear()
    asking = asyncio.ensure_future(dial.dial("127.0.0.1", port, dial.request_head("GET", "/", HEADERS) + b"early "))
    await asyncio.sleep(0.05)
    app.wait.set()
    head, duplex = await asyncio.wait_for(asking, 30)
    assert (head.status, head.header(b"upgrade")) == (101, "Echo/1")
    await duplex.write(b"late")
    got = b""
    while got != b"early late":
        got += await asyncio.wait_for(duplex.read(), 5)
    await duplex.close()
    await asyncio.wait_for(app.gone.wait(), 5)
    assert app.nodelay


async def test_much_before_the_answer_waits_and_is_not_lost(served: tuple[App, int]) -> None:
    app, port = served
    app.wait.clear()
    content = bytes(range(256)) * 8192
    asking = asyncio.ensure_future(dial.dial("127.0.0.1", port, dial.request_head("GET", "/", HEADERS) + content))
    await asyncio.sleep(0.05)
    app.wait.set()
    _, duplex = await asyncio.wait_for(asking, 30)
    got = b""
    while len(got) < len(content):
        got += await asyncio.wait_for(duplex.read(), 5)
    assert got == content
    duplex.abort()


async def test_a_refused_upgrade_is_an_answer_and_the_end(served: tuple[App, int]) -> None:
    _, port = served
    head, duplex = await dial.dial("127.0.0.1", port, dial.request_head("GET", "/refused", HEADERS))
    assert head.status == 418 and head.header(b"connection") == "close"
    assert await dial.read_body(head, duplex) == b"no" and await duplex.read() == b""


async def test_a_failing_application_leaves_no_connection_open(served: tuple[App, int]) -> None:
    head, duplex = await dial.dial("127.0.0.1", served[1], dial.request_head("GET", "/fails", HEADERS))
    assert head.status == 101 and await asyncio.wait_for(duplex.read(), 5) == b""


async def test_stopping_ends_open_streams() -> None:
    app, listening = App(), listen("127.0.0.1", 0)
    server = AsgiServer(app, UpgradeProtocol, listening)
    await server.start()
    _, duplex = await dial.dial("127.0.0.1", listening.getsockname()[1], dial.request_head("GET", "/", HEADERS))
    await duplex.write(b"x")
    assert await duplex.read() == b"x"
    await server.stop(0.1)
    assert await asyncio.wait_for(duplex.read(), 5) == b""


@pytest.mark.parametrize(("answer", "words"), [(b"", "was closed"), (b"SSH-2.0 x\r\n\r\n", "not HTTP"),
                                               (b"x" * 70_000, "too long")])  # fmt: skip
async def test_what_does_not_answer_http(answer: bytes, words: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    with pytest.raises(dial.BadAnswer, match=words):
        await dial.dial("127.0.0.1", server.sockets[0].getsockname()[1], dial.request_head("GET", "/", HEADERS))
    server.close()


async def test_refusals_in_chunks() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
        )

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    head, duplex = await dial.dial("127.0.0.1", server.sockets[0].getsockname()[1], dial.request_head("GET", "/", []))
    assert (head.status, await asyncio.wait_for(dial.read_body(head, duplex), 5)) == (403, b"hello world")
    duplex.abort()
    server.close()


async def test_a_connection_to_a_port_here_without_delay_and_words_for_a_closed_one() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        with pytest.raises(OSError, match=f"failed to connect to localhost:{port}, IPv4: dial tcp 127.0.0.1:{port}: "
                                          "connect: connection refused"):  # fmt: skip
            await asyncio.to_thread(connect, "", port)
        listening.listen()
        made = await asyncio.to_thread(connect, "", port)
        assert made.proto == socket.IPPROTO_TCP
        made.close()
    with pytest.raises(OSError, match='failed to enter network namespace "/no/such": no such file or directory'):
        await asyncio.to_thread(connect, "/no/such", 1)
