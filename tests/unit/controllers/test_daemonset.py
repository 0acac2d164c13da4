from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from controllers.daemonset.controller import DaemonSetController
from controllers.daemonset.placement import Placement, node_of
from minik8s.api.apps_v1 import ControllerRevision, DaemonSet
from minik8s.api.core_v1 import Event, Node, Pod
from minik8s.machinery.times import format_time
from minik8s.testing.controllers import Running, running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build


def daemon_set(**spec: Any) -> DaemonSet:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}
    return msgspec.convert(
        {
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "updateStrategy": rolling,
                "revisionHistoryLimit": 10,
                "template": build.template("web"),
                **spec,
            },
        },
        DaemonSet,
    )


def cluster_of(count: int, owner: DaemonSet) -> FakeCluster:
    cluster = FakeCluster()
    for number in range(count):
        cluster.add(build.node(f"n{number}"))
    cluster.add(owner)
    return cluster


def bind(cluster: FakeCluster) -> int:
    moved = 0
    for pod in cluster.objects(Pod):
        if pod.status.phase == "Running" or pod.metadata.deletion_timestamp:
            continue
        ready = build.condition("Ready", "True") | {"lastTransitionTime": format_time(cluster.clock.now())}

        def run(obj: Pod, ready: dict[str, str] = ready) -> None:
            obj.spec.node_name = node_of(obj)
            obj.status = msgspec.convert({"phase": "Running", "conditions": [ready]}, type(obj.status))

        cluster.modify(Pod, pod.metadata.name, run)
        moved += 1
    return moved


def get(cluster: FakeCluster) -> DaemonSet:
    found = cluster.object(DaemonSet, "web")
    assert found is not None
    return found


def change(cluster: FakeCluster, how: Callable[[DaemonSet], None]) -> None:
    def changed(owner: DaemonSet) -> None:
        how(owner)
        owner.metadata.generation += 1

    cluster.modify(DaemonSet, "web", changed)


def image(name: str) -> Callable[[DaemonSet], None]:
    return lambda owner: setattr(owner.spec.template.spec.containers[0], "image", name)


async def roll(cluster: FakeCluster, at_work: Running) -> None:
    for _ in range(40):
        await at_work.settle()
        going = any(p.metadata.deletion_timestamp for p in cluster.objects(Pod))
        build.finish_deletions(cluster)
        if not bind(cluster) and not going:
            return


async def test_every_node_gets_a_pod_pinned_to_it() -> None:
    cluster = cluster_of(3, daemon_set())
    async with running(cluster, DaemonSetController()) as at_work:
        pods = cluster.objects(Pod)
        assert sorted(node_of(p) for p in pods) == ["n0", "n1", "n2"]
        [revision] = cluster.objects(ControllerRevision)
        assert revision.revision == 1 and revision.metadata.labels["app"] == "web"
        assert {p.metadata.labels["controller-revision-hash"] for p in pods} == {
            revision.metadata.labels["controller-revision-hash"]
        }
        tolerated = {(t.key, t.effect) for t in pods[0].spec.tolerations}
        assert ("node.kubernetes.io/unschedulable", "NoSchedule") in tolerated and len(tolerated) == 6
        bind(cluster)
        await at_work.settle()
        status = get(cluster).status
        assert (status.desired_number_scheduled, status.number_available, status.updated_number_scheduled) == (3, 3, 3)
        cluster.add(build.node("n3"))
        await at_work.settle()
        assert len(cluster.objects(Pod)) == 4
        await at_work.recorder.flush()
        assert [e.reason for e in cluster.objects(Event)] == ["SuccessfulCreate"] * 4


async def test_a_node_that_no_longer_qualifies_loses_its_pod() -> None:
    template = build.template("web")
    template["spec"]["nodeSelector"] = {"color": "blue"}
    cluster = cluster_of(2, daemon_set(template=template))
    async with running(cluster, DaemonSetController()) as at_work:
        assert cluster.objects(Pod) == []
        cluster.modify(Node, "n1", lambda n: n.metadata.labels.update(color="blue"))
        await at_work.settle()
        assert [node_of(p) for p in cluster.objects(Pod)] == ["n1"]
        bind(cluster)
        cluster.modify(Node, "n1", lambda n: n.metadata.labels.update(color="red"))
        await at_work.settle()
        assert get(cluster).status.number_misscheduled == 1
        build.finish_deletions(cluster)
        await at_work.settle()
        assert cluster.objects(Pod) == [] and get(cluster).status.desired_number_scheduled == 0


async def test_a_rolling_update_leaves_no_more_than_max_unavailable_nodes_without_a_pod() -> None:
    cluster = cluster_of(4, daemon_set())
    async with running(cluster, DaemonSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, image("nginx:2"))
        await at_work.settle()
        for _ in range(20):
            assert sum(not p.metadata.deletion_timestamp for p in cluster.objects(Pod)) >= 3
            build.finish_deletions(cluster)
            await at_work.settle()
            if not bind(cluster):
                break
            await at_work.settle()
        assert {p.spec.containers[0].image for p in cluster.objects(Pod)} == {"nginx:2"}
        assert [r.revision for r in cluster.objects(ControllerRevision)].count(2) == 1
        assert get(cluster).status.updated_number_scheduled == 4


