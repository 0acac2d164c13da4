from __future__ import annotations

from collections.abc import Callable

from controllers.deployment.controller import DeploymentController
from controllers.deployment.scaling import proportional
from controllers.replicaset.controller import ReplicaSetController
from minik8s.api.apps_v1 import Deployment, DeploymentCondition, ReplicaSet
from minik8s.api.core_v1 import Event, Pod
from minik8s.client.errors import Forbidden
from minik8s.testing.controllers import Running, running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build

REVISION = "deployment.kubernetes.io/revision"


def get(cluster: FakeCluster) -> Deployment:
    found = cluster.object(Deployment, "web")
    assert found is not None
    return found


def told(cluster: FakeCluster, type_: str) -> DeploymentCondition:
    return next(c for c in get(cluster).status.conditions if c.type == type_)


def sizes(cluster: FakeCluster) -> list[int]:
    """Sizes of the sets, by revision."""
    found = sorted(cluster.objects(ReplicaSet), key=lambda s: int(s.metadata.annotations[REVISION]))
    return [s.spec.replicas or 0 for s in found]


def change(cluster: FakeCluster, how: Callable[[Deployment], None]) -> None:
    def changed(owner: Deployment) -> None:
        how(owner)
        owner.metadata.generation += 1

    cluster.modify(Deployment, "web", changed)


def image(name: str) -> Callable[[Deployment], None]:
    return lambda owner: setattr(owner.spec.template.spec.containers[0], "image", name)


async def roll(cluster: FakeCluster, at_work: Running) -> None:
    for _ in range(40):
        moved = build.make_ready(cluster)
        build.finish_deletions(cluster)
        await at_work.settle()
        if not moved:
            return


async def test_a_deployment_becomes_available() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment())
    async with running(cluster, DeploymentController(), ReplicaSetController()) as at_work:
        [made] = cluster.objects(ReplicaSet)
        digest = made.metadata.labels["pod-template-hash"]
        assert made.metadata.name == f"web-{digest}" and made.spec.replicas == 3
        assert made.spec.selector is not None and made.spec.selector.match_labels["pod-template-hash"] == digest
        assert made.metadata.annotations == {
            REVISION: "1",
            "deployment.kubernetes.io/desired-replicas": "3",
            "deployment.kubernetes.io/max-replicas": "4",
        }
        assert get(cluster).metadata.annotations[REVISION] == "1"
        assert told(cluster, "Available").reason == "MinimumReplicasUnavailable"
        await roll(cluster, at_work)
        status = get(cluster).status
        assert (status.replicas, status.updated_replicas, status.available_replicas) == (3, 3, 3)
        assert told(cluster, "Available").reason == "MinimumReplicasAvailable"
        progress = told(cluster, "Progressing")
        assert (progress.status, progress.reason) == ("True", "NewReplicaSetAvailable")
        assert progress.message == f'ReplicaSet "{made.metadata.name}" has successfully progressed.'
        await at_work.recorder.flush()
        scaling = [e for e in cluster.objects(Event) if e.reason == "ScalingReplicaSet"]
        assert [e.message for e in scaling] == [f"Scaled up replica set {made.metadata.name} from 0 to 3"]


async def test_a_rolling_update_stays_within_its_limits() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment(replicas=8))
    async with running(cluster, DeploymentController(), ReplicaSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, image("nginx:2"))
        await at_work.settle()
        assert sizes(cluster) == [6, 4]
        for _ in range(20):
            build.finish_deletions(cluster)
            pods = cluster.objects(Pod)
            assert len(pods) <= 10
            assert sum(p.status.phase == "Running" for p in pods) >= 6
            moved = build.make_ready(cluster)
            await at_work.settle()
            if not moved:
                break
        assert sizes(cluster) == [0, 8]
        assert {p.spec.containers[0].image for p in cluster.objects(Pod)} == {"nginx:2"}


async def test_undoing_a_roll_out_takes_the_old_set_with_a_new_revision() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment(replicas=1))
    async with running(cluster, DeploymentController(), ReplicaSetController()) as at_work:
        await roll(cluster, at_work)
        first = cluster.objects(ReplicaSet)[0].metadata.name
        change(cluster, image("nginx:2"))
        await at_work.settle()
        await roll(cluster, at_work)
        change(cluster, image("nginx"))
        await at_work.settle()
        await roll(cluster, at_work)
        found = cluster.object(ReplicaSet, first)
        assert found is not None and found.spec.replicas == 1
        assert found.metadata.annotations[REVISION] == "3"
        assert found.metadata.annotations["deployment.kubernetes.io/revision-history"] == "1"
        assert get(cluster).metadata.annotations[REVISION] == "3"


