from __future__ import annotations

from typing import Any

import msgspec
import pytest

from controllers.deployment.controller import DeploymentController
from controllers.disruption.controller import DisruptionController
from controllers.replicaset.controller import ReplicaSetController
from minik8s.api.core_v1 import Event, Pod
from minik8s.api.policy_v1 import PodDisruptionBudget, PodDisruptionBudgetStatus
from minik8s.machinery.times import format_time
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build
from tests.unit.controllers.jobs import reasons


def budget(**spec: Any) -> PodDisruptionBudget:
    wanted = {"selector": {"matchLabels": {"app": "web"}}} | spec
    return msgspec.convert({"metadata": {"name": "b", "namespace": "default"}, "spec": wanted}, PodDisruptionBudget)


def status(cluster: FakeCluster) -> PodDisruptionBudgetStatus:
    found = cluster.object(PodDisruptionBudget, "b")
    assert found is not None
    return found.status


@pytest.mark.parametrize(
    ("spec", "desired", "allowed"),
    [
        ({"minAvailable": 2}, 2, 2),
        ({"minAvailable": "60%"}, 3, 1),
        ({"maxUnavailable": 1}, 3, 1),
        ({"maxUnavailable": "30%"}, 2, 2),
        ({"minAvailable": 9}, 9, 0),
    ],
)
async def test_pods_of_a_deployment(spec: dict[str, Any], desired: int, allowed: int) -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment(replicas=4), budget(**spec))
    async with running(cluster, DeploymentController(), ReplicaSetController(), DisruptionController()) as at_work:
        assert status(cluster).disruptions_allowed == 0
        build.make_ready(cluster)
        await at_work.advance(1)
        found = status(cluster)
        assert (found.desired_healthy, found.current_healthy, found.expected_pods) == (desired, 4, 4)
        assert found.disruptions_allowed == allowed
        assert found.conditions[0].reason == ("SufficientPods" if allowed else "InsufficientPods")


async def test_evicted_pods_count_as_gone_until_they_prove_to_stay() -> None:
    cluster = FakeCluster()
    one = budget(minAvailable=1)
    one.status.disrupted_pods = {"a": format_time(cluster.clock.now()), "lost": format_time(cluster.clock.now())}
    cluster.add(build.pod("a"), build.pod("b"), one)
    async with running(cluster, DisruptionController()) as at_work:
        assert status(cluster).current_healthy == 1 and list(status(cluster).disrupted_pods) == ["a"]
        await at_work.advance(121)
        assert status(cluster).current_healthy == 2 and status(cluster).disrupted_pods == {}
        assert "NotDeleted" in await reasons(at_work)


async def test_pods_that_nobody_manages_or_whose_owner_has_no_scale() -> None:
    cluster = FakeCluster()
    cluster.add(build.pod("a"), budget(maxUnavailable=1))
    async with running(cluster, DisruptionController()) as at_work:
        assert status(cluster).expected_pods == 0 and "UnmanagedPods" in await reasons(at_work)
        [told] = [e.message for e in cluster.objects(Event) if e.reason == "UnmanagedPods"]
        assert "(selector: &LabelSelector{MatchLabels:map[string]string{app: web,}," in told
        owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "uid": "u", "controller": True}
        cluster.add(build.pod("c", metadata={"ownerReferences": [owner]}))
        await at_work.settle()
        assert status(cluster).conditions[0].reason == "SyncFailed"
        assert status(cluster).conditions[0].message == "daemonsets.apps does not implement the scale subresource"
        assert "CalculateExpectedPodCountFailed" in await reasons(at_work)


async def test_a_mark_of_disruption_in_vain_is_taken_back() -> None:
    cluster = FakeCluster()
    marked = build.condition("DisruptionTarget", "True") | {"lastTransitionTime": format_time(cluster.clock.now())}
    cluster.add(build.pod("a", status={"conditions": [marked]}))
    async with running(cluster, DisruptionController()) as at_work:
        await at_work.advance(121)
        pod = cluster.object(Pod, "a")
        assert pod is not None and pod.status.conditions[0].status == "False"
