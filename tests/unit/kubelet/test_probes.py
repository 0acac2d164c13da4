from __future__ import annotations

from kubelet.runtime.types import ExecResult
from minik8s.api.core_v1 import Pod, PodCondition
from tests.unit.kubelet.world import World, pod_of


def probed(**probes: object) -> Pod:
    return pod_of(containers=[{"name": "c", "image": "img:1", **probes}])


async def test_readiness_turns_the_conditions_and_nothing_else(world: World) -> None:
    world.runtime.exec_results["ready",] = ExecResult(1, b"not yet")
    await world.run(probed(readinessProbe={"exec": {"command": ["ready"]}, "periodSeconds": 5}))
    assert world.condition("Ready") == "False" and not world.status().ready
    ready = next(c for c in world.pod().status.conditions if c.type == "Ready")
    assert (ready.reason, ready.message) == ("ContainersNotReady", "containers with unready status: [c]")
    await world.until(lambda: ("Unhealthy", "Readiness probe failed: not yet") in world.events())
    world.runtime.exec_results["ready",] = ExecResult(0, b"")
    await world.advance(5)
    await world.until(lambda: world.condition("Ready") == "True")
    world.runtime.exec_results["ready",] = ExecResult(1, b"")
    await world.advance(10)
    assert world.condition("Ready") == "True"
    await world.advance(5)
    await world.until(lambda: world.condition("Ready") == "False")
    assert world.status().restart_count == 0


async def test_liveness_restarts_the_container(world: World) -> None:
    world.runtime.exec_results["alive",] = ExecResult(1, b"dead")
    probe = {"exec": {"command": ["alive"]}, "periodSeconds": 5, "failureThreshold": 2}
    await world.run(probed(livenessProbe=probe))
    await world.advance(5.5)
    await world.until(lambda: world.status().restart_count == 1)
    assert ("Killing", "Container c failed liveness probe, will be restarted") in world.events()


async def test_startup_holds_the_others_back(world: World) -> None:
    world.runtime.exec_results["up",] = ExecResult(1, b"")
    await world.run(
        probed(
            startupProbe={"exec": {"command": ["up"]}, "periodSeconds": 1, "failureThreshold": 30},
            livenessProbe={"exec": {"command": ["alive"]}, "periodSeconds": 1},
        )
    )
    await world.advance(5)
    assert not world.status().started
    assert "alive" not in world.calls("exec")
    world.runtime.exec_results["up",] = ExecResult(0, b"")
    await world.advance(1)
    await world.until(lambda: world.status().started)
    await world.until(lambda: "alive" in world.calls("exec"))
    assert world.condition("Ready") == "True"


async def test_readiness_gates(world: World) -> None:
    await world.run(pod_of(readinessGates=[{"conditionType": "example.com/go"}]))
    assert (world.condition("ContainersReady"), world.condition("Ready")) == ("True", "False")
    ready = next(c for c in world.pod().status.conditions if c.type == "Ready")
    assert ready.message == 'corresponding condition of pod readiness gate "example.com/go" does not exist.'
    gate = PodCondition(type="example.com/go", status="True")
    world.cluster.modify(Pod, "web", lambda p: p.status.conditions.append(gate))
    await world.until(lambda: world.condition("Ready") == "True")
    assert world.condition("example.com/go") == "True"


async def test_hooks(world: World) -> None:
    world.runtime.exec_results["begin",] = ExecResult(1, b"no")
    lifecycle = {"postStart": {"exec": {"command": ["begin"]}}, "preStop": {"exec": {"command": ["end"]}}}
    world.cluster.add(pod_of(containers=[{"name": "c", "image": "img:1", "lifecycle": lifecycle}]))
    await world.until(lambda: "FailedPostStartHook" in world.reasons())
    world.runtime.exec_results["begin",] = ExecResult(0, b"")
    await world.advance(31)
    await world.until(lambda: world.condition("Ready") == "True")
    await world.cluster.delete(Pod, "web", "default")
    await world.until(lambda: world.cluster.object(Pod, "web") is None)
    assert "end" in world.calls("exec")


async def test_a_pre_stop_sleep_takes_its_time_from_the_grace(world: World) -> None:
    lifecycle = {"preStop": {"sleep": {"seconds": 5}}}
    await world.run(pod_of(containers=[{"name": "c", "image": "img:1", "lifecycle": lifecycle}]))
    await world.cluster.delete(Pod, "web", "default")
    await world.settle()
    assert world.calls("stop_container") == []
    await world.advance(5)
    await world.until(lambda: world.cluster.object(Pod, "web") is None)


async def test_where_nothing_runs_probes_succeed(world: World) -> None:
    world.runtime.runs_nothing = True
    unreachable = {"tcpSocket": {"port": 1}, "periodSeconds": 1}
    await world.run(probed(readinessProbe=unreachable, livenessProbe=unreachable, startupProbe=unreachable))
    await world.until(lambda: world.condition("Ready") == "True")
    await world.advance(10)
    assert world.condition("Ready") == "True" and world.status().restart_count == 0
