"""A member that breaks off what it was asked, with the status CANCELLED: that is not to be taken for our own doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest

from apiserver.storage.cacher import Cacher
from apiserver.storage.etcd import messages as m
from apiserver.storage.etcd.endpoints import EtcdSettings
from apiserver.storage.etcd.store import EtcdStore
from apiserver.storage.store import StoreUnavailable
from minik8s.testing.fake_clock import FakeClock


class Member:
    """Answers ranges and watches of an empty store; as often as it is told it breaks them off instead."""

    def __init__(self) -> None:
        self.revision = 7
        self.ranges_to_break = 0
        self.watches_to_break = 0
        self.watches = 0
        self.events: asyncio.Queue[int] = asyncio.Queue()
        self.server = grpc.aio.server()
        handlers: dict[str, dict[str, Any]] = {
            "KV": {"Range": self._unary(self.range, m.RangeRequest, m.RangeResponse)},
            "Watch": {
                "Watch": grpc.stream_stream_rpc_method_handler(
                    self.watch, m.WatchRequest.FromString, m.WatchResponse.SerializeToString
                )
            },
        }
        for service, methods in handlers.items():
            generic = grpc.method_handlers_generic_handler(f"etcdserverpb.{service}", methods)
            self.server.add_generic_rpc_handlers((generic,))
        self.port = self.server.add_insecure_port("127.0.0.1:0")

    @staticmethod
    def _unary(method: Any, request: Any, response: Any) -> Any:
        return grpc.unary_unary_rpc_method_handler(method, request.FromString, response.SerializeToString)

    async def range(self, request: Any, context: Any) -> Any:
        if self.ranges_to_break:
            self.ranges_to_break -= 1
            await context.abort(grpc.StatusCode.CANCELLED, "context canceled")
        return m.RangeResponse(header={"revision": self.revision})

    async def watch(self, requests: Any, context: Any) -> AsyncIterator[Any]:
        self.watches += 1
        async for _ in requests:
            break
        if self.watches_to_break:
            self.watches_to_break -= 1
            await context.abort(grpc.StatusCode.CANCELLED, "context canceled")
        yield m.WatchResponse(header={"revision": self.revision}, created=True)
        while True:
            revision = await self.events.get()
            if revision < 0:
                await context.abort(grpc.StatusCode.CANCELLED, "context canceled")
            kv = {"key": b"/other", "value": b"x", "mod_revision": revision, "create_revision": revision}
            yield m.WatchResponse(header={"revision": revision}, events=[{"kv": kv}])


@pytest.fixture
async def member() -> AsyncIterator[Member]:
    made = Member()
    await made.server.start()
    yield made
    await made.server.stop(0)


@pytest.fixture
async def store(member: Member) -> AsyncIterator[EtcdStore]:
    made = await EtcdStore.open(EtcdSettings((f"http://127.0.0.1:{member.port}",)))
    yield made
    await made.close()


async def test_a_request_is_made_again(member: Member, store: EtcdStore) -> None:
    member.ranges_to_break = 2
    assert await asyncio.wait_for(store.revision(), 10) == 7
    assert await asyncio.wait_for(store.get("/x"), 10) is None


async def test_who_asks_is_told_when_it_does_not_end(
    member: Member, store: EtcdStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apiserver.storage.etcd.endpoints._TOGETHER", 0.2)
    member.ranges_to_break = 1000
    with pytest.raises(StoreUnavailable, match="does not answer|broke the request off"):
        await asyncio.wait_for(store.get("/x"), 10)


async def test_the_cache_goes_on_following(member: Member, store: EtcdStore) -> None:
    cacher = Cacher(store, clock=FakeClock())
    await cacher.start()
    try:
        member.events.put_nowait(8)
        await cacher.wait_for(8)
        # Once in the middle of a watch, twice while one begins.
        member.watches_to_break = 2
        member.events.put_nowait(-1)
        member.events.put_nowait(9)
        await cacher.wait_for(9, timeout=10)
        assert member.watches == 4
    finally:
        await cacher.stop()


async def test_being_cancelled_is_still_being_cancelled(member: Member, store: EtcdStore) -> None:
    watching = asyncio.create_task(anext(aiter(store.watch("", 7))))  # type: ignore[arg-type]
    while not member.watches:
        await asyncio.sleep(0.01)
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(watching, 30)
