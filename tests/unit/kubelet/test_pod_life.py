"""A Pod's life as the API sees it: it runs, restarts, fails, ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubelet.runtime.types import State
from minik8s.api.coordination_v1 import Lease
from minik8s.api.core_v1 import Node, Pod
from tests.unit.kubelet.world import World, pod_of, running


def node_ready(world: World) -> str:
    node = world.cluster.object(Node, "n1")
    return next(c.status for c in node.status.conditions if c.type == "Ready")


async def test_the_node_registers_and_keeps_a_lease(world: World) -> None:
    node = world.cluster.object(Node, "n1")
    assert node is not None
    assert node.metadata.labels["kubernetes.io/hostname"] == "n1"
    await world.until(
        lambda: any(
            c.type == "Ready" and c.status == "True" for c in world.cluster.object(Node, "n1").status.conditions
        )
    )
    assert world.cluster.object(Node, "n1").status.capacity["cpu"] == "4"
    await world.until(lambda: world.cluster.object(Lease, "n1", "kube-node-lease"))
    first = world.cluster.object(Lease, "n1", "kube-node-lease").spec.renew_time
    await world.advance(11)
    assert world.cluster.object(Lease, "n1", "kube-node-lease").spec.renew_time > first


async def test_a_quiet_node_does_not_repeat_its_status(world: World) -> None:
    await world.advance(30)
    before = len(world.cluster.requests("patch", "nodes/status"))
    await world.advance(120)
    assert len(world.cluster.requests("patch", "nodes/status")) == before
    await world.advance(300)
    assert len(world.cluster.requests("patch", "nodes/status")) > before


async def test_a_pod_runs_with_one_status_write(world: World) -> None:
    await world.run(pod_of())
    pod = world.pod()
    assert pod.status.pod_ip.startswith("10.200.")
    assert pod.status.host_ip == "10.0.0.1"
    assert pod.status.qos_class == "BestEffort"
    for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready", "PodReadyToStartContainers"):
        assert world.condition(kind) == "True"
    status = world.status()
    assert status.ready and status.started and status.restart_count == 0
    assert status.container_id.startswith("fake://")
    assert len(world.cluster.requests("patch", "pods/status")) == 1
    await world.until(lambda: "Started" in world.reasons())
    assert {"Pulled", "Created", "Started"} <= set(world.reasons())


async def test_a_slow_start_is_reported_as_pending(world: World) -> None:
    world.runtime.only_images = set()
    world.cluster.add(pod_of(containers=[{"name": "c", "image": "img:1", "imagePullPolicy": "Never"}]))
    await world.until(lambda: world.pod().status.container_statuses)
    assert world.status().state.waiting.reason == "ErrImageNeverPull"
    assert world.status().state.waiting.message == 'Container image "img:1" is not present with pull policy of Never'
    assert world.pod().status.phase == "Pending"


async def test_deletion_stops_the_containers_and_then_the_object(world: World) -> None:
    await world.run(pod_of())
    world.runtime.ignores_signals.add("c")
    await world.cluster.delete(Pod, "web", "default", grace_period_seconds=5)
    await world.settle()
    assert world.runtime.find("c").state is State.RUNNING
    assert world.cluster.object(Pod, "web") is not None
    await world.advance(6)
    await world.until(lambda: world.cluster.object(Pod, "web") is None)
    await world.until(lambda: not world.runtime.containers)
    last = world.cluster.requests("delete", "pods")[-1].body
    assert last["gracePeriodSeconds"] == 0 and last["preconditions"]["uid"] == "uid-web"
    assert "Killing" in world.reasons()


async def test_a_shorter_deletion_overtakes_a_longer_one(world: World) -> None:
    await world.run(pod_of())
    world.runtime.ignores_signals.add("c")
    await world.cluster.delete(Pod, "web", "default", grace_period_seconds=600)
    await world.settle()
    world.cluster.modify(Pod, "web", lambda p: setattr(p.metadata, "deletion_grace_period_seconds", 1))
    await world.advance(4)
    await world.until(lambda: world.cluster.object(Pod, "web") is None)


async def test_a_crash_restarts_at_once_then_with_growing_pauses(world: World) -> None:
    await world.run(pod_of())
    world.runtime.end("c", 1)
    await world.until(lambda: world.status().restart_count == 1 and world.status().state.running)
    assert world.status().last_state.terminated.exit_code == 1
    world.runtime.end("c", 1)
    await world.until(lambda: world.status().state.waiting)
    waiting = world.status().state.waiting
    assert waiting.reason == "CrashLoopBackOff"
    assert waiting.message == "back-off 10s restarting failed container=c pod=web_default(uid-web)"
    assert world.pod().status.phase == "Running"
    await world.advance(9)
    assert world.status().restart_count == 1
    await world.advance(2)
    await world.until(lambda: world.status().restart_count == 2)
    world.runtime.end("c", 1)
    await world.until(lambda: world.status().state.waiting)
    assert "back-off 20s" in world.status().state.waiting.message
    assert "BackOff" in world.reasons()


async def test_a_container_that_cannot_start_says_so(world: World) -> None:
    world.runtime.refuse["c"] = "exec: not found"
    world.cluster.add(pod_of())
    await world.until(lambda: world.pod().status.container_statuses and world.status().state.waiting)
    assert world.status().state.waiting.reason == "RunContainerError"
    assert world.status().last_state.terminated.reason == "StartError"
    assert world.status().last_state.terminated.exit_code == 128
    await world.advance(2)
    await world.until(lambda: world.status().state.running)


async def test_never_and_on_failure(world: World) -> None:
    await world.run(pod_of("done", restartPolicy="Never"))
    world.runtime.end("c", 0)
    await world.until(lambda: world.pod("done").status.phase == "Succeeded")
    assert world.condition("Ready", "done") == "False"
    ended = next(c for c in world.pod("done").status.conditions if c.type == "Ready")
    assert ended.reason == "PodCompleted"
    await world.run(pod_of("failed", restartPolicy="Never"))
    world.runtime.end("c", 2)
    await world.until(lambda: world.pod("failed").status.phase == "Failed")
    await world.run(pod_of("again", restartPolicy="OnFailure"))
    world.runtime.end("c", 2)
    await world.until(lambda: world.status("again").restart_count == 1 and world.status("again").state.running)
    world.runtime.end("c", 0)
    await world.until(lambda: world.pod("again").status.phase == "Succeeded")
    assert world.runtime.find("POD").state is State.EXITED


async def test_init_containers_run_in_order_and_sidecars_stay(world: World) -> None:
    init = [
        {"name": "first", "image": "i"},
        {"name": "side", "image": "s", "restartPolicy": "Always"},
        {"name": "last", "image": "l"},
    ]
    world.cluster.add(pod_of(initContainers=init))
    await world.until(lambda: world.calls("start_container") == ["first"])
    world.runtime.end("first", 0)
    await world.until(lambda: world.calls("start_container") == ["first", "side", "last"])
    world.runtime.end("last", 1)
    await world.until(lambda: world.calls("start_container") == ["first", "side", "last", "last"])
    world.runtime.end("last", 0)
    await world.until(lambda: world.pod().status.phase == "Running")
    assert world.calls("start_container")[-1] == "c"
    assert world.status(container="side").ready
    world.runtime.end("side", 0)
    await world.until(lambda: world.status(container="side").restart_count == 1)
    await world.cluster.delete(Pod, "web", "default")
    await world.until(lambda: world.cluster.object(Pod, "web") is None)
    assert world.calls("stop_container") == ["c", "side"]


async def test_a_failed_init_container_ends_a_pod_that_never_restarts(world: World) -> None:
    world.cluster.add(pod_of(restartPolicy="Never", initContainers=[{"name": "first", "image": "i"}]))
    await world.until(lambda: world.calls("start_container") == ["first"])
    world.runtime.end("first", 1)
    await world.until(lambda: world.pod().status.phase == "Failed")
    assert world.calls("start_container") == ["first"]


async def test_the_kubelet_is_killed_and_takes_over_what_runs(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        probe = {"exec": {"command": ["ok"]}, "periodSeconds": 10}
        await world.run(pod_of(containers=[{"name": "c", "image": "img:1", "readinessProbe": probe}]))
        await world.until(lambda: world.condition("Ready") == "True")
        before = world.status().container_id
        await world.stop()
        seen = len(world.cluster.requests("patch", "pods/status"))
        started = len(world.calls("start_container"))
        await world.start()
        await world.settle()
        assert world.status().container_id == before and world.status().restart_count == 0
        assert len(world.calls("start_container")) == started
        assert len(world.cluster.requests("patch", "pods/status")) == seen
        world.runtime.end("c", 1)
        await world.until(lambda: world.status().restart_count == 1)


async def test_containers_of_a_pod_deleted_while_the_kubelet_was_away_are_removed(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await world.run(pod_of())
        await world.stop()
        world.cluster.remove(Pod, "web")
        await world.start()
        await world.advance(2)
        await world.until(lambda: not world.runtime.containers)


async def test_the_engine_goes_and_comes_back(world: World) -> None:
    await world.run(pod_of())
    world.runtime.set_down(True)
    await world.until(lambda: node_ready(world) == "False")
    node = world.cluster.object(Node, "n1")
    message = next(c.message for c in node.status.conditions if c.type == "Ready")
    assert message.startswith("container runtime is down")
    world.runtime.set_down(False)
    await world.advance(2)
    await world.until(lambda: node_ready(world) == "True")
    world.runtime.end("c", 1)
    await world.until(lambda: world.status().restart_count == 1)


async def test_a_lost_sandbox_means_a_new_beginning(world: World) -> None:
    await world.run(pod_of())
    first = world.status().container_id
    world.runtime.end("POD", 137)
    await world.until(lambda: world.status().restart_count == 1 and world.status().state.running)
    assert world.status().container_id != first
    assert len(world.calls("run_sandbox")) == 2


async def test_a_deadline_ends_the_pod(world: World) -> None:
    await world.run(pod_of(activeDeadlineSeconds=20))
    await world.advance(21)
    await world.until(lambda: world.pod().status.phase == "Failed")
    assert world.pod().status.reason == "DeadlineExceeded"
    assert world.runtime.find("c").state is State.EXITED


async def test_a_pod_that_does_not_fit_is_rejected(world: World) -> None:
    huge = {"name": "c", "image": "img:1", "resources": {"requests": {"cpu": "3"}}}
    await world.run(pod_of("one", containers=[dict(huge)]))
    await world.run(pod_of("two", containers=[dict(huge)]), "Failed")
    status = world.pod("two").status
    assert status.reason == "OutOfcpu"
    assert status.message == (
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 3000, used: 3000, capacity: 4000"
    )


async def test_an_ephemeral_container_joins_a_running_pod(world: World) -> None:
    await world.run(pod_of())

    def add(pod: Pod) -> None:
        from minik8s.api.core_v1 import EphemeralContainer

        pod.spec.ephemeral_containers.append(EphemeralContainer(name="debug", image="d", target_container_name="c"))

    world.cluster.modify(Pod, "web", add)
    await world.until(lambda: world.pod().status.ephemeral_container_statuses)
    assert world.status(container="debug").state.running
    world.runtime.end("debug", 0)
    await world.until(lambda: world.status(container="debug").state.terminated)
    assert world.calls("start_container").count("debug") == 1


async def test_resources_change_in_place(world: World) -> None:
    container = {"name": "c", "image": "img:1", "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}}
    await world.run(pod_of(containers=[container]))

    def grow(pod: Pod) -> None:
        pod.spec.containers[0].resources.limits["cpu"] = "2"
        pod.metadata.generation += 1

    world.cluster.modify(Pod, "web", grow)
    await world.until(lambda: world.calls("update_resources"))
    await world.until(lambda: world.status().resources.limits["cpu"] == "2")
    assert world.status().restart_count == 0
    assert world.pod().status.observed_generation == 2


async def test_a_rejected_pod_keeps_its_status_when_the_kubelet_returns(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        huge = {"name": "c", "image": "img:1", "resources": {"requests": {"cpu": "9"}}}
        await world.run(pod_of(containers=[huge]), "Failed")
        before = world.pod().status
        assert before.container_statuses == []
        await world.stop()
        await world.start()
        await world.advance(2)
        assert world.pod().status == before


async def test_a_forced_deletion_kills_at_once(world: World) -> None:
    await world.run(pod_of())
    world.runtime.ignores_signals.add("c")
    await world.cluster.delete(Pod, "web", "default", grace_period_seconds=30)
    await world.settle()
    world.cluster.remove(Pod, "web")
    await world.until(lambda: not world.runtime.containers)


async def test_a_condition_that_others_wrote_over_is_put_right(world: World) -> None:
    await world.run(pod_of())

    def unready(pod: Pod) -> None:
        for condition in pod.status.conditions:
            if condition.type == "Ready":
                condition.status = "False"

    world.cluster.modify(Pod, "web", unready)
    await world.until(lambda: world.condition("Ready") == "True")


async def test_the_last_words_are_in_the_first_report_of_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubelet.pods.worker.termination_message", lambda details: "bye")
    world.runtime.ends_at_once["c"] = 3
    await world.run(pod_of(restartPolicy="Never"), "Failed")
    reports = [a.body["status"].get("containerStatuses") for a in world.cluster.requests("patch", "pods/status")]
    ends = [r[0]["state"]["terminated"] for r in reports if r and "terminated" in r[0]["state"]]
    assert [end["message"] for end in ends] == ["bye"]


async def test_where_nothing_runs_init_containers_end_and_images_are_pulled(world: World) -> None:
    world.runtime.runs_nothing = True
    init = [
        {"name": "first", "image": "i", "imagePullPolicy": "Always"},
        {"name": "side", "image": "i", "restartPolicy": "Always"},
    ]
    containers = [{"name": "c", "image": "img:latest", "imagePullPolicy": "Always"}]
    await world.run(pod_of(containers=containers, initContainers=init))
    assert world.condition("Ready") == "True"
    first, side = world.pod().status.init_container_statuses
    assert first.state.terminated is not None and first.state.terminated.exit_code == 0
    assert side.ready
