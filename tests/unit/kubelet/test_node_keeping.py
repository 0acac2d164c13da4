"""Static Pods, admission, pressure: what a node decides by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from kubelet.eviction import Eviction, rank
from kubelet.housekeeping import Housekeeping
from kubelet.node.signals import Level, Threshold, thresholds
from kubelet.node.status import allocatable_of
from kubelet.options import KubeletConfiguration
from kubelet.pods.status_writer import patch_between
from kubelet.static_pods import ManifestError, StaticPods, parse_manifest
from minik8s.api.core_v1 import Node, Pod
from minik8s.client.errors import Invalid
from tests.unit.kubelet.world import World, pod_of

MANIFEST = b"apiVersion: v1\nkind: Pod\nmetadata: {name: fixed}\nspec: {containers: [{name: c, image: web}]}\n"


def test_a_manifest_becomes_a_pod_of_this_node() -> None:
    pod = parse_manifest(MANIFEST, "/m/a.yaml", "n1")
    assert (pod.metadata.name, pod.metadata.namespace, pod.spec.node_name) == ("fixed-n1", "default", "n1")
    assert pod.metadata.annotations["kubernetes.io/config.source"] == "file"
    assert pod.metadata.uid == pod.metadata.annotations["kubernetes.io/config.hash"]
    assert pod.spec.containers[0].image_pull_policy == "Always"
    ports = parse_manifest(
        MANIFEST.replace(
            b"image: web", b"image: web, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 80}]"
        ),
        "/m/a",
        "n",
    )
    assert [port.protocol for port in ports.spec.containers[0].ports] == ["UDP", "TCP"]
    assert parse_manifest(MANIFEST, "/m/a.yaml", "n1").metadata.uid == pod.metadata.uid
    assert parse_manifest(MANIFEST + b"#", "/m/a.yaml", "n1").metadata.uid != pod.metadata.uid


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: [", "neither YAML nor JSON"),
        (b"apiVersion: v1\nkind: Service\n", "is no v1 Pod"),
        (b"apiVersion: v1\nkind: Pod\nmetadata: {name: 5}\nspec: {containers: 7}\n", "is no valid Pod"),
        (b"apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n", "a name and containers are needed"),
        (MANIFEST.replace(b"fixed", b"FIXED"), 'metadata.name: Invalid value: "FIXED": a lowercase RFC 1123 subdomain'),
        (MANIFEST.replace(b"name: c", b"name: c_d"), r'spec.containers\[0\].name: Invalid value: "c_d"'),
        (MANIFEST.replace(b", image: web", b""), r"spec.containers\[0\].image: Required value"),
    ],
)
def test_what_is_no_manifest(text: bytes, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        parse_manifest(text, "/m/a.yaml", "n1")


async def test_static_pods_run_are_mirrored_and_go_with_their_file(world: World, tmp_path: Path) -> None:
    kubelet = world.kubelet
    assert kubelet is not None
    folder = tmp_path / "manifests"
    folder.mkdir()
    static = StaticPods(world.cluster, folder, kubelet.workers, "n1", kubelet._node)
    kubelet.static = static
    task = asyncio.create_task(static.run())
    try:
        (folder / "bad.yaml").write_text("nonsense")
        (folder / "a.yaml").write_bytes(MANIFEST.replace(b"web", b"web:1"))
        await world.until(lambda: world.cluster.object(Pod, "fixed-n1"))
        await world.until(lambda: world.pod("fixed-n1").status.phase == "Running")
        mirror = world.pod("fixed-n1")
        assert mirror.metadata.owner_references[0].name == "n1"
        assert "kubernetes.io/config.mirror" in mirror.metadata.annotations
        await world.cluster.delete(Pod, "fixed-n1", "default", grace_period_seconds=0)
        await world.until(lambda: (p := world.cluster.object(Pod, "fixed-n1")) and p.status.phase == "Running")
        assert world.calls("start_container") == ["c"]
        (folder / "a.yaml").unlink()
        await world.until(lambda: world.cluster.object(Pod, "fixed-n1") is None)
        await world.until(lambda: not world.runtime.containers)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_mirror_that_the_api_refuses_keeps_no_other_from_coming(world: World, tmp_path: Path) -> None:
    kubelet = world.kubelet
    assert kubelet is not None
    for name in (b"a-refused", b"b-fixed"):
        (tmp_path / f"{name.decode()}.yaml").write_bytes(MANIFEST.replace(b"fixed", name).replace(b"web", b"web:1"))
    create = world.cluster.create

    async def refusing(made: Pod, **given: object) -> object:
        if made.metadata.name == "a-refused-n1":
            raise Invalid("it is invalid")
        return await create(made, **given)  # type: ignore[arg-type]

    world.cluster.create = refusing  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(StaticPods(world.cluster, tmp_path, kubelet.workers, "n1", kubelet._node).run())
    try:
        await world.until(lambda: world.cluster.object(Pod, "b-fixed-n1"))
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"nodeSelector": {"disk": "ssd"}}, "NodeAffinity"),
        ({"containers": [{"name": "c", "image": "i", "resources": {"requests": {"memory": "9Gi"}}}]}, "OutOfmemory"),
        (
            {"containers": [{"name": "c", "image": "i", "resources": {"requests": {"hugepages-2Mi": "2Mi"}}}]},
            "OutOfhugepages-2Mi",
        ),
        ({"os": {"name": "windows"}}, "PodOSNotSupported"),
        ({"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}, "SysctlForbidden"),
    ],
)
async def test_what_may_not_run_here(world: World, spec: dict[str, object], reason: str) -> None:
    await world.run(pod_of(**spec), "Failed")
    assert world.pod().status.reason == reason
    assert world.pod().status.message.startswith("Pod was rejected: ")
    assert world.calls("run_sandbox") == []


async def give_gpus(world: World, count: str | None) -> None:
    """Advertises an extended resource as its documentation says, and waits until Pods may use it."""
    kubelet = world.kubelet
    assert kubelet is not None
    await world.settle()
    await world.cluster.patch(Node, "n1", {"status": {"capacity": {"a.b/gpu": count}}}, subresource="status")
    # A hollow kubelet does not watch its Node.
    kubelet.agent.saw(world.cluster.object(Node, "n1"))
    await world.until(lambda: world.cluster.object(Node, "n1").status.allocatable.get("a.b/gpu") == count)


async def test_extended_resources_are_those_the_node_object_has(world: World) -> None:
    kubelet = world.kubelet
    assert kubelet is not None

    def wants(name: str) -> Pod:
        resources = {"requests": {"a.b/gpu": "1"}, "limits": {"a.b/gpu": "1"}}
        return pod_of(name, containers=[{"name": "c", "image": "i", "resources": resources}])

    await world.run(wants("unknown"))
    await give_gpus(world, "1")
    await world.run(wants("too-many"), "Failed")
    assert world.pod("too-many").status.message.endswith(
        "Node didn't have enough resource: a.b/gpu, requested: 1, used: 1, capacity: 1"
    )


async def test_two_pods_want_one_port(world: World) -> None:
    ports = [{"containerPort": 80, "hostPort": 8080, "protocol": "TCP"}]
    await world.run(pod_of("one", containers=[{"name": "c", "image": "i", "ports": ports}]))
    await world.run(pod_of("two", containers=[{"name": "c", "image": "i", "ports": ports}]), "Failed")
    assert world.pod("two").status.reason == "NodePorts"


def test_thresholds_and_allocatable() -> None:
    config = KubeletConfiguration(
        eviction_hard={"memory.available": "100Mi", "nodefs.available": "10%"},
        system_reserved={"cpu": "500m", "memory": "1Gi"},
    )
    held = thresholds(config)
    capacity = {"cpu": "4", "memory": "8Gi", "ephemeral-storage": "100Gi", "pods": "110"}
    found = allocatable_of(capacity, config, held)
    assert (found["cpu"], found["memory"], found["pods"]) == ("3500m", "7068Mi", "110")
    assert found["ephemeral-storage"] == str(90 << 30)
    assert Threshold("memory.available", "100Mi").crossed({"memory.available": Level(99 << 20, 8 << 30)})
    assert not Threshold("memory.available", "10%").crossed({"memory.available": Level(1 << 30, 8 << 30)})


def evictor(world: World, measure: Callable[[], dict[str, Level]], pressed: list[frozenset[str]]) -> Eviction:
    kubelet = world.kubelet
    assert kubelet is not None
    keeper = Housekeeping(kubelet.context, kubelet.workers, kubelet.references, lambda: True, "/")
    held = [Threshold("memory.available", "100Mi")]
    return Eviction(kubelet.context, kubelet.workers, keeper, held, measure, pressed.append)


async def test_memory_pressure_evicts_who_matters_least(world: World) -> None:
    await world.run(pod_of("low", priority=0))
    await world.run(pod_of("high", priority=1000))
    levels = {"memory.available": Level(50 << 20, 8 << 30)}
    pressed: list[frozenset[str]] = []
    eviction = evictor(world, lambda: levels, pressed)
    await eviction.look()
    assert pressed == [frozenset({"MemoryPressure"})]
    await world.until(lambda: world.pod("low").status.phase == "Failed")
    status = world.pod("low").status
    assert status.reason == "Evicted"
    assert status.message == ("The node was low on resource: memory. Threshold quantity: 100Mi, available: 51200Ki. ")
    assert world.condition("DisruptionTarget", "low") == "True"
    assert world.pod("high").status.phase == "Running"
    levels["memory.available"] = Level(1 << 30, 8 << 30)
    await eviction.look()
    assert pressed[-1] == frozenset({"MemoryPressure"})
    await world.advance(301)
    await eviction.look()
    assert pressed[-1] == frozenset()
    assert world.pod("high").status.phase == "Running"


def test_who_goes_first() -> None:
    asked = {"requests": {"memory": "1Gi"}}
    modest = pod_of("modest", containers=[{"name": "c", "image": "i", "resources": asked}])
    greedy = pod_of("greedy", priority=10, containers=[{"name": "c", "image": "i", "resources": asked}])
    assert rank(greedy, "memory", 2 << 30) > rank(modest, "memory", 1 << 20)
    assert rank(pod_of(priority=0), "memory", 0) > rank(pod_of(priority=5), "memory", 1 << 30)


async def test_extended_resources_of_others_stay_and_may_be_used(world: World) -> None:
    await give_gpus(world, "3")
    await world.advance(310)
    node = world.cluster.object(Node, "n1")
    assert node is not None
    assert (node.status.capacity["a.b/gpu"], node.status.capacity["cpu"]) == ("3", "4")
    await give_gpus(world, None)


async def test_a_deleted_node_registers_again(world: World) -> None:
    world.cluster.remove(Node, "n1")
    await world.advance(310)
    await world.until(lambda: world.cluster.object(Node, "n1"))


def test_a_status_patch_carries_what_changed_and_takes_out_what_is_gone() -> None:
    old = {
        "phase": "Pending",
        "message": "x",
        "conditions": [{"type": "A", "status": "False", "reason": "Because"}, {"type": "B", "status": "True"}],
        "podIPs": [{"ip": "10.0.0.1"}],
    }
    new = {
        "phase": "Running",
        "conditions": [{"type": "A", "status": "True"}, {"type": "B", "status": "True"}],
        "podIPs": [{"ip": "10.0.0.2"}],
    }
    assert patch_between(old, new) == {
        "phase": "Running",
        "message": None,
        "conditions": [{"type": "A", "status": "True", "reason": None}],
        "podIPs": [{"ip": "10.0.0.2"}, {"$patch": "delete", "ip": "10.0.0.1"}],
    }
