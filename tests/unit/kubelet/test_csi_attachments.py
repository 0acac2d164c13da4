"""Volumes that have to be attached to the node before the kubelet mounts them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kubelet.volumes.types import VolumeFailed, VolumeWaits
from minik8s.api.core_v1 import Node
from minik8s.api.storage_v1 import CSINode, VolumeAttachment
from tests.unit.kubelet.csi_world import NAME, CSIWorld, csi_world


@pytest.fixture
async def attached(tmp_path: Path) -> AsyncIterator[CSIWorld]:
    """A driver without a CSIDriver object: its volumes are attached first."""
    async with csi_world(tmp_path) as made:
        await made.register()
        yield made


async def test_a_volume_is_in_use_first_then_attached_then_mounted(attached: CSIWorld) -> None:
    csi, wanted = attached, attached.wanted()
    with pytest.raises(VolumeWaits):
        await csi.csi.mount(wanted)
    node = csi.cluster.object(Node, "n1")
    assert node is not None and node.status.volumes_in_use == [f"kubernetes.io/csi/{NAME}^h1"]
    assert csi.driver.names() == []
    csi.attach(wanted, attachmentMetadata={"device": "/dev/x"})
    csi.woken.clear()
    csi.csi.node_changed()
    assert csi.woken == ["uid-web"]
    await csi.mounted(wanted)
    for method in ("NodeStageVolume", "NodePublishVolume"):
        assert dict(csi.driver.last(method).publish_context) == {"device": "/dev/x"}
    await csi.csi.unmount("uid-web")
    await csi.until(lambda: csi.csi.in_use() == [])
    node = csi.cluster.object(Node, "n1")
    assert node is not None and node.status.volumes_in_use == []
    assert csi.driver.names()[-2:] == ["NodeUnpublishVolume", "NodeUnstageVolume"]


async def test_what_the_attacher_says_is_passed_on(attached: CSIWorld) -> None:
    wanted = attached.wanted()
    attached.attach(wanted, attached=False, attachError={"message": "no slot"})
    assert await attached.fails(wanted) == 'MountVolume.WaitForAttach failed for volume "pv" : no slot'


async def test_an_attachment_that_is_gone(attached: CSIWorld) -> None:
    wanted = attached.wanted()
    attached.attach(wanted)
    [one] = attached.cluster.objects(VolumeAttachment)
    attached.cluster.remove(VolumeAttachment, one.metadata.name)
    text = await attached.fails(wanted)
    assert text.startswith('MountVolume.WaitForAttach failed for volume "pv" : volume h1 has GET error for volume att')


async def test_a_node_that_takes_no_more_sends_the_pod_away(attached: CSIWorld) -> None:
    csi, wanted = attached, attached.wanted()
    csi.about(attachRequired=True, nodeAllocatableUpdatePeriodSeconds=10_000)
    await csi.csi._objects.get(NAME)
    await csi.until(lambda: csi.csi._objects.known(NAME) is not None)
    with pytest.raises(VolumeWaits):
        await csi.csi.mount(wanted)
    csi.attach(wanted, attached=False, attachError={"message": "full", "errorCode": 8})
    csi.cluster.modify(Node, "n1", lambda node: setattr(node.status, "volumes_attached", []))
    csi.driver.most_volumes = 1
    await csi.clock.advance(124.0)
    with pytest.raises(VolumeFailed, match="Node has reached its volume attachment limit, rejecting pod"):
        await csi.csi.mount(wanted)
    found = csi.cluster.object(CSINode, "n1")
    assert found is not None and found.spec.drivers[0].allocatable is not None
    assert found.spec.drivers[0].allocatable.count == 1
