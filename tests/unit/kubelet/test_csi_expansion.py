"""Volumes of CSI drivers that grow: when they are mounted, in a running Pod, and what keeps them from it."""

from __future__ import annotations

import grpc
import pytest

from minik8s.api.core_v1 import PersistentVolumeClaim, VolumeResourceRequirements
from tests.support.csi_driver import EXPAND
from tests.unit.kubelet.csi_world import CSIWorld


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


@pytest.mark.parametrize("resize", ["ControllerResizeInProgress", "NodeResizeInfeasible"])
async def test_a_volume_is_not_expanded_before_its_time(csi: CSIWorld, resize: str) -> None:
    grown(csi, resize)
    await csi.mounted(csi.wanted(capacity={"storage": "2Gi"}))
    assert "NodeExpandVolume" not in csi.driver.names()


async def test_an_older_resizer_does_not_say_whose_turn_it_is(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted(capacity={"storage": "2Gi"}))
    assert csi.driver.last("NodeExpandVolume").capacity_range.required_bytes == 2 << 30
    assert claim(csi).status.capacity == {"storage": "2Gi"}
    # Without the ability there is nothing to do here, and nothing to say.
    csi.driver.abilities = tuple(one for one in csi.driver.abilities if one != EXPAND)
    await csi.clock.advance(60.0)
    await csi.csi.mount(csi.wanted(capacity={"storage": "3Gi"}))
    await csi.until(lambda: all(way.task is None for way in csi.csi._ways.values()))
    assert csi.driver.names().count("NodeExpandVolume") == 1 and len(csi.events) == 2


def shared(csi: CSIWorld, size: str, told: str, **annotations: str) -> None:
    """A claim of several nodes that says it has `told`, of a volume that is as large as `size`."""

    def change(claim: PersistentVolumeClaim) -> None:
        claim.spec.access_modes = ["ReadWriteMany"]
        claim.status.capacity = {"storage": told}
        claim.status.allocated_resources = {"storage": size}
        claim.metadata.annotations |= annotations

    csi.wanted()
    csi.cluster.modify(PersistentVolumeClaim, "c", change)


