from __future__ import annotations

from controllers.replicaset.controller import ReplicaSetController
from controllers.replicaset.kinds import REPLICATION_CONTROLLER
from minik8s.api.apps_v1 import ReplicaSet
from minik8s.api.core_v1 import Event, Pod, ReplicationController
from minik8s.client.errors import Forbidden
from minik8s.machinery.owners import controller_of
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build


async def test_pods_are_made_counted_and_deleted() -> None:
    cluster = FakeCluster()
    cluster.add(build.replica_set(replicas=3))
    async with running(cluster, ReplicaSetController()) as at_work:
        pods = cluster.objects(Pod)
        assert [p.metadata.generate_name for p in pods] == ["web-"] * 3
        owner = cluster.object(ReplicaSet, "web")
        assert owner is not None and owner.status.replicas == 3 and owner.status.ready_replicas == 0
        build.make_ready(cluster)
        await at_work.settle()
        owner = cluster.object(ReplicaSet, "web")
        assert owner is not None and owner.status.available_replicas == owner.status.fully_labeled_replicas == 3
        cluster.modify(ReplicaSet, "web", lambda o: setattr(o.spec, "replicas", 1))
        await at_work.settle()
        build.finish_deletions(cluster)
        await at_work.settle()
        assert len(cluster.objects(Pod)) == 1
        await at_work.recorder.flush()
        reasons = [e.reason for e in cluster.objects(Event)]
        assert reasons.count("SuccessfulCreate") == 3 and reasons.count("SuccessfulDelete") == 2


async def test_a_pod_that_is_lost_is_replaced() -> None:
    cluster = FakeCluster()
    cluster.add(build.replica_set(replicas=2))
    async with running(cluster, ReplicaSetController()) as at_work:
        lost = cluster.objects(Pod)[0].metadata.name
        cluster.remove(Pod, lost)
        await at_work.settle()
        names = [p.metadata.name for p in cluster.objects(Pod)]
        assert len(names) == 2 and lost not in names


async def test_matching_orphans_are_adopted_and_strangers_released() -> None:
    cluster = FakeCluster()
    cluster.add(build.pod("mine"), build.pod("other", labels={"app": "other"}))
    cluster.add(build.replica_set(replicas=1))
    async with running(cluster, ReplicaSetController()) as at_work:
        adopted = cluster.object(Pod, "mine")
        assert adopted is not None and len(cluster.objects(Pod)) == 2
        reference = controller_of(adopted)
        assert reference is not None and reference.name == "web" and reference.block_owner_deletion
        cluster.modify(Pod, "mine", lambda p: p.metadata.labels.update(app="else"))
        await at_work.settle()
        released = cluster.object(Pod, "mine")
        assert released is not None and released.metadata.owner_references == []
        assert len(cluster.objects(Pod)) == 3


async def test_a_refused_creation_is_told_and_the_batch_is_small() -> None:
    cluster = FakeCluster()
    cluster.fail("create", "pods", lambda: Forbidden('pods "web-" is forbidden: exceeded quota'), times=1000)
    cluster.add(build.replica_set(replicas=200))
    async with running(cluster, ReplicaSetController()) as at_work:
        owner = cluster.object(ReplicaSet, "web")
        assert owner is not None
        [failure] = owner.status.conditions
        assert (failure.type, failure.reason) == ("ReplicaFailure", "FailedCreate")
        assert "exceeded quota" in failure.message
        await at_work.recorder.flush()
        [event] = cluster.objects(Event)
        assert event.message == 'Error creating: pods "web-" is forbidden: exceeded quota'


async def test_a_large_set_needs_more_than_one_burst() -> None:
    cluster = FakeCluster()
    cluster.add(build.replica_set(replicas=25))
    async with running(cluster, ReplicaSetController(burst=10)):
        assert len(cluster.objects(Pod)) == 25


async def test_not_ready_and_cheap_pods_go_first() -> None:
    cluster = FakeCluster()
    cost = {"controller.kubernetes.io/pod-deletion-cost": "-5"}
    cluster.add(
        build.pod("ready"),
        build.pod("waiting", ready=False),
        build.pod("cheap", metadata={"annotations": cost}),
        build.replica_set(replicas=1),
    )
    async with running(cluster, ReplicaSetController()):
        left = [p.metadata.name for p in cluster.objects(Pod) if p.metadata.deletion_timestamp is None]
        assert left == ["ready"]


async def test_a_replication_controller_does_the_same() -> None:
    cluster = FakeCluster()
    made = ReplicationController()
    made.metadata.name, made.spec.replicas, made.spec.selector = "rc", 2, {"app": "rc"}
    made.spec.template = build.replica_set("rc").spec.template
    cluster.add(made)
    async with running(cluster, ReplicaSetController(REPLICATION_CONTROLLER)):
        assert len(cluster.objects(Pod)) == 2
        owner = cluster.object(ReplicationController, "rc")
        assert owner is not None and owner.status.replicas == 2


async def test_min_ready_seconds_delay_availability() -> None:
    cluster = FakeCluster()
    cluster.add(build.replica_set(replicas=1, minReadySeconds=10))
    async with running(cluster, ReplicaSetController()) as at_work:
        build.make_ready(cluster)
        await at_work.settle()
        owner = cluster.object(ReplicaSet, "web")
        assert owner is not None and (owner.status.ready_replicas, owner.status.available_replicas) == (1, 0)
        await at_work.advance(10)
        owner = cluster.object(ReplicaSet, "web")
        assert owner is not None and owner.status.available_replicas == 1


async def test_a_large_set_does_not_write_its_status_for_every_pod() -> None:
    cluster = FakeCluster()
    cluster.add(build.replica_set(replicas=100))
    async with running(cluster, ReplicaSetController()) as at_work:
        before = len(cluster.requests("update", "replicasets/status"))
        for found in cluster.objects(Pod):
            build.make_ready(cluster, only=found.metadata.name)
            await at_work.settle()
        assert len(cluster.requests("update", "replicasets/status")) == before
        await at_work.advance(0.1)
        assert len(cluster.requests("update", "replicasets/status")) == before + 1
        owner = cluster.object(ReplicaSet, "web")
        assert owner is not None and owner.status.available_replicas == 100
