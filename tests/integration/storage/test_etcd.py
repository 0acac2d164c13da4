"""What only etcd can do to us: answers that get lost, members that fail, several servers on one store."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from apiserver.storage.etcd.compactor import COMPACT_KEY, compact_forever
from apiserver.storage.etcd.endpoints import EtcdSettings
from apiserver.storage.etcd.store import EtcdStore
from apiserver.storage.store import (
    Change,
    Compacted,
    KeyExists,
    RevisionConflict,
    StoreError,
    StoreUnavailable,
    ValueTooLarge,
)
from minik8s.testing.fake_clock import FakeClock
from tests.support.etcd_servers import Cluster

pytestmark = [pytest.mark.etcd, pytest.mark.skipif(not shutil.which("etcd"), reason="no etcd")]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Any:
    cluster = Cluster(tmp_path_factory.mktemp("etcd"))
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
async def store(cluster: Cluster) -> AsyncIterator[EtcdStore]:
    store = await EtcdStore.open(cluster.settings)
    yield store
    await store.close()


def lost(*, carried_out: bool, then: Any = None) -> Any:
    """A replacement for a member's txn whose first answer gets lost; `then` happens before the second attempt."""

    def wrap(real: Any) -> Any:
        calls = 0

        async def txn(request: Any, timeout: float) -> Any:
            nonlocal calls
            calls += 1
            if calls > 1:
                return await real(request, timeout=timeout)
            if carried_out:
                assert (await real(request, timeout=timeout)).succeeded
            if then is not None:
                await then()
            raise grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), "lost")

        return txn

    return wrap


def lose(store: EtcdStore, **how: Any) -> None:
    calls = store.endpoints._members[0].calls
    calls["txn"] = lost(**how)(calls["txn"])


async def history(store: EtcdStore, key: str, after: int, count: int) -> list[Change]:
    seen: list[Change] = []
    async for batch in store.watch(key, after):
        seen += batch
        if len(seen) >= count:
            break
    return seen


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_write_whose_answer_was_lost_is_done_once(store: EtcdStore, carried_out: bool) -> None:
    key = f"/lost/{carried_out}"
    start = await store.revision()
    lose(store, carried_out=carried_out)
    made = await store.create(key, b"1")
    lose(store, carried_out=carried_out)
    changed = await store.update(key, b"2", made)
    lose(store, carried_out=carried_out)
    gone = await store.delete(key, changed)
    await store.create(key, b"end")
    seen = await history(store, key, start, 4)
    assert [(c.value, c.revision) for c in seen][:3] == [(b"1", made), (b"2", changed), (None, gone)]
    assert [c.value for c in seen[3:]] == [b"end"]


async def test_a_lost_write_is_found_again_below_what_others_wrote_since(cluster: Cluster, store: EtcdStore) -> None:
    other = await EtcdStore.open(cluster.settings)

    async def replace() -> None:
        current = await other.get("/over")
        assert current is not None
        await other.delete("/over", current.mod_revision)
        await other.create("/over", b"other")

    lose(store, carried_out=True, then=replace)
    made = await store.create("/over", b"mine")
    assert made == (await store.revision()) - 2
    current = await store.get("/over")
    assert current is not None and current.value == b"other"

    async def change() -> None:
        found = await other.get("/over")
        assert found is not None
        await other.update("/over", b"third", found.mod_revision)

    lose(store, carried_out=True, then=change)
    assert await store.update("/over", b"second", current.mod_revision) == await store.revision() - 1
    await other.close()


async def test_a_write_that_another_came_before_is_refused_although_its_first_answer_was_lost(
    cluster: Cluster, store: EtcdStore
) -> None:
    other = await EtcdStore.open(cluster.settings)
    lose(store, carried_out=False, then=lambda: other.create("/raced", b"other"))
    with pytest.raises(KeyExists):
        await store.create("/raced", b"mine")
    found = await store.get("/raced")
    assert found is not None
    lose(store, carried_out=False, then=lambda: other.update("/raced", b"other2", found.mod_revision))
    with pytest.raises(RevisionConflict) as met:
        await store.update("/raced", b"mine", found.mod_revision)
    assert met.value.current is not None and met.value.current.value == b"other2"
    await other.close()


