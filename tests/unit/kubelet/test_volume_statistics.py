"""How full volumes are: what is measured how, how often, and who is told."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from kubelet.csi.errors import CSIError
from kubelet.volumes.space import Space, of_device, of_filesystem, of_tree
from kubelet.volumes.statistics import VolumeStatistics
from kubelet.volumes.types import CSI, Mounted
from minik8s.api.core_v1 import Pod
from minik8s.testing.fake_clock import FakeClock
from tests.unit.kubelet.world import pod_of

MI = 1 << 20


class Node:
    """Pods with volumes, and a driver that says what it is told to."""

    def __init__(self, seconds: float = 60.0, health: bool = False) -> None:
        self.clock = FakeClock()
        self.pods: list[tuple[Pod, dict[str, Mounted]]] = []
        self.answer: Space | CSIError | None = Space(used=1)
        self.asked: list[tuple[str, str, bool]] = []
        self.events: list[tuple[str, str, str]] = []
        self.gate: asyncio.Event | None = None
        self.statistics = VolumeStatistics(
            lambda: self.pods, self.of_driver, self.clock, seconds, self.tell, health, patience=0.05
        )

    async def of_driver(self, uid: str, name: str, health: bool) -> Space | None:
        self.asked.append((uid, name, health))
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.answer, CSIError):
            raise self.answer
        return self.answer

    def tell(self, about: object, kind: str, reason: str, message: str) -> None:
        self.events.append((kind, reason, message))

    def add(self, name: str, volumes: list[dict[str, Any]], **places: Mounted) -> None:
        mounts = [{"name": one["name"], "mountPath": f"/{one['name']}"} for one in volumes if one["name"] != "unused"]
        containers = [{"name": "c", "image": "img:1", "volumeMounts": mounts}]
        self.pods.append((pod_of(name, volumes=volumes, containers=containers), places))


def csi_volume() -> Mounted:
    return Mounted(Path("/v"), plugin=CSI + "d")


CLAIM = {"name": "v", "persistentVolumeClaim": {"claimName": "data"}}


async def test_what_there_is_of_each_kind(tmp_path: Path) -> None:
    node = Node()
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "file").write_bytes(b"x" * MI)
    (tmp_path / "disk").write_bytes(b"x" * 100)
    volumes = [
        CLAIM, {"name": "own", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}, {"name": "scratch", "emptyDir": {}},
        {"name": "local", "persistentVolumeClaim": {"claimName": "l"}},
        {"name": "device", "persistentVolumeClaim": {"claimName": "b"}}, {"name": "host", "hostPath": {"path": "/"}},
        {"name": "late", "emptyDir": {}}, {"name": "unused", "emptyDir": {}},
    ]  # fmt: skip
    node.add(
        "web", volumes, v=csi_volume(), own=csi_volume(),
        scratch=Mounted(tmp_path / "scratch", plugin="kubernetes.io/empty-dir"),
        local=Mounted(tmp_path, plugin="kubernetes.io/local-volume"),
        device=Mounted(tmp_path / "disk", block=True, plugin="kubernetes.io/local-volume"),
        host=Mounted(tmp_path, plugin="kubernetes.io/host-path"),
    )  # fmt: skip
    found = (await node.statistics.now())["uid-web"]
    assert [(one.name, one.claim) for one in found] == [
        ("v", "data"), ("own", "web-own"), ("scratch", ""), ("local", "l"), ("device", "b"),
    ]  # fmt: skip
    by_name = {one.name: one.space for one in found}
    assert by_name["scratch"].used >= MI and by_name["scratch"].inodes_used == 2
    assert by_name["scratch"].capacity == by_name["local"].capacity > 0
    assert by_name["device"] == Space(capacity=100)
    assert found[0].at == node.clock.now()
    assert node.statistics.counts() == {
        ("kubernetes.io/csi:d", "actual_state_of_world"): 2, ("kubernetes.io/csi:d", "desired_state_of_world"): 2,
        ("kubernetes.io/empty-dir", "actual_state_of_world"): 1,
        ("kubernetes.io/empty-dir", "desired_state_of_world"): 2,
        ("kubernetes.io/local-volume", "actual_state_of_world"): 2,
        ("kubernetes.io/local-volume", "desired_state_of_world"): 2,
        ("kubernetes.io/host-path", "actual_state_of_world"): 1,
        ("kubernetes.io/host-path", "desired_state_of_world"): 1,
    }  # fmt: skip


async def test_a_measurement_holds_for_a_while() -> None:
    node = Node()
    node.add("web", [CLAIM], v=csi_volume())
    await node.statistics.now()
    node.answer = Space(used=2)
    await node.clock.advance(59)
    assert (await node.statistics.now())["uid-web"][0].space.used == 1 and len(node.asked) == 1
    await node.clock.advance(1)
    assert (await node.statistics.now())["uid-web"][0].space.used == 2
    node.pods.clear()
    assert await node.statistics.now() == {}


async def test_files_the_kubelet_wrote_are_measured_once(tmp_path: Path) -> None:
    node = Node()
    node.add("web", [{"name": "c", "configMap": {"name": "c"}}], c=Mounted(tmp_path, plugin="kubernetes.io/configmap"))
    first = (await node.statistics.now())["uid-web"][0].space
    (tmp_path / "more").write_bytes(b"x" * MI)
    await node.clock.advance(60)
    assert (await node.statistics.now())["uid-web"][0].space == first


async def test_a_driver_that_hangs_holds_up_nobody(tmp_path: Path) -> None:
    node = Node()
    node.add("web", [CLAIM], v=csi_volume())
    node.add("other", [{"name": "s", "emptyDir": {}}], s=Mounted(tmp_path, plugin="kubernetes.io/empty-dir"))
    await node.statistics.now()
    node.gate, node.answer = asyncio.Event(), Space(used=2)
    await node.clock.advance(60)
    # It is still asked what it was asked first.
    for _ in range(2):
        found = await node.statistics.now()
        assert found["uid-web"][0].space.used == 1 and found["uid-other"]
        await node.clock.advance(60)
    assert len(node.asked) == 2
    node.gate.set()
    await node.clock.settle()
    assert (await node.statistics.now())["uid-web"][0].space.used == 2


@pytest.mark.parametrize("answer", [None, CSIError("rpc error: code = NotFound desc = no", "NotFound")])
async def test_a_driver_that_does_not_tell(answer: CSIError | None) -> None:
    node = Node()
    node.answer = answer
    node.add("web", [CLAIM], v=csi_volume())
    assert await node.statistics.now() == {}


async def test_volumes_that_are_not_well_are_told_of_without_being_asked() -> None:
    node = Node(health=True)
    node.answer = Space(abnormal=True, message="the disk fails")
    node.add("web", [CLAIM], v=csi_volume())
    task = asyncio.create_task(node.statistics.run())
    await node.clock.settle()
    event = ("Warning", "VolumeConditionAbnormal", "Volume v: the disk fails")
    assert node.events == [event] and node.asked == [("uid-web", "v", True)]
    node.answer = Space(abnormal=False)
    await node.clock.advance(60)
    await node.clock.settle()
    assert node.events == [event] and len(node.asked) == 2
    task.cancel()
    # Where nobody wants that, nothing runs.
    await Node().statistics.run()


async def test_it_can_be_switched_off() -> None:
    node = Node(seconds=-1, health=True)
    node.add("web", [CLAIM], v=csi_volume())
    await node.statistics.run()
    assert await node.statistics.now() == {} and node.asked == []


def test_a_tree_is_counted_as_du_counts_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file").write_bytes(b"x" * MI)
    os.link(tmp_path / "sub" / "file", tmp_path / "again")
    os.symlink("/", tmp_path / "link")
    found = of_tree(tmp_path)
    assert MI <= found.used < 2 * MI and found.inodes_used == 4
    assert found.capacity == of_filesystem(tmp_path).capacity
    for measure in (of_tree, of_filesystem, of_device):
        with pytest.raises(FileNotFoundError):
            measure(tmp_path / "none")
