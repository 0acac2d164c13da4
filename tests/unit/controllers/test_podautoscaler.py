from __future__ import annotations

from typing import Any

import msgspec
import pytest

from controllers.options import Options
from controllers.podautoscaler.behavior import Memory, rules_of
from controllers.podautoscaler.controller import HorizontalController
from minik8s.api.apps_v1 import Deployment
from minik8s.api.autoscaling_v2 import HorizontalPodAutoscaler
from minik8s.api.core_v1 import Event
from minik8s.client.api import Response
from minik8s.client.errors import Conflict
from minik8s.testing.controllers import Running, running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build
from tests.unit.controllers.jobs import reasons


class Measured(FakeCluster):
    """A cluster with metrics APIs: `cpu` is what pods use, `values` are the other metrics by name."""

    def __init__(self) -> None:
        super().__init__()
        self.cpu: dict[str, str] = {}
        self.values: dict[str, str] = {}

    async def request(self, method: str, path: str, *args: Any, **more: Any) -> Response:
        items: list[dict[str, Any]] = []
        if path.startswith("/apis/metrics.k8s.io/") and self.cpu:
            for name, used in self.cpu.items():
                usage = [{"name": "c", "usage": {"cpu": used}}]
                stamp = {"timestamp": "2026-01-02T03:04:05Z", "window": "30s"}
                items.append({"metadata": {"name": name}, "containers": usage, **stamp})
        elif ".metrics.k8s.io/" in path and path.rpartition("/")[2] in self.values:
            items.append({"value": self.values[path.rpartition("/")[2]], "describedObject": {"name": "x"}})
        else:
            return await super().request(method, path, *args, **more)
        return Response(200, {}, msgspec.json.encode({"items": items}))


def scaler(metrics: list[dict[str, Any]], **spec: Any) -> HorizontalPodAutoscaler:
    target = {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"}
    wanted = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 10, "metrics": metrics} | spec
    return msgspec.convert({"metadata": {"name": "h", "namespace": "default"}, "spec": wanted}, HorizontalPodAutoscaler)


CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}


def cluster_of(count: int, owner: HorizontalPodAutoscaler, cpu: str = "") -> Measured:
    cluster = Measured()
    cluster.add(build.deployment(replicas=count), owner)
    cluster.modify(Deployment, "web", lambda d: setattr(d.status, "replicas", count))
    for number in range(count):
        pod = build.pod(f"p{number}", status={"startTime": "2026-01-01T00:00:00Z"})
        pod.spec.containers[0].resources.requests = {"cpu": "100m"}
        pod.status.conditions[0].last_transition_time = "2026-01-01T00:01:00Z"
        cluster.add(pod)
        if cpu:
            cluster.cpu[pod.metadata.name] = cpu
    return cluster


async def events(at_work: Running) -> dict[str, str]:
    """The message of each reason."""
    await at_work.recorder.flush()
    return {event.reason: event.message for event in at_work.cluster.objects(Event)}


def replicas(cluster: FakeCluster) -> int | None:
    found = cluster.object(Deployment, "web")
    assert found is not None
    return found.spec.replicas


def the_scaler(cluster: FakeCluster) -> HorizontalPodAutoscaler:
    found = cluster.object(HorizontalPodAutoscaler, "h")
    assert found is not None
    return found


def told(cluster: FakeCluster) -> dict[str, tuple[str, str]]:
    return {c.type: (c.status, c.reason) for c in the_scaler(cluster).status.conditions}


@pytest.mark.parametrize(("cpu", "expected"), [("100m", 4), ("52m", 2), ("75m", 3), ("500m", 6)])
async def test_cpu_use_decides(cpu: str, expected: int) -> None:
    cluster = cluster_of(2, scaler([CPU]), cpu)
    async with running(cluster, HorizontalController(Options())) as at_work:
        assert replicas(cluster) == expected
        status = the_scaler(cluster).status
        assert status.desired_replicas == expected and status.current_replicas == 2
        assert status.current_metrics[0].resource is not None
        assert status.current_metrics[0].resource.current.average_utilization == int(cpu[:-1])
        assert told(cluster)["ScalingActive"] == ("True", "ValidMetricFound")
        assert told(cluster)["ScalingLimited"][0] == ("True" if cpu == "500m" else "False")
        assert ("SuccessfulRescale" in await reasons(at_work)) == (expected != 2)


async def test_scaling_down_waits_for_the_window() -> None:
    cluster = cluster_of(4, scaler([CPU]), "10m")
    async with running(cluster, HorizontalController(Options())) as at_work:
        assert replicas(cluster) == 4 and told(cluster)["AbleToScale"] == ("True", "ScaleDownStabilized")
        await at_work.advance(280)
        assert replicas(cluster) == 4
        await at_work.advance(40)
        assert replicas(cluster) == 1


