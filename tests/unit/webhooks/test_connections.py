"""HTTP to webhooks: what servers may do, and what they do all the same."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from apiserver.webhooks.connections import Answer, Connections, CutOff, Disconnected, Malformed, TooLong

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Sends what it is told to, one item per request; None hangs up, a float waits."""

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.requests = 0
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n{}")
                self.requests += 1
                for said in self.script.pop(0):
                    if said is None:
                        return
                    writer.write(said)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self.writers:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    await made.start()
    yield made
    made.stop()


def whole(body: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (more, len(body), body)


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    made = Connections(1000)
    yield made
    made.close()


@pytest.fixture
def ask(server: Server, connections: Connections) -> Callable[..., Any]:
    async def asked(*said: bytes | None) -> Answer:
        server.script.append(said)
        async with asyncio.timeout(30):
            return await connections.ask("127.0.0.1", server.port, REQUEST, None)

    return asked


async def test_a_connection_is_kept_for_the_next(server: Server, ask: Callable[..., Any]) -> None:
    assert (await ask(whole(b"one", b"X-A: b\r\n"))) == (200, {b"x-a": b"b", b"content-length": b"3"}, b"one")
    assert (await ask(whole(b"two"))).body == b"two"
    assert (server.requests, server.connections) == (2, 1)


async def test_answers_at_the_same_time_come_on_connections_of_their_own(
    server: Server, ask: Callable[..., Any]
) -> None:
    found = await asyncio.gather(*(ask(whole(b"%d" % n)) for n in range(5)))
    assert sorted(answer.body for answer in found) == [b"0", b"1", b"2", b"3", b"4"]
    assert server.connections == 5
    await asyncio.gather(*(ask(whole(b"x")) for _ in range(5)))
    assert server.connections == 5


@pytest.mark.parametrize("last", [b"Connection: close\r\n", b""])
async def test_a_connection_that_was_closed_is_not_used_again(
    server: Server, connections: Connections, ask: Callable[..., Any], last: bytes
) -> None:
    await ask(whole(b"one", last))
    server.writers[0].close()
    async with asyncio.timeout(30):
        while not all(each.ended for idle in connections._idle.values() for each in idle):
            await asyncio.sleep(0.001)
    assert (await ask(whole(b"two"))).body == b"two"
    assert server.connections == 2


async def test_bodies_in_pieces(ask: Callable[..., Any]) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert (await ask(head, b"3\r\nabc\r\n", b"1\r\nd\r\n0\r\n\r\n")).body == b"abcd"
    assert (await ask(b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nab", b"cd")).body == b"abcd"


async def test_a_body_that_ends_with_the_connection(ask: Callable[..., Any]) -> None:
    assert (await ask(b"HTTP/1.0 200 OK\r\n\r\nab", b"cd", None)).body == b"abcd"


async def test_what_comes_before_the_answer_is_passed_over(ask: Callable[..., Any]) -> None:
    assert (await ask(b"HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n" + whole(b"a"))).headers == {
        b"content-length": b"1"
    }


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ((None,), Disconnected),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab", None), CutOff),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab", None), CutOff),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",), CutOff),
        ((b"SSH-2.0-OpenSSH\r\n",), Malformed),
        ((whole(b"x" * 1001),), TooLong),
        ((whole(gzip.compress(b"x" * 100_000), b"Content-Encoding: gzip\r\n"),), TooLong),
        ((whole(gzip.compress(b"x" * 100)[:-12], b"Content-Encoding: gzip\r\n"),), CutOff),
        ((whole(b"not packed", b"Content-Encoding: gzip\r\n"),), Malformed),
    ],
)
async def test_what_servers_do_wrong(ask: Callable[..., Any], said: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        await ask(*said)
    # Nothing of it is in the way of the next.
    assert (await ask(whole(b"fine"))).body == b"fine"


async def test_a_line_that_is_no_http_is_shown(ask: Callable[..., Any]) -> None:
    with pytest.raises(Malformed) as refused:
        await ask(b"SSH-2.0-OpenSSH\r\nmore\r\n")
    assert refused.value.line == "SSH-2.0-OpenSSH"


async def test_packed_answers_are_unpacked(ask: Callable[..., Any]) -> None:
    assert (await ask(whole(gzip.compress(b"x" * 900), b"Content-Encoding: gzip\r\n"))).body == b"x" * 900


async def test_one_that_is_given_up_is_not_used_again(server: Server, ask: Callable[..., Any]) -> None:
    await ask(whole(b"one"))
    waiting = asyncio.ensure_future(ask())
    while server.requests < 2:
        await asyncio.sleep(0.001)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert (await ask(whole(b"two"))).body == b"two"
    assert server.connections == 2


async def test_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            await Connections(10).ask("127.0.0.1", taken.getsockname()[1], REQUEST, None)
    with pytest.raises(socket.gaierror):
        await Connections(10).ask("no-such-host.invalid", 1, REQUEST, None)


async def test_how_long_an_answer_has_become_is_told(server: Server) -> None:
    told: list[int] = []
    connections = Connections(1000, told.append)
    server.script.append((whole(b"x" * 700),))
    await connections.ask("127.0.0.1", server.port, REQUEST, None)
    connections.close()
    assert told[-1] == 700
