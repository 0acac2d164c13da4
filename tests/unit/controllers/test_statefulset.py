from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from controllers.statefulset.controller import StatefulSetController
from minik8s.api.apps_v1 import ControllerRevision, StatefulSet
from minik8s.api.core_v1 import Event, PersistentVolumeClaim, Pod
from minik8s.testing.controllers import Running, running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build
from tests.unit.controllers.jobs import reasons

CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def stateful_set(replicas: int = 3, **spec: Any) -> StatefulSet:
    wanted = {
        "replicas": replicas,
        "serviceName": "web",
        "podManagementPolicy": "OrderedReady",
        "selector": {"matchLabels": {"app": "web"}},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        "revisionHistoryLimit": 10,
        "template": build.template("web"),
    }
    return msgspec.convert({"metadata": {"name": "web", "namespace": "default"}, "spec": wanted | spec}, StatefulSet)


def partition(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": number, **more}}


def get(cluster: FakeCluster) -> StatefulSet:
    found = cluster.object(StatefulSet, "web")
    assert found is not None
    return found


def names(cluster: FakeCluster) -> list[str]:
    return [p.metadata.name for p in cluster.objects(Pod) if p.metadata.deletion_timestamp is None]


def images(cluster: FakeCluster) -> dict[str, str]:
    return {p.metadata.name: p.spec.containers[0].image for p in cluster.objects(Pod)}


def change(cluster: FakeCluster, how: Callable[[StatefulSet], None]) -> None:
    def changed(owner: StatefulSet) -> None:
        how(owner)
        owner.metadata.generation += 1

    cluster.modify(StatefulSet, "web", changed)


def image(name: str) -> Callable[[StatefulSet], None]:
    return lambda owner: setattr(owner.spec.template.spec.containers[0], "image", name)


async def roll(cluster: FakeCluster, at_work: Running) -> None:
    for _ in range(60):
        await at_work.settle()
        going = any(p.metadata.deletion_timestamp for p in cluster.objects(Pod))
        build.finish_deletions(cluster)
        if not build.make_ready(cluster) and not going:
            return


async def test_pods_come_one_after_the_other_with_name_and_claim() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(volumeClaimTemplates=[CLAIM]))
    async with running(cluster, StatefulSetController()) as at_work:
        assert names(cluster) == ["web-0"]
        await at_work.settle()
        build.make_ready(cluster)
        await at_work.settle()
        assert names(cluster) == ["web-0", "web-1"]
        await roll(cluster, at_work)
        assert names(cluster) == ["web-0", "web-1", "web-2"]
        pod = cluster.objects(Pod)[1]
        assert (pod.spec.hostname, pod.spec.subdomain) == ("web-1", "web")
        assert pod.metadata.labels["statefulset.kubernetes.io/pod-name"] == "web-1"
        assert pod.metadata.labels["apps.kubernetes.io/pod-index"] == "1"
        source = pod.spec.volumes[0].persistent_volume_claim
        assert source is not None and source.claim_name == "data-web-1"
        claims = cluster.objects(PersistentVolumeClaim)
        assert [c.metadata.name for c in claims] == ["data-web-0", "data-web-1", "data-web-2"]
        assert claims[0].metadata.labels == {"app": "web"} and claims[0].metadata.owner_references == []
        status = get(cluster).status
        assert (status.replicas, status.ready_replicas, status.available_replicas) == (3, 3, 3)
        assert status.current_revision == status.update_revision == cluster.objects(ControllerRevision)[0].metadata.name
        assert pod.metadata.labels["controller-revision-hash"] == status.update_revision
        assert pod.metadata.generate_name == "web-"
        assert status.collision_count == 0
        assert (await reasons(at_work)).count("SuccessfulCreate") == 6
        told = {event.message for event in cluster.objects(Event)}
        assert "Create Pod web-1 in StatefulSet web successful" in told
        assert "Create Claim data-web-1 Pod web-1 in StatefulSet web success" in told


async def test_scaling_down_goes_from_the_highest_one_at_a_time() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(volumeClaimTemplates=[CLAIM]))
    async with running(cluster, StatefulSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, lambda o: setattr(o.spec, "replicas", 1))
        await at_work.settle()
        assert names(cluster) == ["web-0", "web-1"]
        await at_work.settle()
        assert names(cluster) == ["web-0", "web-1"]
        build.finish_deletions(cluster)
        await at_work.settle()
        assert names(cluster) == ["web-0"]
        assert len(cluster.objects(PersistentVolumeClaim)) == 3


async def test_an_unhealthy_pod_holds_up_scaling() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(2))
    async with running(cluster, StatefulSetController()) as at_work:
        await roll(cluster, at_work)
        cluster.modify(Pod, "web-0", lambda p: setattr(p.status.conditions[0], "status", "False"))
        change(cluster, lambda o: setattr(o.spec, "replicas", 3))
        await at_work.settle()
        assert names(cluster) == ["web-0", "web-1"]
        change(cluster, lambda o: setattr(o.spec, "replicas", 0))
        await at_work.settle()
        assert names(cluster) == ["web-0"]


async def test_parallel_pods_come_and_go_together() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(podManagementPolicy="Parallel", ordinals={"start": 5}))
    async with running(cluster, StatefulSetController()) as at_work:
        assert names(cluster) == ["web-5", "web-6", "web-7"]
        change(cluster, lambda o: setattr(o.spec, "replicas", 0))
        await at_work.settle()
        assert names(cluster) == []


