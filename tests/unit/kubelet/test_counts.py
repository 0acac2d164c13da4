"""What the kubelet counts of the lives of Pods and containers."""

from __future__ import annotations

from minik8s.daemon import metrics
from tests.unit.kubelet.world import World, pod_of


def count(name: str, **labels: str) -> float:
    return metrics.registry().get_sample_value(f"kubelet_{name}_total", labels) or 0.0


async def test_starts_and_ends_are_counted_once_by_kind_code_and_reason(world: World) -> None:
    def counts() -> list[float]:
        return [
            count("started_pods"),
            count("started_containers", container_type="init_container"),
            count("started_containers", container_type="container"),
            count("terminated_containers", container_type="init_container", exit_code="0", reason="Completed"),
            count("terminated_containers", container_type="container", exit_code="139", reason="Error"),
        ]

    before = counts()
    await world.run(pod_of(restartPolicy="Never", initContainers=[{"name": "first", "image": "img:1"}]), "Pending")
    world.runtime.end("first", 0)
    await world.until(lambda: world.pod().status.phase == "Running")
    world.runtime.end("c", 139)
    await world.until(lambda: world.pod().status.phase == "Failed")
    await world.advance(60.0)
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [1, 1, 1, 1, 1]


async def test_containers_that_ended_before_are_not_counted_again(world: World) -> None:
    labels = {"container_type": "container", "exit_code": "3", "reason": "Error"}
    before = count("terminated_containers", **labels)
    await world.run(pod_of(restartPolicy="Never"))
    world.runtime.end("c", 3)
    await world.until(lambda: world.pod().status.phase == "Failed")
    await world.stop()
    await world.start()
    await world.settle()
    assert count("terminated_containers", **labels) - before == 1