async def test_a_volume_of_several_nodes_grows_on_each(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    # Another node was faster.
    shared(csi, "2Gi", "2Gi")
    await csi.clock.advance(60.0)
    await csi.csi.mount(csi.wanted(capacity={"storage": "2Gi"}))
    await csi.until(lambda: len(csi.events) == 2)
    assert csi.driver.last("NodeExpandVolume").capacity_range.required_bytes == 2 << 30
    # It is published no second time for that, and grows but once.
    await csi.clock.advance(60.0)
    await csi.csi.mount(csi.wanted(capacity={"storage": "2Gi"}))
    assert csi.driver.names() == ["NodeStageVolume", "NodePublishVolume", "NodeExpandVolume"]


@pytest.mark.parametrize("able", [True, False])
async def test_a_volume_that_is_larger_for_all_nodes_at_once(csi: CSIWorld, able: bool) -> None:
    """As the resizer says in the claim, or as the driver cannot do anything on nodes."""
    await csi.mounted(csi.wanted())
    if not able:
        csi.driver.abilities = tuple(one for one in csi.driver.abilities if one != EXPAND)
    shared(csi, "2Gi", "2Gi", **({"volume.kubernetes.io/node-expansion-not-required": "yes"} if able else {}))
    await csi.clock.advance(60.0)
    wanted = csi.wanted(capacity={"storage": "2Gi"})
    await csi.csi.mount(wanted)
    await csi.until(lambda: not csi.csi._expansion.due(wanted, True))
    assert "NodeExpandVolume" not in csi.driver.names() and csi.events == []
    assert claim(csi).status.conditions == []


async def test_what_is_only_read_does_not_grow(csi: CSIWorld) -> None:
    grown(csi)
    await csi.mounted(csi.wanted(read_only=True, capacity={"storage": "2Gi"}))
    message = 'MountVolume.NodeExpandVolume failed for volume "pv" requested read-only file system'
    assert csi.events == [("Warning", "FileSystemResizeFailed", message)] * 2
    assert "NodeExpandVolume" not in csi.driver.names()


async def test_the_size_is_what_the_resizer_gave(csi: CSIWorld) -> None:
    grown(csi)
    csi.cluster.modify(
        PersistentVolumeClaim, "c", lambda one: setattr(one.status, "allocated_resources", {"storage": "1500Mi"})
    )
    await csi.mounted(csi.wanted(capacity={"storage": "2Gi"}))
    assert csi.driver.last("NodeExpandVolume").capacity_range.required_bytes == 1500 << 20
    assert claim(csi).status.capacity == {"storage": "1500Mi"}


async def test_an_expansion_in_a_running_pod_that_fails_is_told_and_tried_again(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    grown(csi)
    csi.driver.failures["NodeExpandVolume"] = [(grpc.StatusCode.INTERNAL, "no"), (grpc.StatusCode.UNAVAILABLE, "-")]
    wanted = csi.wanted(capacity={"storage": "2Gi"})
    await csi.csi.mount(wanted)
    await csi.until(lambda: csi.events)
    assert csi.events == [
        ("Warning", "VolumeResizeFailed",
         'NodeExpandVolume.NodeExpandVolume failed for volume "pv" : Expander.NodeExpand failed to expand the volume : '
         "rpc error: code = Internal desc = no"),
    ]  # fmt: skip
    [condition] = claim(csi).status.conditions
    assert condition.message == (
        "failed to expand pvc with Expander.NodeExpand failed to expand the volume : "
        "rpc error: code = Internal desc = no"
    )
    assert claim(csi).status.allocated_resource_statuses == {"storage": "NodeResizeInProgress"}
    # Nobody has to ask for it again.
    await csi.clock.advance(0.5)
    await csi.until(lambda: len(csi.events) == 2)
    await csi.clock.advance(0.9)
    assert csi.driver.names().count("NodeExpandVolume") == 2
    await csi.clock.advance(0.1)
    await csi.until(lambda: claim(csi).status.capacity == {"storage": "2Gi"})
    assert csi.driver.names().count("NodePublishVolume") == 1


async def test_a_pod_that_ends_is_not_kept_by_what_is_to_be_tried_again(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    grown(csi)
    csi.driver.failures["NodeExpandVolume"] = [(grpc.StatusCode.INTERNAL, "no")]
    await csi.csi.mount(csi.wanted(capacity={"storage": "2Gi"}))
    await csi.until(lambda: csi.events)
    await csi.csi.unmount("uid-web")
    await csi.clock.advance(5.0)
    assert csi.driver.names().count("NodeExpandVolume") == 1


async def test_who_asks_for_another_size_after_a_failure_need_not_wait_for_the_first(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    grown(csi)
    csi.driver.failures["NodeExpandVolume"] = [(grpc.StatusCode.INTERNAL, "no")] * 2
    wanted = csi.wanted(capacity={"storage": "2Gi"})
    await csi.csi.mount(wanted)
    await csi.until(lambda: csi.events)
    smaller = VolumeResourceRequirements(requests={"storage": "1500Mi"})
    csi.cluster.modify(PersistentVolumeClaim, "c", lambda one: setattr(one.spec, "resources", smaller))
    await csi.clock.advance(1.0)
    await csi.until(lambda: len(csi.events) == 2)
    assert claim(csi).status.allocated_resource_statuses == {"storage": "NodeResizeInfeasible"}


async def test_an_expansion_that_cannot_be(csi: CSIWorld) -> None:
    grown(csi)
    csi.driver.failures["NodeExpandVolume"] = [(grpc.StatusCode.OUT_OF_RANGE, "too large")]
    wanted = csi.wanted(capacity={"storage": "2Gi"})
    text = await csi.fails(wanted)
    assert text.startswith(
        'MountVolume.Setup failed while expanding volume for volume "pv" : Expander.NodeExpand failed to expand the '
        "volume rpc error: code = OutOfRange desc = too large"
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
