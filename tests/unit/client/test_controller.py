from __future__ import annotations

from minik8s.api import core_v1
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.controller import ControllerContext
from minik8s.client.resources import split_key
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster


class Labeller:
    name = "labeller"

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.calls = 0

    def setup(self, ctx: ControllerContext) -> None:
        self.ctx = ctx
        self.maps = ctx.watch(core_v1.ConfigMap)

    async def reconcile(self, key: str) -> float | None:
        self.calls += 1
        namespace, name = split_key(key)
        found = self.maps.get(name, namespace)
        if found is None or "done" in found.data:
            return None
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not yet")
        await self.ctx.client.update(core_v1.ConfigMap(metadata=found.metadata, data={"done": "yes"}))
        self.ctx.recorder.event(found, "Normal", "Done", "it is done")
        return 60


async def test_a_controller_acts_on_what_is_there_and_what_comes() -> None:
    cluster = FakeCluster()
    cluster.add(core_v1.ConfigMap(metadata=ObjectMeta(name="a")))
    controller = Labeller()
    async with running(cluster, controller) as at_work:
        cluster.add(core_v1.ConfigMap(metadata=ObjectMeta(name="b")))
        await at_work.settle()
        assert [c.data for c in cluster.objects(core_v1.ConfigMap)] == [{"done": "yes"}] * 2
        await at_work.recorder.flush()
        assert {e.reason for e in cluster.objects(core_v1.Event)} == {"Done"}
        calls = controller.calls
        await at_work.advance(61)
        assert controller.calls == calls + 2


async def test_a_failure_is_repeated_after_a_pause() -> None:
    cluster = FakeCluster()
    cluster.add(core_v1.ConfigMap(metadata=ObjectMeta(name="a")))
    controller = Labeller(failures=2)
    async with running(cluster, controller) as at_work:
        assert controller.calls == 1
        await at_work.advance(0.006)
        assert controller.calls == 2
        await at_work.advance(0.011)
        assert cluster.objects(core_v1.ConfigMap)[0].data == {"done": "yes"}
