"""What every `Store` promises; each back end runs all of it."""

from __future__ import annotations

import asyncio
import pathlib
import shutil
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from apiserver.heavy.channel import Channel
from apiserver.heavy.remote_store import RemoteStore
from apiserver.heavy.store_service import StoreService
from apiserver.storage.etcd.store import EtcdStore
from apiserver.storage.sqlite import SQLiteStore
from apiserver.storage.store import Compacted, FutureRevision, KeyExists, RevisionConflict, Store, StoreClosed
from tests.support.etcd_servers import Cluster

ETCD = pytest.param("etcd", marks=[pytest.mark.etcd, pytest.mark.skipif(not shutil.which("etcd"), reason="no etcd")])


class Offered(StoreService):
    """A store behind a channel that is told nothing."""

    def tell(self, name: str, arguments: list[Any]) -> None:
        raise AssertionError(name)


@asynccontextmanager
async def opened(kind: str, tmp: pathlib.Path) -> AsyncIterator[Store]:
    store: Store
    if kind == "remote":
        async with opened("sqlite", tmp) as inner:
            remote = RemoteStore()
            sides = socket.socketpair()
            loop = asyncio.get_running_loop()
            peers = [Offered(inner), Offered(inner)]
            _, asked = await loop.create_connection(lambda: Channel(peers[0]), sock=sides[0])
            _, asks = await loop.create_connection(lambda: Channel(peers[1]), sock=sides[1])
            remote.connect(asks)
            try:
                yield remote
            finally:
                await remote.close()
                asks.close()
                asked.close()
        return
    if kind == "sqlite":
        store = await SQLiteStore.open(str(tmp / "store.db"))
        try:
            yield store
        finally:
            await store.close()
        return
    cluster = Cluster(tmp)
    try:
        cluster.start()
        store = await EtcdStore.open(cluster.settings)
        try:
            yield store
        finally:
            await store.close()
    finally:
        cluster.stop()


