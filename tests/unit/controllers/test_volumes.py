from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from controllers.volumes.binder import VolumeBinder
from controllers.volumes.ephemeral import EphemeralVolumes
from controllers.volumes.hostpath import PROVISIONER, HostPathProvisioner
from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim, Pod
from minik8s.api.storage_v1 import StorageClass
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build
from tests.unit.controllers.jobs import reasons


def volume(name: str, size: str = "1Gi", **spec: Any) -> PersistentVolume:
    wanted = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}
    wanted |= {"persistentVolumeReclaimPolicy": "Retain"}
    return msgspec.convert({"metadata": {"name": name}, "spec": wanted | spec}, PersistentVolume)


def claim(name: str = "data", size: str = "1Gi", **spec: Any) -> PersistentVolumeClaim:
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, "storageClassName": ""}
    meta = {"name": name, "namespace": "default", "uid": f"uid-{name}"}
    return msgspec.convert({"metadata": meta, "spec": wanted | spec}, PersistentVolumeClaim)


def storage_class(**more: Any) -> StorageClass:
    meta = {"name": "standard"}
    return msgspec.convert(
        {"metadata": meta, "provisioner": PROVISIONER, "reclaimPolicy": "Delete", **more}, StorageClass
    )


def the_claim(cluster: FakeCluster, name: str = "data") -> PersistentVolumeClaim:
    found = cluster.object(PersistentVolumeClaim, name)
    assert found is not None
    return found


def phases(cluster: FakeCluster) -> dict[str, str]:
    return {v.metadata.name: v.status.phase for v in cluster.objects(PersistentVolume)}


async def test_a_claim_gets_the_smallest_volume_that_fits() -> None:
    cluster = FakeCluster()
    cluster.add(
        volume("small", "1Gi"),
        volume("big", "9Gi"),
        volume("fits", "5Gi"),
        volume("other", "5Gi", storageClassName="x"),
    )
    async with running(cluster, VolumeBinder()) as at_work:
        assert set(phases(cluster).values()) == {"Available"}
        cluster.add(claim(size="2Gi"))
        await at_work.settle()
        found = the_claim(cluster)
        assert (found.spec.volume_name, found.status.phase) == ("fits", "Bound")
        assert found.status.capacity == {"storage": "5Gi"} and found.status.access_modes == ["ReadWriteOnce"]
        assert found.metadata.annotations["pv.kubernetes.io/bind-completed"] == "yes"
        bound = cluster.object(PersistentVolume, "fits")
        assert bound is not None and bound.spec.claim_ref is not None and bound.spec.claim_ref.uid == "uid-data"
        assert phases(cluster)["fits"] == "Bound"
        cluster.remove(PersistentVolumeClaim, "data")
        await at_work.settle()
        assert phases(cluster)["fits"] == "Released"


async def test_a_claim_that_waits_takes_a_volume_that_comes_later() -> None:
    cluster = FakeCluster()
    cluster.add(claim())
    async with running(cluster, VolumeBinder()) as at_work:
        assert the_claim(cluster).status.phase == "Pending" and "FailedBinding" in await reasons(at_work)
        cluster.add(volume("late"))
        await at_work.settle()
        assert the_claim(cluster).status.phase == "Bound"


async def test_asking_for_a_volume_by_name_and_keeping_one_for_a_claim() -> None:
    cluster = FakeCluster()
    kept = {"claimRef": {"name": "data", "namespace": "default", "kind": "PersistentVolumeClaim"}}
    cluster.add(
        volume("a"),
        volume("kept", "3Gi", **kept),
        claim(),
        claim("named", volumeName="a"),
        claim("too-big", "8Gi", volumeName="a"),
    )
    async with running(cluster, VolumeBinder()) as at_work:
        assert the_claim(cluster).spec.volume_name == "kept"
        assert the_claim(cluster, "named").status.phase == "Bound"
        assert the_claim(cluster, "too-big").status.phase == "Pending"
        cluster.remove(PersistentVolume, "a")
        await at_work.settle()
        assert the_claim(cluster, "named").status.phase == "Lost" and "ClaimLost" in await reasons(at_work)


