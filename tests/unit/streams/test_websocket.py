from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from minik8s.streams.channels import COMMAND, ChannelSocket, agree
from minik8s.streams.command import terminal_size
from minik8s.streams.spdy.connection import SpdyConnection
from minik8s.streams.tunnel import Tunnel
from minik8s.streams.websocket import WebSocket, accept_key

from .pipes import pair


def test_the_key_is_accepted_as_the_rfc_shows() -> None:
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


async def test_messages_both_ways_and_the_goodbye() -> None:
    async with pair() as (one, other):
        client, server = WebSocket(one, server=False), WebSocket(other, server=True)
        await client.send(b"\x00abc")
        assert await server.receive() == (b"\x00abc", False)
        await server.send("grün".encode(), text=True)
        assert await client.receive() == ("grün".encode(), True)
        await server.say_goodbye()
        assert await client.receive() is None
        assert await server.receive() is None
        with pytest.raises(ConnectionError):
            await client.send(b"late")


async def test_a_message_in_pieces_is_one_message_and_pings_between_are_answered() -> None:
    async with pair() as (one, other):
        server = WebSocket(other, server=True)
        pieces = [
            Frame(Opcode.BINARY, b"\x00a", fin=False),
            Frame(Opcode.PING, b"?"),
            Frame(Opcode.CONT, b"b", fin=False),
            Frame(Opcode.CONT, b"c"),
        ]
        await one.write(b"".join(piece.serialize(mask=True) for piece in pieces))
        assert await server.receive() == (b"\x00abc", False)
        assert await one.read() == Frame(Opcode.PONG, b"?").serialize(mask=False)


async def test_a_lost_connection_is_the_end() -> None:
    async with pair() as (one, other):
        server = WebSocket(other, server=True)
        one.abort()
        assert await server.receive() is None


async def test_unmasked_or_broken_frames_end_the_connection() -> None:
    async with pair() as (one, other):
        server = WebSocket(other, server=True)
        await one.write(Frame(Opcode.BINARY, b"x").serialize(mask=False))
        assert await server.receive() is None


async def test_channels_in_base64_have_digits_for_numbers() -> None:
    async with pair() as (one, other):
        client = WebSocket(one, server=False)
        server = ChannelSocket(WebSocket(other, server=True), COMMAND["base64.channel.k8s.io"])
        await client.send(b"0aGVsbG8=", text=True)
        assert await server.receive() == (0, b"hello")
        await server.send(1, b"\xff\x00")
        assert await client.receive() == (b"1/wA=", True)
        assert await server.end(1) is False


async def test_spdy_inside_a_websocket() -> None:
    async with pair() as (one, other):
        left, right = Tunnel(WebSocket(one, server=False)), Tunnel(WebSocket(other, server=True))
        async with SpdyConnection(left, server=False) as client, SpdyConnection(right, server=True) as server:
            opening = asyncio.ensure_future(client.open({"streamtype": ["data"]}))
            theirs = await server.accept()
            assert theirs is not None
            await server.reply(theirs)
            mine = await opening
            await mine.write(b"x" * 100_000)
            await mine.write_eof()
            got = b""
            while data := await theirs.read():
                got += data
            assert got == b"x" * 100_000


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=3), st.lists(st.sampled_from(["", "a", "b"]), max_size=3))
def test_agreement_is_on_something_both_know(offered: list[str], known: list[str]) -> None:
    found = agree(offered, known)
    if found is None:
        assert not set(offered) & set(known) and ("" not in known or offered)
    else:
        assert found in known and (found in offered or (found == "" and not offered))


@pytest.mark.parametrize(
    ("message", "size"),
    [
        (b'{"Width":80,"Height":24}', (80, 24)),
        (b'{"Width":0,"Height":24}', None),
        (b'{"Width":"a"}', None),
        (b"", None),
        (b"[]", None),
    ],
)
def test_terminal_sizes(message: bytes, size: tuple[int, int] | None) -> None:
    assert terminal_size(message) == size
