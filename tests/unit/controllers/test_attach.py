from __future__ import annotations

from typing import Any

import msgspec

from controllers.volumes.attach import AttachDetach
from controllers.volumes.expand import Expander
from minik8s.api.core_v1 import Event, Node, PersistentVolume, PersistentVolumeClaim, Pod
from minik8s.api.storage_v1 import CSIDriver, VolumeAttachment
from minik8s.testing.controllers import Running, running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build
from tests.unit.controllers.jobs import reasons

UNIQUE = "kubernetes.io/csi/d.example^handle"


def volume(**more: Any) -> PersistentVolume:
    spec = {
        "csi": {"driver": "d.example", "volumeHandle": "handle"},
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "claimRef": {"name": "data", "namespace": "default", "uid": "u"},
    }
    return msgspec.convert({"metadata": {"name": "v"} | more, "spec": spec}, PersistentVolume)


def claim(size: str = "1Gi") -> PersistentVolumeClaim:
    spec = {"volumeName": "v", "resources": {"requests": {"storage": size}}, "storageClassName": "c"}
    status = {"phase": "Bound", "capacity": {"storage": "1Gi"}}
    meta = {"name": "data", "namespace": "default", "uid": "u"}
    return msgspec.convert({"metadata": meta, "spec": spec, "status": status}, PersistentVolumeClaim)


def pod(name: str, node: str) -> Pod:
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    return build.pod(name, node=node, spec={"volumes": volumes})


def attachments(cluster: FakeCluster) -> list[str]:
    return [one.spec.node_name for one in cluster.objects(VolumeAttachment)]


def attached(cluster: FakeCluster, node: str) -> list[str]:
    found = cluster.object(Node, node)
    assert found is not None
    return [one.name for one in found.status.volumes_attached]


async def said(at_work: Running) -> list[str]:
    await at_work.recorder.flush()
    return [event.message for event in at_work.cluster.objects(Event)]


async def test_a_volume_follows_its_pod_from_node_to_node() -> None:
    cluster = FakeCluster()
    cluster.add(build.node("n1"), build.node("n2"), volume(), claim(), pod("a", "n1"))
    async with running(cluster, AttachDetach()) as at_work:
        assert attachments(cluster) == ["n1"] and attached(cluster, "n1") == []
        name = cluster.objects(VolumeAttachment)[0].metadata.name
        assert name.startswith("csi-") and len(name) == 68
        cluster.modify(VolumeAttachment, name, lambda one: setattr(one.status, "attached", True))
        await at_work.settle()
        assert attached(cluster, "n1") == [UNIQUE] and "SuccessfulAttachVolume" in await reasons(at_work)
        cluster.modify(Node, "n1", lambda n: setattr(n.status, "volumes_in_use", [UNIQUE]))
        cluster.add(pod("b", "n2"))
        cluster.remove(Pod, "a")
        await at_work.settle()
        # The node still mounts it, and no second node may have it.
        assert attachments(cluster) == ["n1"] and "FailedAttachVolume" in await reasons(at_work)
        cluster.modify(Node, "n1", lambda n: setattr(n.status, "volumes_in_use", []))
        await at_work.settle()
        assert attachments(cluster) == ["n2"] and attached(cluster, "n1") == []


async def test_a_dead_node_loses_its_volume_in_the_end() -> None:
    cluster = FakeCluster()
    dead = build.node("n1", ready="Unknown", status={"volumesInUse": [UNIQUE]})
    cluster.add(dead, volume(), claim(), pod("a", "n1"))
    async with running(cluster, AttachDetach()) as at_work:
        cluster.remove(Pod, "a")
        await at_work.advance(300)
        assert attachments(cluster) == ["n1"]
        await at_work.advance(100)
        assert attachments(cluster) == []


async def test_drivers_that_attach_nothing_get_no_attachment() -> None:
    cluster = FakeCluster()
    driver = msgspec.convert({"metadata": {"name": "d.example"}, "spec": {"attachRequired": False}}, CSIDriver)
    cluster.add(build.node("n1"), driver, volume(), claim(), pod("a", "n1"))
    async with running(cluster, AttachDetach()):
        assert attachments(cluster) == []


async def test_growing_is_left_to_the_driver_or_done_for_our_own_directories() -> None:
    for ours in (False, True):
        cluster = FakeCluster()
        marks = {"annotations": {"pv.kubernetes.io/provisioned-by": "minik8s.io/hostpath"}} if ours else {}
        cluster.add(volume(**marks), claim("2Gi"))
        async with running(cluster, Expander()) as at_work:
            found = cluster.object(PersistentVolumeClaim, "data")
            assert found is not None and found.status.capacity == {"storage": "2Gi" if ours else "1Gi"}
            assert (found.metadata.annotations.get("volume.kubernetes.io/storage-resizer") == "d.example") != ours
            wanted = "VolumeResizeSuccessful" if ours else "ExternalExpanding"
            assert wanted in await reasons(at_work)
            # Its role lets it write the status of claims, and nothing else of them.
            written = {a.resource for a in cluster.actions if a.verb in ("update", "patch")}
            assert written - {"persistentvolumes", "events"} == {"persistentvolumeclaims/status"}


async def test_a_pod_whose_volume_nobody_attaches_is_told() -> None:
    cluster = FakeCluster()
    cluster.add(build.node("n1"), volume(), claim(), pod("a", "n1"))
    async with running(cluster, AttachDetach()) as at_work:
        await at_work.advance(119)
        assert "FailedAttachVolume" not in await reasons(at_work)
        await at_work.advance(2)
        assert (
            'AttachVolume.Attach failed for volume "v" : timed out waiting for external-attacher of d.example CSI '
            "driver to attach volume handle"
        ) in await said(at_work)


async def test_who_has_a_volume_that_only_one_node_may_have_is_named() -> None:
    cluster = FakeCluster()
    cluster.add(build.node("n1"), build.node("n2"), volume(), claim(), pod("a", "n1"))
    async with running(cluster, AttachDetach()) as at_work:
        cluster.add(pod("b", "n2"))
        await at_work.settle()
        assert 'Multi-Attach error for volume "v" Volume is already used by pod(s) a' in await said(at_work)
        assert attachments(cluster) == ["n1"]


async def test_a_node_is_told_before_its_volume_leaves() -> None:
    cluster = FakeCluster()
    cluster.add(build.node("n1"), volume(), claim(), pod("a", "n1"))
    async with running(cluster, AttachDetach()) as at_work:
        [one] = cluster.objects(VolumeAttachment)
        cluster.modify(VolumeAttachment, one.metadata.name, lambda one: setattr(one.status, "attached", True))
        await at_work.settle()
        assert attached(cluster, "n1") == [UNIQUE]
        cluster.actions.clear()
        cluster.remove(Pod, "a")
        await at_work.settle()
        changes = [(one.verb, one.resource) for one in cluster.actions if one.verb in ("patch", "delete")]
        assert changes[:2] == [("patch", "nodes/status"), ("delete", "volumeattachments")]


async def test_a_node_out_of_service_loses_its_volume_at_once() -> None:
    cluster = FakeCluster()
    taints = [{"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}]
    node = build.node("n1", ready="Unknown", status={"volumesInUse": [UNIQUE]}, spec={"taints": taints})
    cluster.add(node, volume(), claim(), pod("a", "n1"))
    async with running(cluster, AttachDetach()) as at_work:
        cluster.remove(Pod, "a")
        await at_work.settle()
        assert attachments(cluster) == []
