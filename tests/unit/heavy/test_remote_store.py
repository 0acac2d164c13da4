"""What the store of another process says when that process is gone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from apiserver.heavy.channel import Channel
from apiserver.heavy.remote_store import MarkedStore, RemoteStore
from apiserver.storage.store import StoreClosed, StoreUnavailable


class Silent:
    """Answers nothing, and tells when it is asked."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def ask(self, name: str, arguments: list[Any]) -> Any:
        self.asked.set()
        await asyncio.Event().wait()

    async def stream(self, name: str, arguments: list[Any]) -> AsyncIterator[Any]:
        self.asked.set()
        await asyncio.Event().wait()
        yield None

    def tell(self, name: str, arguments: list[Any]) -> None:
        return


async def test_the_end_of_the_other_process_ends_a_watch_for_good_and_fails_a_question() -> None:
    loop, silent = asyncio.get_running_loop(), Silent()
    ours, theirs = socket.socketpair()
    store, channel, other = RemoteStore(), Channel(silent), Channel(silent)
    await loop.create_connection(lambda: channel, sock=ours)
    await loop.create_connection(lambda: other, sock=theirs)
    store.connect(channel)

    async def follow() -> None:
        async for _ in store.watch("", 0):
            pass

    watching = asyncio.create_task(follow())
    await silent.asked.wait()
    silent.asked.clear()
    asking = asyncio.create_task(store.revision())
    await silent.asked.wait()
    other.close()
    # Not the kind of error after which the store is tried again, and complained of.
    with pytest.raises(StoreClosed, match="gone"):
        await watching
    with pytest.raises(StoreUnavailable, match="gone"):
        await asking
    channel.close()


def test_an_object_of_two_requests_stays_marked_until_both_are_done() -> None:
    store = MarkedStore(RemoteStore())
    with store.marked("a"):
        with store.marked("a"):
            assert store.stale("a") and not store.stale("b")
        assert store.stale("a")
    assert not store.stale("a")
