from __future__ import annotations

from typing import Any

import msgspec
import pytest

from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim
from minik8s.api.storage_v1 import CSIDriver, CSINode, CSIStorageCapacity, StorageClass
from minik8s.testing.fake_cluster import FakeCluster
from scheduler.whatif import WhatIf

from .make import node, pod

ZONE = "topology.kubernetes.io/zone"
SELECTED = "volume.kubernetes.io/selected-node"
BOUND = "pv.kubernetes.io/bind-completed"


def claim(name: str, volume: str = "", size: str = "1Gi", cls: str = "local", **more: Any) -> PersistentVolumeClaim:
    meta: dict[str, Any] = {"name": name, "namespace": "default", "uid": f"uid-{name}"}
    if volume:
        meta["annotations"] = {BOUND: "yes"}
    spec = {
        "accessModes": more.get("modes", ["ReadWriteOnce"]),
        "storageClassName": cls,
        "volumeName": volume,
        "resources": {"requests": {"storage": size}},
    }
    return msgspec.convert({"metadata": meta, "spec": spec, "status": more.get("status", {})}, PersistentVolumeClaim)


def volume(name: str, on: str = "", size: str = "1Gi", cls: str = "local", **more: Any) -> PersistentVolume:
    spec: dict[str, Any] = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": cls,
        **more.get("spec", {}),
    }
    if on:
        expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": [on]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}
    meta = {"name": name, "labels": more.get("labels", {})}
    return msgspec.convert({"metadata": meta, "spec": spec, "status": {"phase": "Available"}}, PersistentVolume)


def storage(
    name: str = "local",
    provisioner: str = "kubernetes.io/no-provisioner",
    mode: str = "WaitForFirstConsumer",
    **more: Any,
) -> StorageClass:
    return msgspec.convert(
        {"metadata": {"name": name}, "provisioner": provisioner, "volumeBindingMode": mode, **more}, StorageClass
    )


def using(*claims: str) -> dict[str, Any]:
    return {"volumes": [{"name": f"v-{c}", "persistentVolumeClaim": {"claimName": c}} for c in claims]}


NODES = [node("n1", labels={ZONE: "a"}), node("n2", labels={ZONE: "b"})]


def ask(objects: list[Any], *claims: str, scheduled: Any = ()) -> Any:
    return WhatIf(NODES, scheduled, objects).place(pod("p", spec=using(*claims)))


def test_a_bound_volume_decides_the_node() -> None:
    assert ask([claim("c", "v"), volume("v", on="n2"), storage()], "c").node == "n2"
    lost = ask([claim("c", "v"), volume("v", on="n9"), storage()], "c")
    assert lost.message.startswith("0/2 nodes are available: 2 node(s) had volume node affinity conflict.")


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ([], 'persistentvolumeclaim "c" not found.'),
        ([claim("c"), storage(mode="Immediate")], "pod has unbound immediate PersistentVolumeClaims."),
        (
            [claim("c", "v", status={"phase": "Lost"}), volume("v")],
            'persistentvolumeclaim "c" bound to non-existent persistentvolume "v".',
        ),
    ],
)
def test_claims_that_cannot_be_used_are_named(objects: list[Any], message: str) -> None:
    assert ask(objects, "c").message.startswith(f"0/2 nodes are available: {message}")


def test_a_waiting_claim_takes_the_smallest_volume_that_fits() -> None:
    objects = [
        claim("c", size="2Gi"),
        storage(),
        volume("small", "n1"),
        volume("big", "n2", "9Gi"),
        volume("ok", "n2", "3Gi"),
    ]
    question = WhatIf(NODES, (), objects)
    assert question.place(pod("p", spec=using("c"))).node == "n2"
    assert question.cluster.volumes.taken == {"ok": "default/c"}


def test_two_claims_need_two_volumes() -> None:
    objects = [claim("c1"), claim("c2"), storage(), volume("v1", "n1"), volume("v2", "n1"), volume("v3", "n2")]
    assert ask(objects, "c1", "c2").node == "n1"
    lost = ask(objects[:-2], "c1", "c2")
    text = "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind."
    assert lost.message.startswith(text)


def test_a_volume_promised_to_one_is_not_given_to_another() -> None:
    question = WhatIf(NODES, (), [claim("c1"), claim("c2"), storage(), volume("v1", "n1")])
    assert question.place(pod("p1", spec=using("c1"))).node == "n1"
    assert question.place(pod("p2", spec=using("c2"))).node == ""


def test_new_volumes_obey_allowed_topologies_and_free_space() -> None:
    terms = [{"matchLabelExpressions": [{"key": ZONE, "values": ["b"]}]}]
    assert ask([claim("c"), storage(provisioner="csi", allowedTopologies=terms)], "c").node == "n2"
    driver = msgspec.convert({"metadata": {"name": "csi"}, "spec": {"storageCapacity": True}}, CSIDriver)
    room = msgspec.convert(
        {
            "metadata": {"name": "r", "namespace": "x"},
            "storageClassName": "local",
            "capacity": "5Gi",
            "nodeTopology": {"matchLabels": {ZONE: "a"}},
        },
        CSIStorageCapacity,
    )
    assert ask([claim("c"), storage(provisioner="csi"), driver, room], "c").node == "n1"
    lost = ask([claim("c", size="9Gi"), storage(provisioner="csi"), driver, room], "c")
    assert lost.message.startswith("0/2 nodes are available: 2 node(s) did not have enough free storage.")