@pytest.fixture(params=["sqlite", "remote", ETCD])
def scenario(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Callable[..., None]:
    def run(story: Callable[[Store], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with opened(request.param, tmp_path) as store:
                await asyncio.wait_for(story(store), 20)

        asyncio.run(whole())

    return run


def test_writes_are_guarded_by_revision(scenario: Callable[..., None]) -> None:
    async def story(store: Store) -> None:
        first = await store.create("/a", b"1")
        with pytest.raises(KeyExists):
            await store.create("/a", b"x")
        second = await store.update("/a", b"2", first)
        assert second > first
        with pytest.raises(RevisionConflict) as met:
            await store.update("/a", b"x", first)
        assert met.value.current is not None and met.value.current.value == b"2"
        with pytest.raises(RevisionConflict):
            await store.delete("/a", first)
        third = await store.delete("/a", second)
        assert await store.get("/a") is None
        again = await store.create("/a", b"3")
        found = await store.get("/a")
        assert found is not None and (found.create_revision, found.mod_revision) == (again, again)
        assert await store.revision() == again > third

    scenario(story)


def test_pages_show_one_revision_however_much_is_written_between_them(scenario: Callable[..., None]) -> None:
    async def story(store: Store) -> None:
        revisions = [await store.create(f"/p/{n}", b"old") for n in range(5)]
        await store.create("/q/0", b"other")
        page = await store.range("/p/", limit=2)
        assert [i.key for i in page.items] == ["/p/0", "/p/1"] and page.more
        await store.update("/p/3", b"new", revisions[3])
        await store.delete("/p/2", revisions[2])
        await store.create("/p/9", b"late")
        rest = await store.range("/p/", start="/p/1\0", revision=page.revision)
        assert [(i.key, i.value) for i in rest.items] == [(f"/p/{n}", b"old") for n in (2, 3, 4)]
        assert not rest.more
        now = await store.range("/p/")
        assert [i.key for i in now.items] == ["/p/0", "/p/1", "/p/3", "/p/4", "/p/9"]
        with pytest.raises(FutureRevision):
            await store.range("/p/", revision=now.revision + 1)

    scenario(story)


def test_a_watch_has_no_gap_no_duplicate_and_no_reordering(scenario: Callable[..., None]) -> None:
    async def story(store: Store) -> None:
        start = await store.revision()

        async def writer(name: int) -> None:
            for n in range(20):
                made = await store.create(f"/w/{name}-{n}", b"v")
                if n % 3 == 0:
                    await store.delete(f"/w/{name}-{n}", made)

        async def watcher() -> list[int]:
            seen: list[int] = []
            async for batch in store.watch("/w/", start):
                seen += [c.revision for c in batch]
                if len(seen) >= 8 * 27:
                    return seen
            return seen

        early = asyncio.create_task(watcher())
        await asyncio.gather(*(writer(n) for n in range(8)))
        expected = list(range(start + 1, start + 1 + 8 * 27))
        assert await early == expected
        assert await watcher() == expected

    scenario(story)


def test_a_change_tells_when_its_key_was_created(scenario: Callable[..., None]) -> None:
    async def story(store: Store) -> None:
        start = await store.revision()
        made = await store.create("/c", b"1")
        changed = await store.update("/c", b"2", made)
        gone = await store.delete("/c", changed)
        seen = []
        async for batch in store.watch("/c", start):
            seen += [(c.value, c.revision, c.create_revision if c.value else None) for c in batch]
            if len(seen) == 3:
                break
        assert seen == [(b"1", made, made), (b"2", changed, made), (None, gone, None)]

    scenario(story)


def test_compaction_keeps_what_is_current_and_refuses_what_is_gone(scenario: Callable[..., None]) -> None:
    async def story(store: Store) -> None:
        made = await store.create("/k", b"1")
        changed = await store.update("/k", b"2", made)
        await store.compact(changed)
        found = await store.get("/k")
        assert found is not None and (found.value, found.create_revision) == (b"2", made)
        with pytest.raises(Compacted):
            await store.range("/k", revision=made)
        with pytest.raises(Compacted):
            async for _ in store.watch("/k", made):
                pass
        assert (await store.range("/k", revision=changed)).items == [found]
        with pytest.raises(FutureRevision):
            await store.compact(changed + 100)

    scenario(story)


def test_a_key_with_a_time_to_live_is_deleted_when_it_has_passed(scenario: Callable[..., None]) -> None:
    async def story(store: Store) -> None:
        start = await store.revision()
        await store.create("/e/kept", b"1")
        made = await store.create("/e/passing", b"1", ttl=2)
        renewed = await store.create("/e/renewed", b"1", ttl=2)
        await store.update("/e/renewed", b"2", renewed)
        began = time.monotonic()
        async for batch in store.watch("/e/", start):
            if gone := [c for c in batch if c.value is None]:
                assert [c.key for c in gone] == ["/e/passing"] and gone[0].revision > made
                break
        assert time.monotonic() - began > 1.5
        assert [i.key for i in (await store.range("/e/")).items] == ["/e/kept", "/e/renewed"]

    scenario(story)


def test_a_closed_store_refuses(scenario: Callable[..., None]) -> None:
    async def story(store: Store) -> None:
        await store.close()
        with pytest.raises(StoreClosed):
            await store.create("/late", b"1")

    scenario(story)


def test_sqlite_never_counts_backwards_after_a_restart(tmp_path: pathlib.Path) -> None:
    async def story() -> None:
        path = str(tmp_path / "store.db")
        store = await SQLiteStore.open(path)
        made = await store.create("/a", b"1")
        gone = await store.delete("/a", made)
        await store.compact(gone)
        await store.close()
        store = await SQLiteStore.open(path)
        assert await store.revision() == gone
        assert await store.create("/b", b"1") == gone + 1
        await store.close()

    asyncio.run(story())
