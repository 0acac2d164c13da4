"""What is told of volumes and of the calls to their drivers."""

from __future__ import annotations

import grpc
import pytest

from kubelet.volumes.space import Space
from minik8s.daemon import metrics
from tests.support.csi_driver import CONDITION, STAGE
from tests.unit.kubelet.csi_world import NAME, CSIWorld


async def test_what_is_used_is_shown(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    expected = Space(available=60, capacity=100, used=40, inodes_free=7, inodes=10, inodes_used=3)
    assert await csi.csi.space("uid-web", "data") == expected
    assert await csi.csi.space("uid-other", "data") is None and await csi.csi.space("uid-web", "other") is None
    place = csi.root / "pods" / "uid-web" / "volumes" / "kubernetes.io~csi" / "pv" / "mount"
    asked = csi.driver.last("NodeGetVolumeStats")
    assert (asked.volume_id, asked.volume_path, asked.staging_target_path) == ("h1", str(place), "")


@pytest.mark.root
async def test_a_device_is_measured_where_it_is_held(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted(volumeMode="Block"))
    assert await csi.csi.space("uid-web", "data") is not None
    place = csi.root / "plugins" / "kubernetes.io" / "csi" / "volumeDevices" / "pv" / "dev" / "uid-web"
    assert csi.driver.last("NodeGetVolumeStats").volume_path == str(place)
    await csi.csi.unmount("uid-web")


async def test_how_well_a_volume_is_only_some_drivers_tell(csi: CSIWorld) -> None:
    csi.driver.condition = (True, "its disk fails")
    await csi.mounted(csi.wanted())
    found = await csi.csi.space("uid-web", "data", True)
    assert found is not None and found.abnormal is None
    csi.driver.abilities = (*csi.driver.abilities, CONDITION)
    found = await csi.csi.space("uid-web", "data", True)
    assert found is not None and (found.abnormal, found.message) == (True, "its disk fails")
    # Nobody wants to know.
    found = await csi.csi.space("uid-web", "data")
    assert found is not None and found.abnormal is None


async def test_a_driver_that_does_not_measure(csi: CSIWorld) -> None:
    csi.driver.abilities = (STAGE,)
    await csi.mounted(csi.wanted())
    assert await csi.csi.space("uid-web", "data") is None


async def test_calls_to_drivers_are_counted(csi: CSIWorld) -> None:
    csi.driver.failures["NodePublishVolume"] = [(grpc.StatusCode.INTERNAL, "no")]
    await csi.fails(csi.wanted())
    where = {"driver_name": NAME, "method_name": "/csi.v1.Node/NodePublishVolume", "migrated": "false"}

    def count(code: str) -> float | None:
        return metrics.registry().get_sample_value("csi_operations_seconds_count", where | {"grpc_status_code": code})

    failed, before = count("Internal"), count("OK") or 0.0
    assert failed is not None and failed >= 1
    await csi.clock.advance(1)
    await csi.mounted(csi.wanted())
    assert count("Internal") == failed and count("OK") == before + 1
