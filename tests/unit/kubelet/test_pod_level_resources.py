"""Resources of a Pod as a whole: what its status tells of them, and how they change in place."""

from __future__ import annotations

from typing import Any

import pytest

from kubelet.pods.resources import effective, resources_of
from kubelet.pods.status_writer import patch_between
from minik8s.api.core_v1 import Pod, ResourceRequirements
from tests.unit.kubelet.world import World, pod_of

WHOLE = {"requests": {"cpu": "1", "memory": "100Mi"}, "limits": {"cpu": "2", "memory": "200Mi"}}


def made(whole: dict[str, Any] | None = None, own: dict[str, Any] | None = None, **more: Any) -> Pod:
    more |= {} if whole is None else {"resources": whole}
    return pod_of(
        "a", containers=[{"name": "c", "image": "img:1", "resources": own or {}, **more.pop("c", {})}], **more
    )


def told(world: World) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    status = world.pod("a").status
    resources = status.resources or ResourceRequirements()
    return status.allocated_resources, resources.requests, resources.limits


def resize(world: World, **limits: str) -> None:
    def change(pod: Pod) -> None:
        assert pod.spec.resources is not None
        pod.spec.resources.limits |= limits
        pod.metadata.generation += 1

    world.cluster.modify(Pod, "a", change)


def test_a_container_without_limits_is_held_to_its_pods() -> None:
    pod = made(WHOLE, {"requests": {"cpu": "500m"}, "limits": {"cpu": "1"}})
    found = effective(pod, pod.spec.containers[0])
    assert (found.requests, found.limits) == ({"cpu": "500m"}, {"cpu": "1", "memory": "200Mi"})
    given = resources_of(pod, pod.spec.containers[0], 1 << 30)
    assert (given.cpu_quota, given.memory) == (100_000, 200 << 20)


async def test_the_status_tells_what_a_pod_has_as_a_whole(world: World) -> None:
    await world.run(made(WHOLE, {"requests": {"ephemeral-storage": "1Gi"}}))
    assert told(world) == (WHOLE["requests"] | {"ephemeral-storage": "1Gi"}, WHOLE["requests"], WHOLE["limits"])


@pytest.mark.parametrize(("other", "limits"), [({"limits": {"cpu": "1"}}, {"cpu": "3"}), ({}, {})])
async def test_containers_together_are_limited_where_each_is(
    world: World, other: dict[str, Any], limits: dict[str, str]
) -> None:
    first = {"requests": {"cpu": "1"}, "limits": {"cpu": "2", "memory": "1Gi"}}
    containers = [
        {"name": "c", "image": "img:1", "resources": first},
        {"name": "d", "image": "img:1", "resources": other},
    ]
    await world.run(pod_of("a", containers=containers))
    assert told(world) == ({"cpu": "1"}, {"cpu": "1"}, limits)


async def test_limits_of_the_pod_change_in_place(world: World) -> None:
    await world.run(made(WHOLE))
    resize(world, memory="300Mi")
    await world.until(lambda: told(world)[2]["memory"] == "300Mi")
    await world.until(lambda: not any("Resize" in c.type for c in world.pod("a").status.conditions))
    assert len(world.calls("update_resources")) == 1 and world.status("a").restart_count == 0
    await world.until(lambda: {"ResizeStarted", "ResizeCompleted"} <= set(world.reasons()))


async def test_a_container_with_limits_of_its_own_is_left_alone(world: World) -> None:
    await world.run(made(WHOLE, {"limits": {"cpu": "1", "memory": "1Mi"}}))
    resize(world, memory="300Mi")
    await world.until(lambda: "ResizeCompleted" in world.reasons())
    assert world.calls("update_resources") == [] and told(world)[2] == {"cpu": "2", "memory": "300Mi"}


async def test_a_container_that_wants_it_is_restarted_for_its_pods_limits(world: World) -> None:
    policy = [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]
    await world.run(made(WHOLE, c={"resizePolicy": policy}))
    resize(world, cpu="3")
    await world.until(lambda: "ResizeCompleted" in world.reasons())
    assert world.status("a").restart_count == 0
    resize(world, memory="300Mi")
    await world.until(lambda: world.status("a").restart_count == 1 and told(world)[2]["memory"] == "300Mi")


async def test_a_pod_that_does_not_fit_keeps_what_it_has(world: World) -> None:
    await world.run(made(WHOLE))

    def change(pod: Pod) -> None:
        assert pod.spec.resources is not None
        pod.spec.resources.requests["cpu"] = pod.spec.resources.limits["cpu"] = "64"
        pod.metadata.generation += 1

    world.cluster.modify(Pod, "a", change)
    await world.until(lambda: any(c.type == "PodResizePending" for c in world.pod("a").status.conditions))
    await world.settle()
    assert told(world)[0] == WHOLE["requests"] and told(world)[2] == WHOLE["limits"]


def test_a_patch_takes_out_what_is_gone_from_a_map() -> None:
    old = {"resources": {"requests": {"cpu": "1", "ephemeral-storage": "1Gi"}, "limits": {"cpu": "1"}}}
    new = {"resources": {"requests": {"cpu": "1"}, "claims": []}}
    assert patch_between(old, new) == {
        "resources": {"requests": {"ephemeral-storage": None}, "claims": [], "limits": None}
    }
