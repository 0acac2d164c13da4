"""Volumes are given back when their Pods end, and found again after a restart."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from kubelet.volumes.types import VolumeFailed, VolumeWaits
from tests.unit.kubelet.csi_world import NAME, CSIWorld, layout
from tests.unit.kubelet.world import pod_of

IN = grpc.StatusCode.INTERNAL


async def test_one_volume_of_two_pods_is_unstaged_after_the_last(csi: CSIWorld) -> None:
    for name in ("a", "b"):
        await csi.mounted(csi.wanted(pod_of(name), accessModes=["ReadWriteMany"]))
    assert csi.driver.names() == ["NodeStageVolume", "NodePublishVolume", "NodePublishVolume"]
    await csi.csi.unmount("uid-a")
    csi.csi.tidy()
    await csi.clock.settle()
    assert csi.driver.names()[3:] == ["NodeUnpublishVolume"]
    await csi.csi.unmount("uid-b")
    await csi.until(lambda: csi.driver.names()[4:] == ["NodeUnpublishVolume", "NodeUnstageVolume"])
    await csi.until(lambda: not layout(csi).staging(NAME, "h1").parent.exists())


async def test_a_volume_for_one_pod_only(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted(pod_of("a"), accessModes=["ReadWriteOncePod"]))
    assert await csi.fails(csi.wanted(pod_of("b"), accessModes=["ReadWriteOncePod"])) == (
        'MountVolume.SetUp failed for volume "pv" : volume uses the ReadWriteOncePod access mode and is already in use '
        "by another pod"
    )
    await csi.csi.unmount("uid-a")
    await csi.mounted(csi.wanted(pod_of("b"), accessModes=["ReadWriteOncePod"]))


async def test_what_a_driver_does_not_take_back_stays(csi: CSIWorld) -> None:
    found = await csi.mounted(csi.wanted())
    csi.driver.failures["NodeUnpublishVolume"] = [(IN, "busy"), (IN, "busy")]
    with pytest.raises(VolumeFailed) as caught:
        await csi.csi.unmount("uid-web")
    assert str(caught.value) == (
        'UnmountVolume.TearDown failed for volume "pv" : kubernetes.io/csi: Unmounter.TearDownAt failed: rpc error: '
        "code = Internal desc = busy"
    )
    assert caught.value.again_in == 0.5 and found.path.exists() and csi.csi._devices
    with pytest.raises(VolumeFailed, match="busy"):
        await csi.csi.unmount("uid-web")
    # Whoever asks again in the meantime does not make the driver busier.
    assert csi.driver.names().count("NodeUnpublishVolume") == 1
    await csi.clock.advance(0.5)
    with pytest.raises(VolumeFailed) as caught:
        await csi.csi.unmount("uid-web")
    assert caught.value.again_in == 1.0
    await csi.clock.advance(1.0)
    await csi.csi.unmount("uid-web")
    assert not found.path.parent.exists()


async def test_unstaging_is_tried_until_it_is_done(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    csi.driver.failures["NodeUnstageVolume"] = [(IN, "busy")]
    await csi.csi.unmount("uid-web")
    await csi.until(lambda: "NodeUnstageVolume" in csi.driver.names() and csi.clock.sleepers)
    assert csi.csi._devices
    await csi.clock.advance(0.5)
    await csi.until(lambda: not csi.csi._devices)


async def test_a_pod_that_ends_while_its_volume_is_mounted(csi: CSIWorld) -> None:
    csi.driver.gates["NodePublishVolume"] = asyncio.Event()
    with pytest.raises(VolumeWaits):
        await csi.csi.mount(csi.wanted())
    await csi.until(lambda: "NodePublishVolume" in csi.driver.names())
    ending = asyncio.create_task(csi.csi.unmount("uid-web"))
    await csi.clock.settle()
    assert not ending.done()
    csi.driver.gates["NodePublishVolume"].set()
    await ending
    await csi.until(lambda: not csi.csi._devices)
    assert csi.driver.names()[-2:] == ["NodeUnpublishVolume", "NodeUnstageVolume"]


async def test_after_a_restart_volumes_are_found_again(csi: CSIWorld) -> None:
    wanted = csi.wanted()
    found = await csi.mounted(wanted)
    await csi.stop()
    await csi.start()
    assert csi.csi._devices[(NAME, "h1")].users == {("uid-web", "pv")}
    csi.registrar.told.clear()
    await csi.until(lambda: csi.registrar.told)
    csi.csi.tidy()
    # Made sure of once more, and what is there is not taken away when that fails.
    csi.driver.failures["NodePublishVolume"] = [(IN, "not now")]
    await csi.fails(wanted)
    assert found.path.exists()
    await csi.clock.advance(1.0)
    assert (await csi.mounted(wanted)).path == found.path
    assert "NodeUnstageVolume" not in csi.driver.names()


async def test_after_a_restart_what_pods_that_are_gone_had_is_taken_away(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    await csi.stop()
    await csi.start()
    csi.registrar.told.clear()
    await csi.until(lambda: csi.registrar.told)
    await csi.csi.unmount("uid-web")
    await csi.until(lambda: not csi.csi._devices)
    assert csi.driver.names()[-2:] == ["NodeUnpublishVolume", "NodeUnstageVolume"]
    assert list((csi.root / "pods" / "uid-web" / "volumes" / "kubernetes.io~csi").iterdir()) == []


async def test_after_a_restart_what_is_only_staged_is_unstaged(csi: CSIWorld) -> None:
    csi.driver.gates["NodePublishVolume"] = asyncio.Event()
    with pytest.raises(VolumeWaits):
        await csi.csi.mount(csi.wanted())
    await csi.until(lambda: "NodePublishVolume" in csi.driver.names())
    await csi.stop()
    note = layout(csi).mount("uid-web", "pv").parent / "vol_data.json"
    note.unlink()
    await csi.start()
    assert csi.csi._devices[(NAME, "h1")].users == set()
    csi.csi.tidy()
    await csi.until(lambda: "NodeUnstageVolume" in csi.driver.names() or csi.clock.sleepers)
    csi.registrar.told.clear()
    await csi.until(lambda: "NodeUnstageVolume" in csi.driver.names() and not csi.csi._devices)
