"""The caches start anew when history does not reach back to where they are: all at once, and everybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from apiserver.storage.cacher import Cacher, NotCaughtUp
from apiserver.storage.entry import Form
from apiserver.storage.layer import Layer
from apiserver.storage.sqlite import SQLiteStore
from apiserver.storage.store import Change, Page, Store, StoreUnavailable
from apiserver.storage.watchers import Change as Seen
from apiserver.storage.watchers import Watcher
from minik8s.testing.fake_clock import FakeClock

HEAD = b'{"kind":"Pod","apiVersion":"v1","metadata":{'
PODS = "/registry/pods/default/"


class Shaky(Layer):
    """A store whose watch breaks, and whose ranges can be held up."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.broken = False
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.asked = asyncio.Event()

    async def watch(self, prefix: str, after: int) -> AsyncIterator[list[Change]]:
        async for batch in self.inner.watch(prefix, after):
            if self.broken:
                raise StoreUnavailable("nobody answers")
            yield batch

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        page = await self.inner.range(prefix, start=start, limit=limit, revision=revision)
        self.asked.set()
        await self.go_on.wait()
        return page


def value(name: str) -> bytes:
    return HEAD + f'"name":"{name}"}}}}'.encode()


async def until(condition: object) -> None:
    async with asyncio.timeout(30):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.001)


async def test_behind_history_the_caches_start_anew(tmp_path: Path) -> None:
    store = Shaky(await SQLiteStore.open(str(tmp_path / "db")))
    clock = FakeClock()
    cacher = Cacher(store, clock=clock)
    form = Form("Pod", "v1", namespaced=True, decode=bytes, select=None, keep_decoded=False)
    cache = cacher.add("", "pods", form)
    kept, changed = await store.create(PODS + "kept", value("kept")), await store.create(PODS + "changed", value("c"))
    gone = await store.create(PODS + "gone", value("gone"))
    await cacher.start()
    told: list[Seen] = []
    cache.listeners.append(told.append)
    stopped: list[str] = []
    format_ = SimpleNamespace(key="json")
    watcher = Watcher((), None, format_, lambda frames: None, stopped.append, bookmarks=False, last=0)  # type: ignore[arg-type]

    store.broken = True
    await store.update(PODS + "changed", value("changed"), changed)
    await until(lambda: cacher.problem)
    await store.delete(PODS + "gone", gone)
    new = await store.create(PODS + "new", value("new"))
    await store.compact(new)
    store.broken = False
    store.asked.clear()
    store.go_on.clear()
    await clock.advance(1)
    await until(store.asked.is_set)
    # Half way: what there was before is shown whole, and who begins to watch now is stopped later.
    assert [e.name for e in cache.ordered()] == ["changed", "gone", "kept"]
    cache.watchers.add(watcher)
    store.go_on.set()
    assert await cacher.fresh() == new
    assert [(e.name, e.revision > changed) for e in cache.ordered()] == [
        ("changed", True), ("kept", False), ("new", True),
    ]  # fmt: skip
    assert {(c.new or c.old).name: (c.old is not None, c.new is not None) for c in told} == {  # type: ignore[union-attr]
        "changed": (True, True), "new": (False, True), "gone": (True, False),
    }  # fmt: skip
    assert stopped == ["too old"] and cacher.problem == ""
    cache.watchers.remove(watcher)
    assert cache.changes_since(kept) is None and cache.changes_since(new) == []
    # And it goes on from there.
    later = await store.create(PODS + "later", value("later"))
    await cacher.wait_for(later)
    assert told[-1].new is not None and told[-1].new.name == "later"
    await cacher.stop()
    await store.close()


