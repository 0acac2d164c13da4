from __future__ import annotations

import json
from typing import Any

from minik8s.api.core_v1 import Pod, PodCondition
from tests.unit.kubelet.world import World, pod_of


def sized(name: str, cpu: str, **more: Any) -> Pod:
    resources = {"requests": {"cpu": cpu}}
    return pod_of(name, containers=[{"name": "c", "image": "img:1", "resources": resources}], **more)


def resize(world: World, name: str, cpu: str) -> None:
    def change(pod: Pod) -> None:
        pod.spec.containers[0].resources.requests["cpu"] = cpu
        pod.metadata.generation += 1

    world.cluster.modify(Pod, name, change)


def pending(world: World, name: str) -> PodCondition | None:
    return next((c for c in world.pod(name).status.conditions if c.type == "PodResizePending"), None)


def allocated(world: World, name: str) -> str:
    return world.status(name).allocated_resources["cpu"]


async def test_a_resize_is_done_in_place(world: World) -> None:
    await world.run(sized("a", "1"))
    resize(world, "a", "2")
    await world.until(lambda: allocated(world, "a") == "2")
    await world.until(lambda: not any("Resize" in c.type for c in world.pod("a").status.conditions))
    assert world.status("a").restart_count == 0 and len(world.calls("update_resources")) == 1
    await world.until(lambda: {"ResizeStarted", "ResizeCompleted"} <= set(world.reasons()))


async def test_a_resize_that_does_not_fit_waits_for_another_to_leave(world: World) -> None:
    await world.run(sized("big", "2", terminationGracePeriodSeconds=0))
    await world.run(sized("a", "1"))
    resize(world, "a", "3")
    await world.until(lambda: pending(world, "a"))
    found = pending(world, "a")
    assert found is not None and (found.status, found.reason, found.observed_generation) == ("True", "Deferred", 2)
    assert found.message == "Node didn't have enough resource: cpu, requested: 3000, used: 2000, capacity: 4000"
    assert allocated(world, "a") == "1" and world.calls("update_resources") == []
    text = next(message for reason, message in world.events() if reason == "ResizeDeferred")
    told = json.loads(text.removeprefix("Pod resize Deferred: "))
    assert told["containers"][0]["resources"] == {"requests": {"cpu": "3"}} and told["error"] == found.message
    await world.cluster.delete(Pod, "big", "default", grace_period_seconds=0)
    await world.until(lambda: allocated(world, "a") == "3")
    await world.until(lambda: pending(world, "a") is None)


async def test_what_waits_takes_no_room_and_a_restarted_container_has_what_it_had(world: World) -> None:
    await world.run(sized("big", "2"))
    await world.run(sized("a", "1"))
    resize(world, "a", "3")
    await world.until(lambda: pending(world, "a"))
    await world.run(sized("late", "1"))
    world.runtime.end("c", 1)
    await world.until(lambda: world.pod("a").status.container_statuses[0].state.running)
    assert allocated(world, "a") == "1"


async def test_a_shrinking_pod_makes_room(world: World) -> None:
    await world.run(sized("big", "2"))
    await world.run(sized("a", "1"))
    resize(world, "a", "3")
    await world.until(lambda: pending(world, "a"))
    resize(world, "big", "1")
    await world.until(lambda: allocated(world, "a") == "3" and pending(world, "a") is None)


async def test_a_new_kubelet_knows_what_was_put_off(world: World) -> None:
    await world.run(sized("big", "2", terminationGracePeriodSeconds=0))
    await world.run(sized("a", "1"))
    resize(world, "a", "3")
    await world.until(lambda: pending(world, "a"))
    await world.stop()
    await world.start()
    await world.settle()
    assert pending(world, "a") is not None and allocated(world, "a") == "1"
    await world.cluster.delete(Pod, "big", "default", grace_period_seconds=0)
    await world.until(lambda: allocated(world, "a") == "3" and pending(world, "a") is None)


async def test_a_changed_limit_alone_restarts_where_the_policy_says_so(world: World) -> None:
    resources = {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}
    policy = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]
    await world.run(
        pod_of("a", containers=[{"name": "c", "image": "img:1", "resources": resources, "resizePolicy": policy}])
    )

    def change(pod: Pod) -> None:
        pod.spec.containers[0].resources.limits["cpu"] = "3"
        pod.metadata.generation += 1

    world.cluster.modify(Pod, "a", change)
    await world.until(lambda: world.status("a").restart_count == 1 and world.status("a").state.running)
    assert world.calls("update_resources") == []