async def test_without_metrics_nothing_moves_and_it_is_told() -> None:
    cluster = cluster_of(2, scaler([CPU]))
    async with running(cluster, HorizontalController(Options())) as at_work:
        assert replicas(cluster) == 2 and told(cluster)["ScalingActive"] == ("False", "FailedGetResourceMetric")
        assert {"FailedGetResourceMetric", "FailedComputeMetricsReplicas"} <= set(await reasons(at_work))
        [active] = [c for c in the_scaler(cluster).status.conditions if c.type == "ScalingActive"]
        assert active.message == (
            "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for "
            "resource cpu: unable to fetch metrics from resource metrics API: "
            "the server could not find the requested resource (get pods.metrics.k8s.io)"
        )
        # What was wanted before stays; a metric that failed keeps its place among the others.
        status = the_scaler(cluster).status
        assert (status.desired_replicas, status.current_replicas) == (0, 2)
        assert [one.type for one in status.current_metrics] == [""]
        assert (await events(at_work))["FailedComputeMetricsReplicas"] == (
            "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: "
            f"{active.message.partition('count: ')[2]}"
        )
        cluster.cpu = {"p0": "100m", "p1": "100m"}
        await at_work.advance(16)
        assert replicas(cluster) == 4


async def test_bounds_hold_without_any_metric() -> None:
    for count, expected in ((12, 10), (1, 2), (0, 0)):
        cluster = cluster_of(count, scaler([CPU], minReplicas=2))
        async with running(cluster, HorizontalController(Options())):
            assert replicas(cluster) == expected
            assert (told(cluster).get("ScalingActive") == ("False", "ScalingDisabled")) == (count == 0)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            {
                "type": "External",
                "external": {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "10"}},
            },
            3,
        ),
        (
            {"type": "External", "external": {"metric": {"name": "queue"}, "target": {"type": "Value", "value": "15"}}},
            4,
        ),
        (
            {
                "type": "Object",
                "object": {
                    "metric": {"name": "queue"},
                    "describedObject": {"kind": "Service", "name": "s", "apiVersion": "v1"},
                    "target": {"type": "Value", "value": "30"},
                },
            },
            2,
        ),
    ],
)
async def test_other_metrics(source: dict[str, Any], expected: int) -> None:
    cluster = cluster_of(2, scaler([source]))
    cluster.values["queue"] = "30"
    async with running(cluster, HorizontalController(Options())):
        assert replicas(cluster) == expected


@pytest.mark.parametrize(
    ("kind", "source", "whole", "told"),
    [
        (
            "External",
            {"metric": {"name": "q"}, "target": {"type": "Value", "value": "1"}},
            "failed to get q external metric value: failed to get external metric q: ",
            "unable to get external metric default/q/nil: unable to fetch metrics from external metrics API: "
            "the server could not find the requested resource (get q.external.metrics.k8s.io)",
        ),
        (
            "External",
            {
                "metric": {"name": "q", "selector": {"matchLabels": {"a": "b"}}},
                "target": {"type": "AverageValue", "averageValue": "1"},
            },
            "failed to get q external metric value: failed to get q external metric: ",
            "unable to get external metric default/q/&LabelSelector{MatchLabels:map[string]string{a: b,},"
            "MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: "
            "the server could not find the requested resource (get q.external.metrics.k8s.io)",
        ),
        (
            "Pods",
            {"metric": {"name": "p"}, "target": {"type": "AverageValue", "averageValue": "1"}},
            "failed to get pods metric value: ",
            "unable to get metric p: unable to fetch metrics from custom metrics API: "
            "no custom metrics API (custom.metrics.k8s.io) registered",
        ),
        (
            "Object",
            {
                "metric": {"name": "o"},
                "describedObject": {"kind": "Service", "name": "x", "apiVersion": "v1"},
                "target": {"type": "Value", "value": "1"},
            },
            "failed to get object metric value: ",
            "unable to get metric o: Service on default x/unable to fetch metrics from custom metrics API: "
            "no custom metrics API (custom.metrics.k8s.io) registered",
        ),
    ],
)
async def test_words_for_metrics_nobody_serves(kind: str, source: dict[str, Any], whole: str, told: str) -> None:
    cluster = cluster_of(1, scaler([{"type": kind, kind.lower(): source}]))
    async with running(cluster, HorizontalController(Options())) as at_work:
        [active] = [c for c in the_scaler(cluster).status.conditions if c.type == "ScalingActive"]
        assert active.message == f"the HPA was unable to compute the replica count: {told}"
        found = await events(at_work)
        assert found[f"FailedGet{kind}Metric"] == told
        assert found["FailedComputeMetricsReplicas"].endswith(f"first error is: {whole}{told}")


async def test_a_target_that_moved_on_is_scaled_all_the_same() -> None:
    cluster = cluster_of(1, scaler([CPU], minReplicas=3))
    cluster.fail("update", "deployments/scale", lambda: Conflict("moved on"), times=2)
    async with running(cluster, HorizontalController(Options())) as at_work:
        assert replicas(cluster) == 3
        assert "FailedRescale" not in await events(at_work)


def test_policies_limit_how_fast_it_goes() -> None:
    policies = [
        {"type": "Pods", "value": 2, "periodSeconds": 60},
        {"type": "Percent", "value": 10, "periodSeconds": 60},
    ]
    owner = scaler([], behavior={"scaleUp": {"policies": policies}, "scaleDown": {"selectPolicy": "Disabled"}})
    rules, memory = rules_of(owner, 0), Memory()
    found = memory.settle(0, 5, 10, (1, 10), rules)
    assert (found.replicas, found.limit[0]) == (7, "ScaleUpLimit")
    memory.note_change(0, 2)
    assert memory.settle(30, 7, 10, (1, 10), rules).replicas == 7
    assert memory.settle(61, 7, 10, (1, 10), rules).replicas == 9
    assert memory.settle(62, 9, 3, (1, 10), rules).replicas == 9