async def test_errors_say_what_is_wrong(store: EtcdStore, tmp_path: Path) -> None:
    with pytest.raises(ValueTooLarge, match="request is too large"):
        await store.create("/large", b"x" * 1_800_000)
    with pytest.raises(StoreError, match=r"--etcd-cafile: cannot read .*: No such file"):
        await EtcdStore.open(EtcdSettings(("https://127.0.0.1:1",), ca_file=str(tmp_path / "no")))
    with pytest.raises(StoreError, match="must be given together"):
        await EtcdStore.open(EtcdSettings(("https://127.0.0.1:1",), cert_file="x"))
    with pytest.raises(StoreError, match="is no URL like"):
        await EtcdStore.open(EtcdSettings(("ftp://x",)))


async def test_an_etcd_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apiserver.storage.etcd.endpoints._TOGETHER", 0.3)
    with pytest.raises(StoreUnavailable, match="etcd at http://127.0.0.1:1 does not answer"):
        await EtcdStore.open(EtcdSettings(("http://127.0.0.1:1",)))


async def test_of_several_servers_one_compacts_in_each_interval(cluster: Cluster) -> None:
    clock = FakeClock()
    stores = [await EtcdStore.open(cluster.settings) for _ in range(2)]
    compacted: list[int] = []
    for each in stores:
        real = each.compact

        async def compact(revision: int, real: Any = real) -> None:
            compacted.append(revision)
            await real(revision)

        each.compact = compact  # type: ignore[method-assign]
    tasks = [asyncio.create_task(compact_forever(each, 300, clock)) for each in stores]
    await asyncio.sleep(0)
    first = await stores[0].create("/compacted/a", b"1")
    for turn in range(1, 6):
        await clock.advance(300)
        async with asyncio.timeout(30):
            while (found := await stores[0].get(COMPACT_KEY)) is None or len(clock._sleepers) < 2:
                await asyncio.sleep(0.01)
        if turn == 2:
            await stores[0].update("/compacted/a", b"2", first)
    assert found.value.isdigit() and int(found.value) > first
    assert compacted == sorted(set(compacted)) and len(compacted) >= 2
    with pytest.raises(Compacted):
        await stores[1].range("/compacted/", revision=first)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for each in stores:
        await each.close()


@pytest.mark.slow
async def test_three_members_over_tls_one_killed_one_hung(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, 3, tls=True)
    cluster.start()
    try:
        store = await EtcdStore.open(cluster.settings)
        start = await store.revision()
        seen: list[Change] = []

        async def follow() -> None:
            async for batch in store.watch("", start):
                seen.extend(batch)

        following = asyncio.create_task(follow())
        revisions: list[int] = []

        async def write(name: str) -> None:
            for n in range(60):
                revisions.append(await store.create(f"/{name}/{n}", b"v"))
                await asyncio.sleep(0.005)

        writers = [asyncio.create_task(write(f"w{n}")) for n in range(4)]
        await asyncio.sleep(0.1)
        cluster.members[0].kill()
        await asyncio.gather(*writers)
        cluster.members[0].start()
        cluster.wait(cluster.members[0])
        current = next(m for m in cluster.members if m.url == store.endpoints.current)
        current.signal(signal.SIGSTOP)
        await asyncio.wait_for(write("late"), 20)
        current.signal(signal.SIGCONT)
        async with asyncio.timeout(10):
            while len(seen) < len(revisions):
                await asyncio.sleep(0.02)
        assert [c.revision for c in seen] == sorted(revisions)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await store.close()
    finally:
        cluster.stop()


async def test_a_watch_begun_at_a_member_that_is_given_up_goes_on_at_the_next(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apiserver.storage.etcd.endpoints._ATTEMPT", 0.3)
    # It takes connections and never says a word.
    silent = await asyncio.start_server(lambda reader, writer: asyncio.sleep(60), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    store = EtcdStore(EtcdSettings((url, *cluster.settings.servers)))
    other = await EtcdStore.open(cluster.settings)
    start = await other.revision()
    seen: list[Change] = []

    async def follow() -> None:
        async for batch in store.watch("/moved/", start):
            seen.extend(batch)

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.1)
    assert await store.create("/moved/a", b"1") > start
    async with asyncio.timeout(30):
        while not seen:
            assert not following.done()
            await asyncio.sleep(0.01)
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    await store.close()
    await other.close()
    silent.close()
