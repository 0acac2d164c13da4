"""Hollow nodes of one process: one watch of Nodes, and each knows its own as it is now."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from kubelet.hollow import SharedNodes, hollow_node
from minik8s.api.core_v1 import Node, Pod
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.kubelet.world import pod_of

CAPACITY = {"cpu": "4", "memory": "8Gi", "pods": "20"}


async def settle(cluster: FakeCluster) -> None:
    clock = cluster.clock
    assert isinstance(clock, FakeClock)
    for _ in range(20):
        await clock.settle()
        await asyncio.sleep(0.002)


@pytest.fixture
async def two() -> AsyncIterator[FakeCluster]:
    cluster = FakeCluster(FakeClock())
    shared = SharedNodes(cluster)
    tasks = [asyncio.create_task(shared.run())]
    for index, name in enumerate(("n1", "n2")):
        tasks.append(asyncio.create_task(hollow_node(cluster, name, index, dict(CAPACITY), None, shared)))
    await settle(cluster)
    yield cluster
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_label_set_just_now_lets_a_pod_in(two: FakeCluster) -> None:
    assert len([a for a in two.requests("watch", "nodes")]) == 1
    two.modify(Node, "n1", lambda node: node.metadata.labels.update(colour="green"))
    two.add(pod_of(nodeSelector={"colour": "green"}))
    await settle(two)
    found = two.object(Pod, "web")
    assert found is not None and (found.status.phase, found.status.reason) == ("Running", "")


async def test_a_node_that_was_deleted_comes_again(two: FakeCluster) -> None:
    two.remove(Node, "n2")
    await settle(two)
    assert two.object(Node, "n2") is not None
