from __future__ import annotations

from typing import Any

import msgspec

from controllers.storageprotection.claims import FINALIZER as CLAIM
from controllers.storageprotection.claims import ClaimProtectionController
from controllers.storageprotection.classes import FINALIZER as CLASS
from controllers.storageprotection.classes import ClassProtectionController
from controllers.storageprotection.volumes import FINALIZER as VOLUME
from controllers.storageprotection.volumes import VolumeProtectionController
from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim, Pod
from minik8s.api.storage_v1 import VolumeAttributesClass
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster


def meta(name: str, namespace: str = "", *finalizers: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "namespace": namespace, "finalizers": list(finalizers), **more}


def claim(name: str, *finalizers: str, spec: dict[str, Any] | None = None, **more: Any) -> PersistentVolumeClaim:
    document = {"metadata": meta(name, "default", *finalizers, **more), "spec": spec or {}}
    return msgspec.convert(document, PersistentVolumeClaim)


def pod(name: str, node: str, volume: dict[str, Any]) -> Pod:
    document = {
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}"},
        "spec": {"nodeName": node, "containers": [{"name": "c", "image": "i"}], "volumes": [{"name": "v", **volume}]},
    }
    return msgspec.convert(document, Pod)


async def test_a_claim_stays_while_a_pod_on_a_node_has_it() -> None:
    cluster = FakeCluster()
    uses = {"persistentVolumeClaim": {"claimName": "data"}}
    cluster.add(claim("data", CLAIM), claim("waited", CLAIM), pod("on", "n1", uses))
    cluster.add(pod("pending", "", {"persistentVolumeClaim": {"claimName": "waited"}}))
    async with running(cluster, ClaimProtectionController()) as at_work:
        for name in ("data", "waited"):
            await cluster.delete(PersistentVolumeClaim, name, "default")
        await at_work.settle()
        held = cluster.object(PersistentVolumeClaim, "data")
        assert held is not None and held.metadata.finalizers == [CLAIM]
        assert cluster.object(PersistentVolumeClaim, "waited") is None
        await cluster.delete(Pod, "on", "default", grace_period_seconds=0)
        await at_work.settle()
        assert cluster.object(PersistentVolumeClaim, "data") is None


async def test_a_claim_made_for_a_pod_is_that_pods_alone() -> None:
    cluster = FakeCluster()
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "web", "uid": "uid-web"}
    cluster.add(claim("web-v", CLAIM, ownerReferences=[owner]), claim("other-v", CLAIM))
    cluster.add(pod("web", "n1", {"ephemeral": {}}), pod("other", "n1", {"ephemeral": {}}))
    async with running(cluster, ClaimProtectionController()) as at_work:
        for name in ("web-v", "other-v"):
            await cluster.delete(PersistentVolumeClaim, name, "default")
        await at_work.settle()
        assert [c.metadata.name for c in cluster.objects(PersistentVolumeClaim)] == ["web-v"]


async def test_claims_without_the_finalizer_get_it_beside_others() -> None:
    cluster = FakeCluster()
    cluster.add(claim("data", "example.com/mine"))
    async with running(cluster, ClaimProtectionController()):
        found = cluster.object(PersistentVolumeClaim, "data")
        assert found is not None and found.metadata.finalizers == ["example.com/mine", CLAIM]
        # Kubernetes' role for this controller has no patch.
        assert cluster.requests("update", "persistentvolumeclaims")
        assert not cluster.requests("patch", "persistentvolumeclaims")


async def test_a_volume_stays_while_it_is_bound() -> None:
    cluster = FakeCluster()
    volume = {"metadata": meta("v1", "", VOLUME), "spec": {}, "status": {"phase": "Bound"}}
    cluster.add(msgspec.convert(volume, PersistentVolume))
    async with running(cluster, VolumeProtectionController()) as at_work:
        await cluster.delete(PersistentVolume, "v1")
        await at_work.settle()
        assert cluster.object(PersistentVolume, "v1") is not None
        cluster.modify(PersistentVolume, "v1", lambda v: setattr(v.status, "phase", "Released"))
        await at_work.settle()
        assert cluster.object(PersistentVolume, "v1") is None


async def test_a_class_stays_while_a_claim_or_volume_has_it() -> None:
    cluster = FakeCluster()
    for name in ("gold", "silver", "unused"):
        document = {"metadata": meta(name, "", CLASS), "driverName": "d"}
        cluster.add(msgspec.convert(document, VolumeAttributesClass))
    cluster.add(claim("data", spec={"volumeAttributesClassName": "gold"}))
    volume = {"metadata": meta("v1"), "spec": {"volumeAttributesClassName": "silver"}}
    cluster.add(msgspec.convert(volume, PersistentVolume))
    async with running(cluster, ClassProtectionController()) as at_work:
        for name in ("gold", "silver", "unused"):
            await cluster.delete(VolumeAttributesClass, name)
        await at_work.settle()
        assert {c.metadata.name for c in cluster.objects(VolumeAttributesClass)} == {"gold", "silver"}
        cluster.modify(PersistentVolumeClaim, "data", lambda c: setattr(c.spec, "volume_attributes_class_name", None))
        await cluster.delete(PersistentVolume, "v1")
        await at_work.settle()
        assert cluster.objects(VolumeAttributesClass) == []