async def test_an_update_rolls_from_the_highest_down_to_the_partition() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(updateStrategy=partition(1)))
    async with running(cluster, StatefulSetController()) as at_work:
        await roll(cluster, at_work)
        old = get(cluster).status.current_revision
        change(cluster, image("nginx:2"))
        await at_work.settle()
        assert names(cluster) == ["web-0", "web-1"]
        await roll(cluster, at_work)
        assert images(cluster) == {"web-0": "nginx", "web-1": "nginx:2", "web-2": "nginx:2"}
        status = get(cluster).status
        assert (status.current_revision, status.current_replicas, status.updated_replicas) == (old, 1, 2)
        # A pod below the partition comes back as it was.
        cluster.remove(Pod, "web-0")
        await roll(cluster, at_work)
        assert images(cluster)["web-0"] == "nginx"
        change(cluster, lambda o: setattr(o.spec.update_strategy.rolling_update, "partition", 0))
        await roll(cluster, at_work)
        assert set(images(cluster).values()) == {"nginx:2"}
        status = get(cluster).status
        assert status.current_revision == status.update_revision != old and status.current_replicas == 3


async def test_several_may_be_unavailable_during_an_update() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(4, updateStrategy=partition(0, maxUnavailable=2)))
    async with running(cluster, StatefulSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, image("nginx:2"))
        await at_work.settle()
        assert names(cluster) == ["web-0", "web-1"]
        await roll(cluster, at_work)
        assert set(images(cluster).values()) == {"nginx:2"} and len(images(cluster)) == 4


async def test_a_broken_update_is_replaced_by_the_next() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(2))
    async with running(cluster, StatefulSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, image("broken"))
        await at_work.settle()
        build.finish_deletions(cluster)
        await at_work.settle()
        assert images(cluster) == {"web-0": "nginx", "web-1": "broken"}


async def test_on_delete_leaves_the_replacing_to_people() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(2, updateStrategy={"type": "OnDelete"}))
    async with running(cluster, StatefulSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, image("nginx:2"))
        await at_work.settle()
        assert len(names(cluster)) == 2
        cluster.remove(Pod, "web-0")
        await roll(cluster, at_work)
        assert images(cluster) == {"web-0": "nginx:2", "web-1": "nginx"}


async def test_failed_pods_are_made_again() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(1))
    async with running(cluster, StatefulSetController()) as at_work:
        await roll(cluster, at_work)
        uid = cluster.objects(Pod)[0].metadata.uid
        cluster.modify(Pod, "web-0", lambda p: setattr(p.status, "phase", "Failed"))
        await at_work.settle()
        build.finish_deletions(cluster)
        await at_work.settle()
        assert cluster.objects(Pod)[0].metadata.uid != uid
        assert "RecreatingFailedPod" in await reasons(at_work)


async def test_claims_go_with_whom_the_retention_policy_says() -> None:
    cluster = FakeCluster()
    policy = {"whenDeleted": "Delete", "whenScaled": "Delete"}
    cluster.add(stateful_set(2, volumeClaimTemplates=[CLAIM], persistentVolumeClaimRetentionPolicy=policy))
    async with running(cluster, StatefulSetController()) as at_work:
        await roll(cluster, at_work)

        def owners() -> list[list[str]]:
            return [[o.kind for o in c.metadata.owner_references] for c in cluster.objects(PersistentVolumeClaim)]

        assert owners() == [["StatefulSet"], ["StatefulSet"]]
        change(cluster, lambda o: setattr(o.spec, "replicas", 1))
        await at_work.settle()
        assert owners() == [["StatefulSet"], ["Pod"]]
        build.finish_deletions(cluster)
        change(cluster, lambda o: setattr(o.spec, "replicas", 2))
        await at_work.settle()
        # The claim of the old pod is on its way out: the new pod waits for a new one.
        assert names(cluster) == ["web-0"]
        cluster.remove(PersistentVolumeClaim, "data-web-1")
        await at_work.settle()
        assert names(cluster) == ["web-0", "web-1"] and owners() == [["StatefulSet"], ["StatefulSet"]]


async def test_min_ready_seconds_hold_up_the_next_pod() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(2, minReadySeconds=30))
    async with running(cluster, StatefulSetController()) as at_work:
        build.make_ready(cluster)
        await at_work.settle()
        status = get(cluster).status
        assert (names(cluster), status.ready_replicas, status.available_replicas) == (["web-0"], 1, 0)
        await at_work.advance(31)
        assert names(cluster) == ["web-0", "web-1"] and get(cluster).status.available_replicas == 1


async def test_going_back_renumbers_and_history_is_bounded() -> None:
    cluster = FakeCluster()
    cluster.add(stateful_set(1, revisionHistoryLimit=1))
    async with running(cluster, StatefulSetController()) as at_work:
        await roll(cluster, at_work)
        first = get(cluster).status.current_revision
        change(cluster, image("nginx:2"))
        await roll(cluster, at_work)
        change(cluster, image("nginx"))
        await roll(cluster, at_work)
        found = cluster.object(ControllerRevision, first)
        assert found is not None and found.revision == 3 and get(cluster).status.current_revision == first
        for version in range(3, 6):
            change(cluster, image(f"nginx:{version}"))
            await roll(cluster, at_work)
        assert len(cluster.objects(ControllerRevision)) == 2


async def test_a_pod_without_owner_is_adopted_when_name_and_labels_fit() -> None:
    cluster = FakeCluster()
    cluster.add(build.pod("web-0"), build.pod("other"), stateful_set(1))
    async with running(cluster, StatefulSetController()) as at_work:
        await at_work.settle()
        assert [bool(p.metadata.owner_references) for p in cluster.objects(Pod)] == [False, True]