async def test_a_class_provisions_and_the_folder_goes_with_the_claim(tmp_path: Path) -> None:
    cluster = FakeCluster()
    cluster.add(storage_class(parameters={"path": str(tmp_path)}), claim(storageClassName="standard"))
    async with running(cluster, VolumeBinder(), HostPathProvisioner()) as at_work:
        for _ in range(100):
            await at_work.settle()
            if the_claim(cluster).status.phase == "Bound":
                break
        folder = tmp_path / "pvc-uid-data"
        assert the_claim(cluster).spec.volume_name == "pvc-uid-data" and folder.is_dir()
        made = cluster.objects(PersistentVolume)[0]
        assert made.spec.persistent_volume_reclaim_policy == "Delete" and made.spec.node_affinity is None
        assert {"ExternalProvisioning", "ProvisioningSucceeded"} <= set(await reasons(at_work))
        (folder / "file").write_text("x")
        cluster.remove(PersistentVolumeClaim, "data")
        for _ in range(100):
            await at_work.settle()
            if not cluster.objects(PersistentVolume):
                break
        assert not cluster.objects(PersistentVolume) and not folder.exists()


async def test_waiting_for_the_first_consumer(tmp_path: Path) -> None:
    cluster = FakeCluster()
    node = build.node("n1")
    node.metadata.labels["kubernetes.io/hostname"] = "host-1"
    late = storage_class(volumeBindingMode="WaitForFirstConsumer", parameters={"path": str(tmp_path)})
    cluster.add(node, late, claim(storageClassName="standard"))
    async with running(cluster, VolumeBinder(), HostPathProvisioner()) as at_work:
        assert the_claim(cluster).status.phase == "Pending" and not cluster.objects(PersistentVolume)
        assert "WaitForFirstConsumer" in await reasons(at_work)
        chosen = {"volume.kubernetes.io/selected-node": "n1"}
        cluster.modify(PersistentVolumeClaim, "data", lambda c: c.metadata.annotations.update(chosen))
        for _ in range(100):
            await at_work.settle()
            if the_claim(cluster).status.phase == "Bound":
                break
        affinity = cluster.objects(PersistentVolume)[0].spec.node_affinity
        assert affinity is not None and affinity.required is not None
        [wanted] = affinity.required.node_selector_terms[0].match_expressions
        assert (wanted.key, wanted.values) == ("kubernetes.io/hostname", ["host-1"])


async def test_volumes_nobody_can_delete_fail() -> None:
    cluster = FakeCluster()
    cluster.add(volume("a", persistentVolumeReclaimPolicy="Delete"), claim())
    async with running(cluster, VolumeBinder()) as at_work:
        cluster.remove(PersistentVolumeClaim, "data")
        await at_work.settle()
        assert phases(cluster) == {"a": "Failed"} and "VolumeFailedDelete" in await reasons(at_work)


def pod_with(**source: Any) -> Pod:
    return build.pod("p", spec={"volumes": [{"name": "v", **source}]})


async def test_ephemeral_volumes_get_claims_that_belong_to_their_pod() -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": spec}
    cluster = FakeCluster()
    cluster.add(pod_with(ephemeral={"volumeClaimTemplate": template}))
    async with running(cluster, EphemeralVolumes()) as at_work:
        made = the_claim(cluster, "p-v")
        assert made.metadata.labels == {"a": "b"} and made.metadata.owner_references[0].kind == "Pod"
        cluster.remove(PersistentVolumeClaim, "p-v")
        cluster.add(claim("p-v"))
        cluster.modify(Pod, "p", lambda p: p.metadata.labels.update(x="y"))
        await at_work.settle()
        assert "FailedBinding" in await reasons(at_work)
