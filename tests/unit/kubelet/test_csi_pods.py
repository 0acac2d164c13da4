"""Pods and the volumes of drivers: what a Pod waits for, and what waits for a Pod."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import cast

import pytest

from kubelet.pods.container_spec import _devices
from kubelet.pods.environment import ConfigError
from kubelet.volumes.manager import VolumeManager
from kubelet.volumes.types import LimitExceeded, Mounted, VolumeError, VolumeFailed, VolumeWaits
from minik8s.api.core_v1 import Pod
from tests.unit.kubelet.world import World, pod_of


class Volumes:
    """Volumes that are made, and given back, when the test lets them."""

    def __init__(self) -> None:
        self.error: VolumeError | None = None
        self.stuck: VolumeFailed | None = None
        self.unmounts = 0
        self.used: Set[str] | None = None
        self.csi = None

    async def mount(self, pod: Pod, used: Set[str] | None = None) -> dict[str, Mounted]:
        self.used = used
        if self.error is not None:
            raise self.error
        return {}

    async def unmount(self, uid: str) -> None:
        self.unmounts += 1
        if self.stuck is not None:
            raise self.stuck

    def known(self) -> list[str]:
        return []


@pytest.fixture
def volumes(world: World) -> Volumes:
    made = Volumes()
    assert world.kubelet is not None
    world.kubelet.context.volumes = cast(VolumeManager, made)
    return made


async def test_what_no_container_uses_is_not_made(world: World, volumes: Volumes) -> None:
    containers = [
        {"name": "c", "image": "img:1", "volumeMounts": [{"name": "v", "mountPath": "/v"}]},
        {"name": "d", "image": "img:1", "volumeDevices": [{"name": "raw", "devicePath": "/dev/x"}]},
    ]
    first = {"name": "i", "image": "img:1", "volumeMounts": [{"name": "w", "mountPath": "/w"}]}
    made = [{"name": name, "emptyDir": {}} for name in ("v", "w", "raw", "unused")]
    world.cluster.add(pod_of(volumes=made, containers=containers, initContainers=[first]))
    await world.until(lambda: volumes.used is not None)
    assert volumes.used == {"v", "w", "raw"}


async def test_a_pod_waits_in_silence_for_a_volume_on_its_way(world: World, volumes: Volumes) -> None:
    volumes.error = VolumeWaits("soon", 50.0)
    world.cluster.add(pod_of())
    await world.advance(1.0)
    assert world.pod().status.phase == "Pending" and "FailedMount" not in world.reasons()
    volumes.error = None
    assert world.kubelet is not None
    [worker] = world.kubelet.workers
    worker.wake()
    await world.until(lambda: world.pod().status.phase == "Running")


async def test_a_failure_is_said_as_it_is_and_tried_again_when_it_says(world: World, volumes: Volumes) -> None:
    volumes.error = VolumeFailed('MountVolume.SetUp failed for volume "v" : no', 7.0)
    world.cluster.add(pod_of())
    await world.advance(1.0)
    await world.until(lambda: ("FailedMount", 'MountVolume.SetUp failed for volume "v" : no') in world.events())
    volumes.error = None
    await world.advance(5.0)
    assert world.pod().status.phase == "Pending"
    await world.advance(2.0)
    await world.until(lambda: world.pod().status.phase == "Running")


async def test_a_pod_for_whose_volumes_the_node_has_no_room_fails(world: World, volumes: Volumes) -> None:
    volumes.error = LimitExceeded("Node has reached its volume attachment limit, rejecting pod.")
    await world.run(pod_of(), "Failed")
    assert world.pod().status.reason == "VolumeAttachmentLimitExceeded"


async def test_a_pod_is_there_until_its_volumes_are_taken_back(world: World, volumes: Volumes) -> None:
    await world.run(pod_of())
    volumes.stuck = VolumeFailed("busy", 3.0)
    await world.cluster.delete(Pod, "web", "default", grace_period_seconds=5)
    await world.advance(0.1)
    await world.until(lambda: volumes.unmounts)
    await world.advance(1.0)
    before = volumes.unmounts
    assert world.cluster.object(Pod, "web") is not None
    await world.advance(3.0)
    await world.until(lambda: volumes.unmounts > before)
    assert world.cluster.object(Pod, "web") is not None
    volumes.stuck = None
    await world.advance(3.0)
    await world.until(lambda: world.cluster.object(Pod, "web") is None)


async def test_devices_of_a_container(world: World, volumes: Volumes) -> None:
    devices = [{"name": "d", "devicePath": "/dev/xvda"}, {"name": "r", "devicePath": "/dev/xvdb"}]
    pod = pod_of(containers=[{"name": "c", "image": "img:1", "volumeDevices": devices}])
    world.cluster.add(pod)
    assert world.kubelet is not None
    workers = world.kubelet.workers
    await world.until(lambda: list(workers))
    [worker] = workers
    state, container = worker.state, pod.spec.containers[0]
    state.volumes = {
        "d": Mounted(Path("/host/d"), False, True),
        "r": Mounted(Path("/host/r"), True, True),
    }
    found = [(one.source, one.target, one.permissions) for one in _devices(state, container)]
    assert found == [("/host/d", "/dev/xvda", "mrw"), ("/host/r", "/dev/xvdb", "mr")]
    state.volumes = {"d": Mounted(Path("/host/d"))}
    with pytest.raises(ConfigError, match='cannot find volume "d" to pass into container "c"'):
        _devices(state, container)
