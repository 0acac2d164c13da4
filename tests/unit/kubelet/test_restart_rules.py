"""Rules by exit code: who runs again, in which phase the Pod is meanwhile, and the restart of all containers."""

from __future__ import annotations

from typing import Any

import pytest

from kubelet import labels
from kubelet.runtime.types import RuntimeFailure, State
from tests.unit.kubelet.world import World, pod_of


def _container(name: str, action: str = "", code: int = 42, **more: Any) -> dict[str, Any]:
    made = {"name": name, "image": "img:1", **more}
    if action:
        rule = {"action": action, "exitCodes": {"operator": "In", "values": [code]}}
        made |= {"restartPolicy": "Never", "restartPolicyRules": [rule]}
    return made


def _runs(world: World, name: str) -> bool:
    found = world.runtime.containers.values()
    return any(d.labels.get(labels.CONTAINER_NAME) == name and d.state is State.RUNNING for d in found)


async def test_a_container_whose_rule_restarts_it_keeps_a_pod_running_that_never_restarts(world: World) -> None:
    await world.run(pod_of(restartPolicy="Never", containers=[_container("c", "Restart")]))
    world.runtime.end("c", 42)
    await world.until(lambda: world.status().restart_count == 1 and world.status().state.running)
    world.runtime.end("c", 42)
    await world.until(lambda: world.status().state.waiting)
    assert world.status().state.waiting.reason == "CrashLoopBackOff"
    assert world.pod().status.phase == "Running"
    await world.advance(11)
    await world.until(lambda: world.status().restart_count == 2 and world.status().state.running)
    world.runtime.end("c", 1)
    await world.until(lambda: world.pod().status.phase == "Failed")


async def test_an_init_container_whose_rule_restarts_it_does_not_fail_the_pod(world: World) -> None:
    world.cluster.add(pod_of(restartPolicy="Never", initContainers=[_container("i", "Restart")]))
    await world.until(lambda: _runs(world, "i"))
    for _ in range(2):
        world.runtime.end("i", 42)
        await world.advance(11)
        await world.until(lambda: _runs(world, "i"))
    assert world.pod().status.phase == "Pending"
    world.runtime.end("i", 0)
    await world.until(lambda: world.pod().status.phase == "Running")


async def test_a_rule_restarts_all_containers_in_place(world: World) -> None:
    pod = pod_of(
        restartPolicy="Never",
        initContainers=[_container("side", restartPolicy="Always"), _container("init")],
        containers=[_container("source", "RestartAllContainers"), _container("c")],
    )
    world.cluster.add(pod)
    await world.until(lambda: _runs(world, "init"))
    world.runtime.end("init", 0)
    await world.until(lambda: world.pod().status.phase == "Running")
    assert world.condition("AllContainersRestarting") == "False"
    boxes = len(world.calls("run_sandbox"))
    world.runtime.end("source", 42)
    await world.until(lambda: _runs(world, "init"))
    assert world.pod().status.phase == "Running"
    assert world.condition("Initialized") == "True"
    waiting = world.status().state.waiting
    assert waiting is not None
    world.runtime.end("init", 0)
    await world.until(lambda: world.status("web", "c").state.running and world.status("web", "source").state.running)
    assert len(world.calls("run_sandbox")) == boxes
    assert world.condition("AllContainersRestarting") == "False"
    for name in ("side", "init", "source", "c"):
        status = world.status("web", name)
        assert status.restart_count == 1, name
        assert status.last_state.terminated.reason == "RestartingAllContainers"
        assert status.last_state.terminated.exit_code == 137
    world.runtime.end("source", 42)
    await world.until(lambda: world.status("web", "init").restart_count == 2)


async def test_the_end_of_an_init_container_restarts_those_before_it(world: World) -> None:
    inits = [_container("side", restartPolicy="Always"), _container("init"), _container("i", "RestartAllContainers")]
    world.cluster.add(pod_of(restartPolicy="Never", initContainers=inits))
    for code in (42, 0):
        await world.until(lambda: _runs(world, "init"))
        world.runtime.end("init", 0)
        await world.until(lambda: _runs(world, "i"))
        world.runtime.end("i", code)
    await world.until(lambda: world.pod().status.phase == "Running")
    assert [world.status("web", name).restart_count for name in ("side", "init", "i", "c")] == [1, 1, 1, 0]


async def test_a_restart_of_all_that_the_kubelet_did_not_see_through_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(container_id: str) -> None:
        raise RuntimeFailure("removal is refused")

    containers = [_container("source", "RestartAllContainers"), _container("c")]
    await world.run(pod_of(restartPolicy="Never", containers=containers))
    monkeypatch.setattr(world.runtime, "remove_container", refuse)
    world.runtime.end("source", 42)
    await world.until(lambda: world.condition("AllContainersRestarting") == "True")
    reason = next(c for c in world.pod().status.conditions if c.type == "AllContainersRestarting")
    assert (reason.reason, reason.message) == (
        "RestartAllContainersStarted",
        "container exited with restart policy rule",
    )
    await world.stop()
    monkeypatch.undo()
    await world.start()
    await world.until(lambda: world.status("web", "c").restart_count == 1 and world.status("web", "c").state.running)
    assert world.status("web", "source").restart_count == 1
    await world.until(lambda: world.condition("AllContainersRestarting") == "False")


async def test_a_pod_that_cannot_restart_all_has_no_word_about_it(world: World) -> None:
    await world.run(pod_of(containers=[_container("c", "Restart")]))
    assert world.condition("AllContainersRestarting") == ""


async def test_a_container_with_a_policy_of_its_own_that_crashes_at_once_does_not_fail_the_pod(world: World) -> None:
    world.runtime.ends_at_once["c"] = 1
    world.cluster.add(pod_of(restartPolicy="Never", containers=[_container("c", restartPolicy="Always")]))
    await world.until(lambda: world.pod().status.container_statuses and world.status().restart_count == 1)
    assert world.pod().status.phase == "Running"
