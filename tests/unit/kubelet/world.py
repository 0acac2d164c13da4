"""A kubelet on a fake engine, a fake cluster and a fake clock, and the hands to move them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from kubelet.core import Kubelet
from kubelet.options import KubeletConfiguration, Settings
from kubelet.runtime.fake import FakeRuntime
from minik8s.api.core_v1 import ContainerStatus, Event, Pod
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster

CAPACITY = {"cpu": "4", "memory": "8Gi", "ephemeral-storage": "100Gi", "pods": "20"}
PATIENCE_SECONDS = 10.0
"""Of real time: worker threads of a busy machine may need some."""


def pod_of(name: str = "web", **spec: Any) -> Pod:
    """A Pod bound to node `n1`, as the API server would have filled it in."""
    spec.setdefault("containers", [{"name": "c", "image": "img:1"}])
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            if probe in container:
                defaults = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
                container[probe] = defaults | container[probe]
    document = {
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "generation": 1},
        "spec": {"nodeName": "n1", "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, **spec},
        "status": {"phase": "Pending"},
    }
    return msgspec.convert(document, Pod)


class World:
    """Everything of one test."""

    def __init__(self, root: Path) -> None:
        self.clock = FakeClock()
        self.cluster = FakeCluster(self.clock)
        self.runtime = FakeRuntime(self.clock)
        self.root = root
        self.config = KubeletConfiguration(eviction_hard={}, max_pods=20)
        self.settings = Settings("n1", ("10.0.0.1",), root, root / "cni", (), hostname="n1")
        self.kubelet: Kubelet | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.kubelet = Kubelet(
            self.cluster, self.runtime, self.settings, self.config, capacity=dict(CAPACITY), hollow=True
        )
        self._task = asyncio.create_task(self.kubelet.run())
        await self.until(lambda: bool(self.cluster.requests("create", "nodes")) or bool(self.kubelet.agent.node))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def settle(self) -> None:
        for _ in range(3):
            await self.clock.settle()
            # Worker threads read files: they need a moment of real time.
            await asyncio.sleep(0.002)
        await self.clock.settle()

    async def until(self, check: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            await self.clock.settle()
            if check():
                return
            await asyncio.sleep(0.002)
        raise AssertionError("it does not come to that")

    async def advance(self, seconds: float) -> None:
        await self.settle()
        await self.clock.advance(seconds)
        await self.settle()

    def pod(self, name: str = "web") -> Pod:
        found = self.cluster.object(Pod, name)
        assert found is not None, f"no pod {name}"
        return found

    def status(self, name: str = "web", container: str = "c") -> ContainerStatus:
        status = self.pod(name).status
        statuses = (*status.container_statuses, *status.init_container_statuses, *status.ephemeral_container_statuses)
        return next(s for s in statuses if s.name == container)

    def condition(self, kind: str, name: str = "web") -> str:
        return next((c.status for c in self.pod(name).status.conditions if c.type == kind), "")

    async def run(self, pod: Pod, phase: str = "Running") -> None:
        self.cluster.add(pod)
        await self.until(lambda: self.pod(pod.metadata.name).status.phase == phase)

    def events(self) -> list[tuple[str, str]]:
        return [(e.reason, e.message) for e in self.cluster.objects(Event)]

    def reasons(self) -> list[str]:
        return [reason for reason, _ in self.events()]

    def calls(self, verb: str) -> list[str]:
        return [about for called, about in self.runtime.calls if called == verb]


@contextlib.asynccontextmanager
async def running(root: Path, prepare: Callable[[World], None] | None = None) -> AsyncIterator[World]:
    world = World(root)
    if prepare is not None:
        prepare(world)
    await world.start()
    try:
        yield world
    finally:
        await world.stop()
