"""A large answer is sent in pieces, and others get their turn between them."""

from __future__ import annotations

import asyncio

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
