"""The benchmarks' client finds the ends of answers, whether their length is told or they come in chunks."""

from __future__ import annotations

import asyncio

import pytest

from bench.client import Answer, Connection

HEAD = b"HTTP/1.1 200 OK\r\nX-Filling: " + b"y" * 1500 + b"\r\n"
BODY = bytes(range(256)) * 40


class Transport:
    def write(self, data: bytes) -> None:
        return


def whole(body: bytes, *, chunked: bool) -> bytes:
    if not chunked:
        return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    chunks = [body[at : at + 700] for at in range(0, len(body), 700)]
    return (
        HEAD
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
        + b"0\r\n\r\n"
    )


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("step", [1, 1000, 100_000])
@pytest.mark.parametrize("keep", [False, True])
async def test_answers_end_where_they_end(chunked: bool, step: int, keep: bool) -> None:
    connection = Connection()
    connection.keep = keep
    connection.connection_made(Transport())
    for body in (BODY, b"short", BODY):
        asked: asyncio.Future[Answer] = connection.send(b"")
        data = whole(body, chunked=chunked)
        for at in range(0, len(data), step):
            assert not asked.done()
            connection.data_received(data[at : at + step])
        status, got = await asked
        assert status == 200
        assert got == body if keep else len(got) < len(BODY)
