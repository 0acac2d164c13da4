"""One controller against a fake cluster, run until nothing moves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from minik8s.client.controller import Controller, ControllerContext, ControllerRunner
from minik8s.client.events import EventRecorder
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster

_PATIENCE = 1000


class Running:
    """Controllers at work: `settle` after each change a test makes."""

    def __init__(self, cluster: FakeCluster, runner: ControllerRunner, recorder: EventRecorder) -> None:
        self.cluster = cluster
        self.runner = runner
        self.recorder = recorder

    @property
    def contexts(self) -> list[ControllerContext]:
        """The context of each controller."""
        return self.runner.contexts

    async def settle(self) -> None:
        """Run until no controller has work left and the cluster stands still; the clock does not move.

        Raises AssertionError when they never come to rest.
        """
        quiet, seen = 0, -1
        for _ in range(_PATIENCE):
            for _ in range(10):
                await asyncio.sleep(0)
            revision = self.cluster.server.store.revision
            idle = all(ctx.queue.idle for ctx in self.contexts) and revision == seen
            quiet, seen = (quiet + 1 if idle else 0), revision
            if quiet >= 3:
                return
        raise AssertionError("the controllers do not come to rest")

    async def advance(self, seconds: float) -> None:
        """Move the fake clock on, then settle."""
        clock = self.cluster.clock
        assert isinstance(clock, FakeClock)
        await clock.advance(seconds)
        await self.settle()


@contextlib.asynccontextmanager
async def running(cluster: FakeCluster, *controllers: Controller, workers: int = 1) -> AsyncIterator[Running]:
    """Controllers running against the cluster, settled once, ended with the block."""
    recorder = EventRecorder(cluster, "test")
    runner = ControllerRunner(cluster, recorder=recorder)
    for controller in controllers:
        runner.add(controller, workers)
    task = asyncio.create_task(runner.run())
    found = Running(cluster, runner, recorder)
    try:
        await found.settle()
        yield found
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await recorder.close()