async def test_a_surging_update_starts_the_new_pod_first() -> None:
    surge = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    cluster = cluster_of(2, daemon_set(updateStrategy=surge))
    async with running(cluster, DaemonSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, image("nginx:2"))
        await at_work.settle()
        assert len(cluster.objects(Pod)) == 3
        assert all(p.metadata.deletion_timestamp is None for p in cluster.objects(Pod))
        bind(cluster)
        await at_work.settle()
        assert sum(p.metadata.deletion_timestamp is not None for p in cluster.objects(Pod)) == 1
        await roll(cluster, at_work)
        pods = cluster.objects(Pod)
        assert len(pods) == 2 and {p.spec.containers[0].image for p in pods} == {"nginx:2"}


async def test_on_delete_waits_for_somebody_to_delete() -> None:
    cluster = cluster_of(2, daemon_set(updateStrategy={"type": "OnDelete"}))
    async with running(cluster, DaemonSetController()) as at_work:
        await roll(cluster, at_work)
        change(cluster, image("nginx:2"))
        await at_work.settle()
        assert all(p.metadata.deletion_timestamp is None for p in cluster.objects(Pod))
        assert get(cluster).status.updated_number_scheduled == 0
        cluster.remove(Pod, cluster.objects(Pod)[0].metadata.name)
        await at_work.settle()
        assert sorted(p.spec.containers[0].image for p in cluster.objects(Pod)) == ["nginx", "nginx:2"]


async def test_a_failed_pod_is_replaced_after_a_growing_pause() -> None:
    cluster = cluster_of(1, daemon_set())
    async with running(cluster, DaemonSetController()) as at_work:
        for expected in (0, 1, 2):
            bind(cluster)
            [pod] = cluster.objects(Pod)
            cluster.modify(Pod, pod.metadata.name, lambda p: setattr(p.status, "phase", "Failed"))
            await at_work.settle()
            if expected:
                assert cluster.object(Pod, pod.metadata.name) is not None
                await at_work.advance(expected)
            build.finish_deletions(cluster)
            await at_work.settle()
            assert [p.metadata.name for p in cluster.objects(Pod)] != [pod.metadata.name]


async def test_going_back_renumbers_the_old_revision_and_history_is_bounded() -> None:
    cluster = cluster_of(1, daemon_set(revisionHistoryLimit=1))
    async with running(cluster, DaemonSetController()) as at_work:
        await roll(cluster, at_work)
        first = cluster.objects(ControllerRevision)[0].metadata.name
        change(cluster, image("nginx:2"))
        await roll(cluster, at_work)
        change(cluster, image("nginx"))
        await roll(cluster, at_work)
        found = cluster.object(ControllerRevision, first)
        assert found is not None and found.revision == 3
        for version in range(3, 6):
            change(cluster, image(f"nginx:{version}"))
            await roll(cluster, at_work)
        assert len(cluster.objects(ControllerRevision)) == 2


async def test_a_second_revision_of_the_same_template_replaces_no_pod() -> None:
    cluster = cluster_of(2, daemon_set())
    async with running(cluster, DaemonSetController()) as at_work:
        await roll(cluster, at_work)
        before = {p.metadata.uid for p in cluster.objects(Pod)}
        [first] = cluster.objects(ControllerRevision)
        name, first.metadata.name = first.metadata.name, "copy"
        first.metadata.uid = first.metadata.resource_version = ""
        first.metadata.labels["controller-revision-hash"] = "copy"
        first.revision = 2
        await cluster.create(first)
        await roll(cluster, at_work)
        cluster.remove(ControllerRevision, name)
        await roll(cluster, at_work)
        pods = cluster.objects(Pod)
        assert {p.metadata.uid for p in pods} == before
        assert {p.metadata.labels["controller-revision-hash"] for p in pods} == {"copy"}
        assert get(cluster).status.updated_number_scheduled == 2


def test_taints_and_affinity_decide_where_a_pod_may_start_and_stay() -> None:
    template = build.template("web")
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a", "b"]}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    template["spec"]["affinity"] = {"nodeAffinity": required}
    placement = Placement(daemon_set(template=template))
    assert placement.of(build.node("a")) == (True, True)
    assert placement.of(build.node("c")) == (False, False)
    for effect, answer in (
        ("NoSchedule", (False, True)),
        ("NoExecute", (False, False)),
        ("PreferNoSchedule", (True,) * 2),
    ):
        assert placement.of(build.node("b", spec={"taints": [{"key": "k", "effect": effect}]})) == answer
    cordoned = {"taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]}
    assert placement.of(build.node("b", spec=cordoned)) == (True, True)