async def test_recreate_waits_for_the_old_pods() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment(replicas=2, strategy={"type": "Recreate"}))
    async with running(cluster, DeploymentController(), ReplicaSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, image("nginx:2"))
        await at_work.settle()
        assert sizes(cluster) == [0]
        assert all(p.metadata.deletion_timestamp for p in cluster.objects(Pod))
        build.finish_deletions(cluster)
        await at_work.settle()
        assert sizes(cluster) == [0, 2]


async def test_a_paused_deployment_scales_but_does_not_roll() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment())
    async with running(cluster, DeploymentController(), ReplicaSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, lambda o: setattr(o.spec, "paused", True))
        await at_work.settle()
        change(cluster, image("nginx:2"))
        change(cluster, lambda o: setattr(o.spec, "replicas", 5))
        await at_work.settle()
        assert sizes(cluster) == [5]
        assert told(cluster, "Progressing").reason == "DeploymentPaused"
        change(cluster, lambda o: setattr(o.spec, "paused", False))
        await at_work.settle()
        assert len(sizes(cluster)) == 2
        await roll(cluster, at_work)
        assert sizes(cluster) == [0, 5]


async def test_old_revisions_beyond_the_limit_are_deleted() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment(replicas=1, revisionHistoryLimit=1))
    async with running(cluster, DeploymentController(), ReplicaSetController()) as at_work:
        await roll(cluster, at_work)
        for version in range(2, 5):
            change(cluster, image(f"nginx:{version}"))
            await at_work.settle()
            await roll(cluster, at_work)
        assert sizes(cluster) == [0, 1]


async def test_a_roll_out_that_does_not_move_times_out() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment(progressDeadlineSeconds=10))
    async with running(cluster, DeploymentController(), ReplicaSetController()) as at_work:
        assert told(cluster, "Progressing").status == "True"
        await at_work.advance(12)
        progress = told(cluster, "Progressing")
        assert (progress.status, progress.reason) == ("False", "ProgressDeadlineExceeded")
        assert progress.message.endswith("has timed out progressing.")


async def test_scaling_in_the_middle_of_a_roll_out_is_proportional() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment(replicas=10))
    async with running(cluster, DeploymentController(), ReplicaSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, image("broken"))
        await at_work.settle()
        assert sizes(cluster) == [8, 5]
        change(cluster, lambda o: setattr(o.spec, "replicas", 20))
        await at_work.settle()
        assert sizes(cluster) == [15, 10]


def test_what_rounding_leaves_over_goes_to_the_largest_set() -> None:
    owner = build.deployment(replicas=11, strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0}})
    held = [build.replica_set(name, size) for name, size in (("a", 4), ("b", 4), ("c", 2))]
    for one in held:
        one.metadata.annotations["deployment.kubernetes.io/max-replicas"] = "10"
    assert sorted(size for _, size in proportional(owner, held)) == [2, 4, 5]


async def test_a_failing_set_shows_in_the_deployment() -> None:
    cluster = FakeCluster()
    cluster.fail("create", "pods", lambda: Forbidden("exceeded quota"), times=1000)
    cluster.add(build.deployment())
    async with running(cluster, DeploymentController(), ReplicaSetController()):
        failure = told(cluster, "ReplicaFailure")
        assert (failure.status, failure.reason, failure.message) == ("True", "FailedCreate", "exceeded quota")


async def test_a_set_that_cannot_be_made_is_told() -> None:
    cluster = FakeCluster()
    cluster.fail("create", "replicasets", lambda: Forbidden("no sets today"), times=1000)
    cluster.add(build.deployment())
    async with running(cluster, DeploymentController()):
        progress = told(cluster, "Progressing")
        assert (progress.status, progress.reason) == ("False", "ReplicaSetCreateError")
        assert progress.message.endswith(": no sets today")


async def test_two_templates_with_one_hash_get_different_names() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment(replicas=1))
    async with running(cluster, DeploymentController(), ReplicaSetController()) as at_work:
        made = cluster.objects(ReplicaSet)[0]
    cluster = FakeCluster()
    made.spec.template.spec.containers[0].image = "another"
    made.metadata.owner_references, made.metadata.uid = [], ""
    made.metadata.labels = {}
    cluster.add(made, build.deployment(replicas=1))
    async with running(cluster, DeploymentController(), ReplicaSetController()) as at_work:
        await at_work.advance(0.1)
        assert get(cluster).status.collision_count == 1
        assert len(cluster.objects(ReplicaSet)) == 2


async def test_selecting_everything_is_refused() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment(selector={}))
    async with running(cluster, DeploymentController()) as at_work:
        await at_work.recorder.flush()
        assert [e.reason for e in cluster.objects(Event)] == ["SelectingAll"]
        assert cluster.objects(ReplicaSet) == []
