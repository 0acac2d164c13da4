"""Volumes of CSI drivers that grow: when they are mounted, in a running Pod, and what keeps them from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from minik8s.api.core_v1 import PersistentVolumeClaim
from tests.support.csi_driver import EXPAND
from tests.unit.kubelet.csi_world import CSIWorld, csi_world


@pytest.fixture
async def csi(tmp_path: Path) -> AsyncIterator[CSIWorld]:
    async with csi_world(tmp_path) as made:
        made.about()
        await made.register()
        yield made


def grown(csi: CSIWorld, resize: str = "NodeResizePending") -> None:
    def change(claim: PersistentVolumeClaim) -> None:
        claim.status.allocated_resource_statuses = {"storage": resize}

    csi.wanted()
    csi.cluster.modify(PersistentVolumeClaim, "c", change)


def claim(csi: CSIWorld) -> PersistentVolumeClaim:
    found = csi.cluster.object(PersistentVolumeClaim, "c")
    assert found is not None
    return found


async def test_a_volume_that_grew_is_expanded_when_it_is_mounted(csi: CSIWorld) -> None:
    grown(csi)
    await csi.mounted(csi.wanted(capacity={"storage": "2Gi"}))
    request = csi.driver.last("NodeExpandVolume")
    assert request.volume_id == "h1" and request.capacity_range.required_bytes == 2 << 30
    assert request.volume_path.endswith("/mount") and request.staging_target_path.endswith("/globalmount")
    assert claim(csi).status.capacity == {"storage": "2Gi"} and claim(csi).status.allocated_resource_statuses == {}
    message = 'MountVolume.NodeExpandVolume succeeded for volume "pv" n1'
    assert csi.events == [("Normal", "FileSystemResizeSuccessful", message)] * 2


async def test_a_volume_that_grows_in_a_running_pod_is_expanded(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    grown(csi)
    await csi.clock.advance(60.0)
    assert csi.csi.due() == {"uid-web"}
    await csi.csi.mount(csi.wanted(capacity={"storage": "2Gi"}))
    await csi.until(lambda: claim(csi).status.capacity == {"storage": "2Gi"})


@pytest.mark.parametrize("resize", ["", "ControllerResizeInProgress", "NodeResizeInfeasible"])
async def test_a_volume_is_not_expanded_before_its_time(csi: CSIWorld, resize: str) -> None:
    grown(csi, resize)
    await csi.mounted(csi.wanted(capacity={"storage": "2Gi"}))
    assert "NodeExpandVolume" not in csi.driver.names()


async def test_an_expansion_that_cannot_be(csi: CSIWorld) -> None:
    grown(csi)
    csi.driver.failures["NodeExpandVolume"] = [(grpc.StatusCode.OUT_OF_RANGE, "too large")]
    wanted = csi.wanted(capacity={"storage": "2Gi"})
    text = await csi.fails(wanted)
    assert text.startswith(
        'MountVolume.Setup failed while expanding volume for volume "pv" : Expander.NodeExpand failed'
    )
    assert claim(csi).status.allocated_resource_statuses == {"storage": "NodeResizeInfeasible"}
    [condition] = claim(csi).status.conditions
    assert condition.type == "NodeResizeError" and "too large" in condition.message


async def test_a_driver_that_expands_nothing_in_use_does_not_keep_the_pod_from_running(csi: CSIWorld) -> None:
    grown(csi)
    csi.driver.failures["NodeExpandVolume"] = [(grpc.StatusCode.FAILED_PRECONDITION, "in use")]
    wanted = csi.wanted(capacity={"storage": "2Gi"})
    await csi.mounted(wanted)
    await csi.clock.advance(60.0)
    await csi.csi.mount(wanted)
    assert csi.driver.names().count("NodeExpandVolume") == 1


async def test_a_driver_without_the_ability_to_expand(csi: CSIWorld) -> None:
    grown(csi)
    csi.driver.abilities = tuple(one for one in csi.driver.abilities if one != EXPAND)
    text = await csi.fails(csi.wanted(capacity={"storage": "2Gi"}))
    assert "NodeExpand is not supported by the CSI driver driver.test" in text
