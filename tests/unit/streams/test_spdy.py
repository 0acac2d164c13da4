from __future__ import annotations

import asyncio
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minik8s.streams.spdy import frames
from minik8s.streams.spdy.connection import SpdyConnection, StreamReset
from minik8s.streams.spdy.frames import ControlFrame, DataFrame, Frame, FrameError, FrameReader, encode
from minik8s.streams.spdy.headers import DICTIONARY, HeaderError, HeaderPacker, HeaderReader

from .pipes import pair

NUMBERS = st.integers(0, 2**31 - 1)
FRAMES: st.SearchStrategy[Frame] = st.one_of(
    st.builds(DataFrame, NUMBERS, st.binary(max_size=200), st.booleans()),
    st.builds(ControlFrame, st.sampled_from([1, 2, 8]), NUMBERS, st.booleans(), st.just(0), st.binary(max_size=80)),
    st.builds(ControlFrame, st.sampled_from([3, 7, 9]), NUMBERS, st.booleans(), NUMBERS),
    st.builds(ControlFrame, st.just(6), NUMBERS),
)


@given(st.lists(FRAMES, max_size=8), st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_frames_survive_any_cut(sent: list[Frame], cuts: list[int]) -> None:
    data = b"".join(map(encode, sent))
    reader, got, at, turn = FrameReader(), [], 0, 0
    while at < len(data):
        size = cuts[turn % len(cuts)]
        got += reader.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    assert got == sent


@given(st.binary(max_size=300))
def test_any_bytes_are_frames_or_an_error(data: bytes) -> None:
    try:
        for frame in FrameReader().feed(data):
            assert isinstance(frame, DataFrame | ControlFrame)
    except FrameError:
        pass


TEXTS = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=20)
HEADERS = st.dictionaries(TEXTS.map(str.lower), st.lists(TEXTS, min_size=1, max_size=3), max_size=5)


@given(st.lists(HEADERS, max_size=5))
def test_header_blocks_follow_each_other_in_one_zlib_stream(blocks: list[dict[str, list[str]]]) -> None:
    packer, reader = HeaderPacker(), HeaderReader()
    for block in blocks:
        assert reader.read(packer.pack(block)) == block


def test_the_dictionary_is_the_one_of_the_draft() -> None:
    assert zlib.adler32(DICTIONARY) == 0xE3C6A7C2
    assert HeaderPacker().pack({"streamtype": ["data"]})[:6] == bytes.fromhex("78bbe3c6a7c2")


@pytest.mark.parametrize("block", [b"junk", HeaderPacker().pack({"a": ["x" * 100_000]})])
def test_a_bad_or_huge_header_block_is_an_error(block: bytes) -> None:
    with pytest.raises(HeaderError):
        HeaderReader().read(block)


def test_a_frame_that_claims_too_much_is_refused_before_it_is_kept() -> None:
    with pytest.raises(FrameError):
        list(FrameReader().feed(b"\0\0\0\1\0\xff\xff\xff"))


async def test_streams_carry_bytes_and_ends_both_ways() -> None:
    async with pair() as (one, other):
        async with SpdyConnection(one, server=False) as client, SpdyConnection(other, server=True) as server:
            opening = asyncio.ensure_future(client.open({"streamType": ["data"], "port": ["80"]}))
            theirs = await server.accept()
            assert theirs is not None and theirs.header("streamType") == "data" and theirs.header("port") == "80"
            await server.reply(theirs)
            mine = await opening
            big = bytes(range(256)) * 300
            await mine.write(big)
            await mine.write_eof()
            got = b""
            while data := await theirs.read():
                got += data
            assert got == big
            await theirs.write(b"answer")
            await theirs.write_eof()
            assert (await mine.read(), await mine.read()) == (b"answer", b"")
            assert not mine.was_reset


async def test_a_reset_ends_reading_and_refuses_writing() -> None:
    async with pair() as (one, other):
        async with SpdyConnection(one, server=False) as client, SpdyConnection(other, server=True) as server:
            opening = asyncio.ensure_future(client.open({}))
            theirs = await server.accept()
            assert theirs is not None
            await server.reply(theirs)
            mine = await opening
            await theirs.reset()
            assert await mine.read() == b"" and mine.was_reset
            with pytest.raises(StreamReset):
                await mine.write(b"x")


async def test_pings_are_answered_and_a_lost_connection_ends_everything() -> None:
    async with pair() as (one, other):
        async with SpdyConnection(other, server=True) as server:
            await one.write(encode(ControlFrame(frames.PING, 1)))
            assert await one.read() == encode(ControlFrame(frames.PING, 1))
            packer = HeaderPacker()
            await one.write(encode(ControlFrame(frames.SYN_STREAM, 1, block=packer.pack({"a": ["b"]}))))
            stream = await server.accept()
            assert stream is not None
            one.abort()
            assert await stream.read() == b"" and stream.was_reset
            assert await server.accept() is None


async def test_who_does_not_read_makes_the_sender_wait() -> None:
    async with pair() as (one, other):
        async with SpdyConnection(one, server=False) as client, SpdyConnection(other, server=True) as server:
            opening = asyncio.ensure_future(client.open({}))
            theirs = await server.accept()
            assert theirs is not None
            await server.reply(theirs)
            mine = await opening
            sent = 0

            async def flood() -> None:
                nonlocal sent
                while sent < 64 * 1024 * 1024:
                    await mine.write(b"x" * 32768)
                    sent += 32768

            task = asyncio.ensure_future(flood())
            await asyncio.wait([task], timeout=0.5)
            assert not task.done() and sent < 8 * 1024 * 1024
            got = 0
            while got <= sent and got < 16 * 1024 * 1024:
                got += len(await theirs.read())
            assert got > 8 * 1024 * 1024
            task.cancel()