def test_zones_of_volumes_are_kept() -> None:
    objects = [claim("c", "v"), volume("v", labels={ZONE: "b"}), storage()]
    assert ask(objects, "c").node == "n2"
    objects[1] = volume("v", labels={ZONE: "c"})
    assert ask(objects, "c").message.startswith("0/2 nodes are available: 2 node(s) had no available volume zone.")


def test_a_claim_for_one_pod_serves_one_pod() -> None:
    objects = [claim("c", "v", modes=["ReadWriteOncePod"]), volume("v"), storage()]
    there = [pod("other", on="n1", spec=using("c"))]
    lost = ask(objects, "c", scheduled=there)
    assert "2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod" in lost.message


def test_disks_are_mounted_once() -> None:
    disk = {"volumes": [{"name": "d", "awsElasticBlockStore": {"volumeID": "vol-1"}}]}
    placed = WhatIf(NODES[:1], [pod("a", on="n1", spec=disk)]).place(pod("b", spec=disk))
    assert placed.message.startswith("0/1 nodes are available: 1 node(s) had no available disk.")


def test_a_driver_attaches_so_many_volumes() -> None:
    def csi(name: str) -> list[Any]:
        spec = {"csi": {"driver": "d", "volumeHandle": name}}
        return [claim(f"c-{name}", f"v-{name}"), volume(f"v-{name}", spec=spec)]

    limits = [
        msgspec.convert(
            {"metadata": {"name": n}, "spec": {"drivers": [{"name": "d", "nodeID": n, "allocatable": {"count": c}}]}},
            CSINode,
        )
        for n, c in (("n1", 1), ("n2", 2))
    ]
    objects = [*csi("1"), *csi("2"), *csi("3"), storage(), *limits]
    there = [pod("a", on="n1", spec=using("c-1")), pod("b", on="n2", spec=using("c-2"))]
    question = WhatIf(NODES, there, objects)
    assert question.place(pod("same", spec=using("c-1") | {"nodeSelector": {ZONE: "a"}})).node == "n1"
    assert question.place(pod("p", spec=using("c-3"))).node == "n2"
    lost = WhatIf(NODES[:1], there, objects).place(pod("q", spec=using("c-3")))
    assert lost.message.startswith("0/1 nodes are available: 1 node(s) exceed max volume count.")


async def test_a_waiting_claim_is_bound_before_its_pod(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1"), storage(), claim("c"), volume("v", "n1"), pod("p", spec=using("c")))
    running = await start(rest=False)
    reserved = cluster.object(PersistentVolume, "v")
    assert reserved is not None and reserved.spec.claim_ref is not None
    assert (reserved.spec.claim_ref.name, reserved.spec.claim_ref.uid) == ("c", "uid-c")
    assert running.node_of("p") == ""

    def bind(found: PersistentVolumeClaim) -> None:
        found.spec.volume_name = "v"
        found.metadata.annotations[BOUND] = "yes"

    cluster.modify(PersistentVolumeClaim, "c", bind, "default")
    await running.settle()
    assert running.node_of("p") == "n1"
    assert running.scheduler.cluster.volumes.taken == {}


async def test_a_claim_to_provision_is_told_the_node_and_failure_frees_the_pod(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1"), storage(provisioner="csi"), claim("c"), pod("p", spec=using("c")))
    running = await start(rest=False)
    told = cluster.object(PersistentVolumeClaim, "c", "default")
    assert told is not None and told.metadata.annotations[SELECTED] == "n1"
    cluster.modify(PersistentVolumeClaim, "c", lambda c: c.metadata.annotations.clear(), "default")
    await running.clock_turns()
    assert 'provisioning failed for PVC "c"' in running.message("p")


async def test_where_a_pod_will_be_is_told_while_its_volume_is_made(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1"), storage(provisioner="csi"), claim("c"), pod("p", spec=using("c")), pod("q"))
    running = await start(rest=False)
    assert running.pod("p").status.nominated_node_name == "n1"
    assert running.node_of("p") == ""
    assert running.node_of("q") == "n1"
    assert running.pod("q").status.nominated_node_name == ""
    assert running.scheduler.handle.nominations.node_of("uid-p") == ""


async def test_a_binding_that_fails_takes_the_told_node_back(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1"), storage(provisioner="csi"), claim("c"), pod("p", spec=using("c")))
    running = await start(rest=False)
    cluster.modify(PersistentVolumeClaim, "c", lambda c: c.metadata.annotations.clear(), "default")
    await running.clock_turns()
    assert running.pod("p").status.nominated_node_name == ""
