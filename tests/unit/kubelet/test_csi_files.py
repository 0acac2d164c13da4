"""Whose the files of a volume are, and volumes that are devices."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kubelet.csi.wanted import gives_group
from minik8s.api.storage_v1 import CSIDriver
from tests.support.csi_driver import GROUP, STAGE
from tests.unit.kubelet.csi_world import NAME, CSIWorld, csi_world
from tests.unit.kubelet.world import pod_of


async def test_the_group_is_given_to_a_driver_that_gives_it_to_files(csi: CSIWorld) -> None:
    csi.driver.abilities = (STAGE, GROUP)
    await csi.mounted(csi.wanted(pod_of(securityContext={"fsGroup": 4321})))
    for method in ("NodeStageVolume", "NodePublishVolume"):
        assert csi.driver.last(method).volume_capability.mount.volume_mount_group == "4321"


@pytest.mark.parametrize(
    ("policy", "fs_type", "modes", "read_only", "given"),
    [
        ("File", "", ["ReadWriteMany"], False, True),
        ("File", "", ["ReadWriteMany"], True, False),
        ("None", "ext4", ["ReadWriteOnce"], False, False),
        ("ReadWriteOnceWithFSType", "ext4", ["ReadWriteOnce"], False, True),
        ("ReadWriteOnceWithFSType", "", ["ReadWriteOnce"], False, False),
        ("ReadWriteOnceWithFSType", "ext4", ["ReadWriteMany"], False, False),
        (None, "ext4", ["ReadWriteOncePod"], False, True),
    ],
)
async def test_whose_files_the_kubelet_gives_to_the_group(
    tmp_path: Path, policy: str | None, fs_type: str, modes: list[str], read_only: bool, given: bool
) -> None:
    async with csi_world(tmp_path) as csi:
        pod = pod_of(securityContext={"fsGroup": 4321})
        wanted = csi.wanted(pod, read_only, {"fsType": fs_type}, accessModes=modes)
        about = msgspec.convert({"spec": {"fsGroupPolicy": policy}}, CSIDriver) if policy else None
        assert gives_group(wanted, about) is given
        assert not gives_group(csi.wanted(pod_of(), False, {"fsType": "ext4"}), about)


@pytest.mark.root
async def test_files_are_given_to_the_group(csi: CSIWorld) -> None:
    found = await csi.mounted(csi.wanted(pod_of(securityContext={"fsGroup": 4321}), csi={"fsType": "ext4"}))
    assert found.path.stat().st_gid == 4321 and found.path.stat().st_mode & 0o7070 == 0o2070


@pytest.mark.root
async def test_a_device(csi: CSIWorld) -> None:
    wanted = csi.wanted(volumeMode="Block")
    found = await csi.mounted(wanted)
    plugin = csi.root / "plugins" / "kubernetes.io" / "csi" / "volumeDevices"
    assert found.block and found.path == plugin / "publish" / "pv" / "uid-web"
    stage, publish = csi.driver.last("NodeStageVolume"), csi.driver.last("NodePublishVolume")
    assert stage.staging_target_path == publish.staging_target_path == str(plugin / "staging" / "pv")
    assert publish.volume_capability.HasField("block") and not publish.volume_capability.HasField("mount")
    assert (plugin / "pv" / "dev" / "uid-web").exists()
    link = csi.root / "pods" / "uid-web" / "volumeDevices" / "kubernetes.io~csi" / "pv"
    assert link.readlink() == found.path
    await csi.stop()
    await csi.start()
    assert csi.csi._devices[(NAME, "h1")].users == {("uid-web", "pv")}
    csi.registrar.told.clear()
    await csi.until(lambda: csi.registrar.told)
    await csi.csi.unmount("uid-web")
    await csi.until(lambda: not csi.csi._devices)
    assert csi.driver.names()[-2:] == ["NodeUnpublishVolume", "NodeUnstageVolume"]
    assert sorted(p.name for p in plugin.iterdir()) == ["publish", "staging"] and not link.is_symlink()