async def test_what_the_store_holds_goes_to_the_caches_it_is_of(tmp_path: Path) -> None:
    store = await SQLiteStore.open(str(tmp_path / "db"))
    foo = b'{"kind":"Foo","apiVersion":"a.example/v1","metadata":{'
    for key, head in (
        ("/registry/nobody", HEAD),
        ("/registry/a.example/bars/x/hidden", HEAD),
        ("/registry/a.example/foos/x/f2", foo),
        ("/registry/a.example/foos/y/f1", foo),
        ("/registry/a.example/foosball/x/hidden", HEAD),
        ("/registry/minions/n1", HEAD),
        ("/registry/pods/default/broken", foo),
        ("/registry/pods/default/p1", HEAD),
        ("/registry/pods/kube-system/p0", HEAD),
        ("/registry/podtemplates/default/hidden", HEAD),
        ("/registry/unserved/x/hidden", HEAD),
    ):
        await store.create(key, head + b'"name":"any"}}')
    cacher = Cacher(store, clock=FakeClock())
    pods = cacher.add("", "pods", Form("Pod", "v1", namespaced=True, decode=bytes, select=None, keep_decoded=False))
    nodes = cacher.add("", "nodes", Form("Pod", "v1", namespaced=False, decode=bytes, select=None, keep_decoded=False))
    form = Form("Foo", "a.example/v1", namespaced=True, decode=bytes, select=None, keep_decoded=False)
    foos = cacher.add("a.example", "foos", form)
    await cacher.start()
    assert [(e.namespace, e.name) for e in pods.ordered()] == [("default", "p1"), ("kube-system", "p0")]
    assert [(e.namespace, e.name) for e in nodes.ordered()] == [("", "n1")]
    assert [(e.namespace, e.name) for e in foos.ordered()] == [("x", "f2"), ("y", "f1")]
    entry = pods.get("default", "p1")
    assert entry is not None and entry.revision == entry.created
    assert entry.wire == HEAD + b'"resourceVersion":"%d","name":"any"}}' % entry.revision
    assert cacher.revision == await store.revision()
    await cacher.stop()
    await store.close()


class Silent(Layer):
    """A store whose first watches are open and tell nothing."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.watches = 0

    async def watch(self, prefix: str, after: int) -> AsyncIterator[list[Change]]:
        self.watches += 1
        async for batch in self.inner.watch(prefix, after):
            if self.watches > 2:
                yield batch


async def test_a_watch_that_is_silent_about_what_is_there_is_begun_anew(tmp_path: Path) -> None:
    store = Silent(await SQLiteStore.open(str(tmp_path / "db")))
    cacher = Cacher(store, clock=FakeClock())
    cache = cacher.add("", "pods", Form("Pod", "v1", namespaced=True, decode=bytes, select=None, keep_decoded=False))
    await cacher.start()
    try:
        await until(lambda: store.watches == 1)
        revision = await store.create(f"{PODS}p0", value("p0"))
        for watches in (2, 3):
            with pytest.raises(NotCaughtUp):
                await cacher.wait_for(revision, 0.05)
            await until(lambda wanted=watches: store.watches == wanted)
        await cacher.wait_for(revision)
        assert cache.get("default", "p0") is not None
        # One that tells is left alone, however late it is.
        with pytest.raises(NotCaughtUp):
            waiting = asyncio.create_task(cacher.wait_for(revision + 5, 1))
            await store.create(f"{PODS}p9", value("p9"))
            await waiting
        assert store.watches == 3
    finally:
        await asyncio.wait_for(cacher.stop(), 5)
        await store.close()


async def test_what_changed_long_ago_is_forgotten(tmp_path: Path) -> None:
    store = await SQLiteStore.open(str(tmp_path / "db"))
    clock = FakeClock()
    cacher = Cacher(store, clock=clock)
    cache = cacher.add("", "pods", Form("Pod", "v1", namespaced=True, decode=bytes, select=None, keep_decoded=False))
    await cacher.start()
    before = cacher.revision
    first = await store.create(PODS + "a", value("a"))
    second = await store.update(PODS + "a", value("a2"), first)
    await cacher.wait_for(second)
    for _ in range(5):
        await clock.advance(60)
        assert len(cache.changes_since(before) or ()) == 2
    third = await store.update(PODS + "a", value("a3"), second)
    await cacher.wait_for(third)
    await clock.advance(60)
    # A minute's revision is known at its end: what was five minutes old then.
    assert cache.changes_since(before) is None
    assert [change.revision for change in cache.changes_since(second) or ()] == [third]
    await clock.advance(600)
    assert cache.changes_since(second) is None and cache.changes_since(third) == []
    assert cache._bytes == 0
    await cacher.stop()
    await store.close()
