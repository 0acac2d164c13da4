from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from minik8s.api import core_v1
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.config import ConfigError
from minik8s.client.informer import Informers
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster


def pod(name: str, node: str = "", namespace: str = "default") -> core_v1.Pod:
    return core_v1.Pod(metadata=ObjectMeta(name=name, namespace=namespace), spec=core_v1.PodSpec(node_name=node))


@contextlib.asynccontextmanager
async def started(cluster: FakeCluster) -> AsyncIterator[Informers]:
    informers = Informers(cluster)
    try:
        yield informers
    finally:
        await informers.stop()


def node_of(pod: core_v1.Pod) -> list[str]:
    return [pod.spec.node_name]


async def settle(cluster: FakeCluster) -> None:
    assert isinstance(cluster.clock, FakeClock)
    await cluster.clock.settle()


async def test_a_cache_lists_then_follows() -> None:
    cluster = FakeCluster()
    cluster.add(pod("a", "n1"), pod("b", "n2"))
    seen: list[tuple[str, str]] = []
    async with started(cluster) as informers:
        pods = informers.of(core_v1.Pod, indexers={"node": node_of})
        pods.on_change(
            lambda old, new: seen.append((old.metadata.name if old else "", new.metadata.name if new else ""))
        )
        await informers.start()
        await informers.synced()
        assert [p.metadata.name for p in pods.by_index("node", "n1")] == ["a"]
        cluster.modify(core_v1.Pod, "a", lambda p: setattr(p.spec, "node_name", "n2"))
        cluster.add(pod("c"))
        cluster.remove(core_v1.Pod, "b")
        await settle(cluster)
        assert sorted(p.metadata.name for p in pods.list("default")) == ["a", "c"]
        assert pods.by_index("node", "n1") == []
        assert seen == [("", "a"), ("", "b"), ("a", "a"), ("", "c"), ("b", "")]


async def test_equal_requests_share_a_cache_and_others_do_not() -> None:
    async with started(FakeCluster()) as informers:
        plain = informers.of(core_v1.Pod)
        assert informers.of(core_v1.Pod, indexers={"node": node_of}) is plain
        assert informers.of(core_v1.Pod, indexers={"node": lambda p: []}) is not plain
        assert informers.of(core_v1.Pod, namespace="x") is not plain
        assert informers.of(core_v1.Pod, field_selector="spec.nodeName=n") is not plain


async def test_a_handler_added_late_is_told_what_is_there() -> None:
    cluster = FakeCluster()
    cluster.add(pod("a"))
    async with started(cluster) as informers:
        pods = informers.of(core_v1.Pod)
        await informers.start()
        await informers.synced()
        names: list[str] = []
        pods.on_change(lambda old, new: names.append(new.metadata.name if new else ""))
        assert names == ["a"]


async def test_a_watch_that_ends_is_begun_again_without_a_list() -> None:
    cluster = FakeCluster()
    async with started(cluster) as informers:
        pods = informers.of(core_v1.Pod)
        await informers.start()
        await informers.synced()
        await settle(cluster)
        cluster.add(pod("a"))
        await settle(cluster)
        cluster.drop_watches()
        await settle(cluster)
        cluster.add(pod("b"))
        await settle(cluster)
        assert len(pods.list()) == 2
        assert len(cluster.requests("list")) == 1


async def test_an_expired_version_lists_again_and_tells_what_went() -> None:
    cluster = FakeCluster()
    cluster.add(pod("a"), pod("b"))
    async with started(cluster) as informers:
        pods = informers.of(core_v1.Pod)
        await informers.start()
        await informers.synced()
        await settle(cluster)
        gone: list[str] = []
        pods.on_change(lambda old, new: gone.append(old.metadata.name) if old and not new else None)
        cluster.add(pod("z"))
        await settle(cluster)
        cluster.drop_watches()
        cluster.remove(core_v1.Pod, "a")
        cluster.compact()
        await settle(cluster)
        assert gone == ["a"]
        assert sorted(p.metadata.name for p in pods.list()) == ["b", "z"]
        assert len(cluster.requests("list")) == 2


async def test_failures_are_tried_again_with_pauses() -> None:
    cluster = FakeCluster()
    cluster.offline = True
    cluster.add(pod("a"))
    async with started(cluster) as informers:
        pods = informers.of(core_v1.Pod)
        await informers.start()
        await settle(cluster)
        assert not pods.has_synced and informers.unsynced == ["pods"]
        cluster.offline = False
        assert isinstance(cluster.clock, FakeClock)
        await cluster.clock.advance(2)
        await asyncio.wait_for(informers.synced(), 1)


async def test_selected_objects_come_and_go_with_their_fields() -> None:
    cluster = FakeCluster()
    cluster.add(pod("a"))
    async with started(cluster) as informers:
        pods = informers.of(core_v1.Pod, field_selector="spec.nodeName=n1")
        await informers.start()
        await informers.synced()
        await settle(cluster)
        assert pods.list() == []
        cluster.modify(core_v1.Pod, "a", lambda p: setattr(p.spec, "node_name", "n1"))
        await settle(cluster)
        assert len(pods.list()) == 1


async def test_credentials_that_cannot_be_read_are_waited_for_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = FakeCluster()
    cluster.add(pod("a"))
    listed, broken = cluster.list, [ConfigError("the token file /x is empty")] * 3

    async def fails(*args: Any, **given: Any) -> Any:
        if broken:
            raise broken.pop()
        return await listed(*args, **given)

    cluster.list = fails  # type: ignore[method-assign]
    clock = cluster.clock
    assert isinstance(clock, FakeClock)
    async with started(cluster) as informers:
        pods = informers.of(core_v1.Pod)
        await informers.start()
        for _ in range(3):
            await clock.settle()
            await clock.advance(60)
        await clock.settle()
        assert pods.has_synced and not broken
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
