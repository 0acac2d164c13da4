"""A large answer is sent in pieces, and others get their turn between them."""

from __future__ import annotations

import asyncio
import zlib

import pytest

from apiserver import call as calls
from apiserver.call import Call, Message


@pytest.mark.parametrize("size", [0, 1, calls._PIECE, calls._PIECE + 1, 2 * calls._PIECE, 5 * calls._PIECE - 1])
async def test_the_pieces_are_the_answer(size: int) -> None:
    sent: list[Message] = []
    turns = 0

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    body = bytes(range(256)) * (size // 256 + 1)
    scope = {"type": "http", "method": "GET", "path": "/x", "raw_path": b"/x", "query_string": b"", "headers": []}
    task = asyncio.ensure_future(other())
    await Call(scope, receive, send).relay(200, [], body[:size])
    task.cancel()
    pieces = sent[1:]
    assert b"".join(piece["body"] for piece in pieces) == body[:size]
    assert [piece.get("more_body", False) for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert max(len(piece["body"]) for piece in pieces) <= calls._PIECE
    assert turns >= len(pieces) - 1


@pytest.mark.parametrize("encoding", [b"", b"gzip"])
@pytest.mark.parametrize("sizes", [[5], [], [1000] * 3000, [calls._PIECE * 3], [1, 10_000_000, 1]], ids=str)
async def test_parts_are_put_together(sizes: list[int], encoding: bytes) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    headers = [(b"accept-encoding", encoding)]
    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "headers": headers}
    parts = [bytes([n % 251]) * size for n, size in enumerate(sizes)]
    await Call(scope, receive, send).respond_parts(200, parts, b"text/plain")
    body = b"".join(message["body"] for message in sent[1:])
    told = dict(sent[0]["headers"])
    if b"content-encoding" in told:
        body = zlib.decompress(body, 31)
    else:
        assert int(told[b"content-length"]) == len(body)
    assert body == b"".join(parts)
    assert not sent[-1].get("more_body", False) and all(message["more_body"] for message in sent[1:-1])
