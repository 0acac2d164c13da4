"""Two sides of a channel: questions, streams, errors, and an end in the middle."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from apiserver.heavy.channel import Channel, ChannelClosed, RemoteError


class Echo:
    """Gives back what it is asked; `never` waits until it is cancelled."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[Any]]] = []
        self.cancelled = asyncio.Event()
        self.asked = asyncio.Event()

    async def ask(self, name: str, arguments: list[Any]) -> Any:
        if name == "refuse":
            raise RemoteError("Refused", arguments)
        if name == "never":
            self.asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()
        return [name, *arguments]

    async def stream(self, name: str, arguments: list[Any]) -> AsyncIterator[Any]:
        try:
            for number in range(arguments[0]):
                yield number
            if name == "refuse":
                raise RemoteError("Refused", [])
            if name == "endless":
                await asyncio.Event().wait()
        finally:
            self.cancelled.set()

    def tell(self, name: str, arguments: list[Any]) -> None:
        self.told.append((name, arguments))


@asynccontextmanager
async def joined() -> AsyncIterator[tuple[Channel, Channel, Echo]]:
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    echo = Echo()
    _, asks = await loop.create_connection(lambda: Channel(Echo()), sock=ours)
    _, answers = await loop.create_connection(lambda: Channel(echo), sock=theirs)
    try:
        yield asks, answers, echo
    finally:
        asks.close()
        answers.close()


async def test_questions_are_answered_whatever_their_size_and_order() -> None:
    async with joined() as (asks, _, echo):
        large = b"x" * 5_000_000
        found = await asyncio.gather(*(asks.ask("echo", n, large if n == 3 else b"") for n in range(8)))
        assert [answer[1] for answer in found] == list(range(8)) and found[3][2] == large
        asks.tell("note", 1, "a")
        assert await asks.ask("after") == ["after"]
        assert echo.told == [("note", [1, "a"])]


async def test_an_error_reaches_the_asker() -> None:
    async with joined() as (asks, _, _echo):
        with pytest.raises(RemoteError) as met:
            await asks.ask("refuse", "why", 7)
        assert (met.value.name, met.value.arguments) == ("Refused", ["why", 7])
        seen = []
        with pytest.raises(RemoteError):
            async for part in asks.stream("refuse", 2):
                seen.append(part)
        assert seen == [0, 1]


async def test_who_waits_no_more_ends_the_work_on_the_other_side() -> None:
    async with joined() as (asks, _, echo):
        asking = asyncio.ensure_future(asks.ask("never"))
        await echo.asked.wait()
        asking.cancel()
        await asyncio.wait_for(echo.cancelled.wait(), 5)
        echo.cancelled.clear()
        stream = asks.stream("endless", 1)
        assert await anext(stream) == 0
        await stream.aclose()
        await asyncio.wait_for(echo.cancelled.wait(), 5)


async def test_all_who_wait_hear_that_the_other_side_is_gone() -> None:
    async with joined() as (asks, answers, echo):
        asking = asyncio.ensure_future(asks.ask("never"))
        stream = asks.stream("endless", 1)
        assert await anext(stream) == 0
        await echo.asked.wait()
        answers.close()
        with pytest.raises(ChannelClosed):
            await asking
        with pytest.raises(ChannelClosed):
            await anext(stream)
        with pytest.raises(ChannelClosed):
            await asks.ask("echo")
        assert asks.closed
