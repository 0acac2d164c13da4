from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from minik8s.api.core_v1 import Pod
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster
from scheduler.config import Configuration
from scheduler.scheduler import Scheduler


class Running:
    """A scheduler at work on a fake cluster; `settle` after each change."""

    def __init__(self, cluster: FakeCluster, configuration: Configuration | None = None) -> None:
        self.cluster = cluster
        self.scheduler = Scheduler(cluster, configuration, tie_breaker=random.Random(1))
        self.task = asyncio.create_task(self.scheduler.run())

    async def settle(self) -> None:
        quiet, seen = 0, -1
        for _ in range(2000):
            for _ in range(5):
                await asyncio.sleep(0)
            revision = self.cluster.server.store.revision
            still = revision == seen and self.scheduler.idle
            quiet, seen = (quiet + 1 if still else 0), revision
            if quiet >= 4:
                return
        raise AssertionError("the scheduler does not come to rest")

    async def clock_turns(self) -> None:
        """For Pods whose binding waits for something: let everything run that can."""
        for _ in range(500):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        clock = self.cluster.clock
        assert isinstance(clock, FakeClock)
        await clock.advance(seconds)
        await self.settle()

    def pod(self, name: str, namespace: str = "default") -> Pod:
        found = self.cluster.object(Pod, name, namespace)
        assert found is not None
        return found

    def node_of(self, name: str) -> str:
        return self.pod(name).spec.node_name

    def message(self, name: str) -> str:
        return next((c.message for c in self.pod(name).status.conditions if c.type == "PodScheduled"), "")

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
async def start(cluster: FakeCluster) -> AsyncIterator[object]:
    made: list[Running] = []

    async def run(configuration: Configuration | None = None, rest: bool = True) -> Running:
        running = Running(cluster, configuration)
        made.append(running)
        await (running.settle() if rest else running.clock_turns())
        return running

    yield run
    for running in made:
        await running.stop()
