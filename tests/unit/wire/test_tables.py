"""Cells of tables: ages, the state of a pod in one word, and the kinds that need care."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from apiserver.tables import text
from apiserver.tables.printers import printer_of
from minik8s.api.scheme import RESOURCES, resource_for_plural, type_of
from minik8s.machinery.times import format_time

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ago(**span: float) -> str:
    return format_time(NOW - timedelta(**span))


def cells(group_version: str, plural: str, document: dict[str, Any]) -> list[Any]:
    described = resource_for_plural(group_version, plural)
    assert described is not None
    metadata = {"name": "x", "creationTimestamp": ago(seconds=108), **document.pop("metadata", {})}
    obj = msgspec.json.decode(msgspec.json.encode({"metadata": metadata, **document}), type=type_of(described))
    return printer_of(group_version, plural).cells(obj, NOW)


@pytest.mark.parametrize("described", RESOURCES, ids=lambda each: f"{each.group_version}/{each.plural}")
def test_every_kind_has_a_row_for_an_empty_object(described: Any) -> None:
    if described.kind.endswith("Review") or described.kind == "Binding":
        return
    printer = printer_of(described.group_version, described.plural)
    obj: Any = type_of(described)()
    found = printer.cells(obj, NOW)
    # IP addresses have a cell without a column.
    assert len(found) == len(printer.columns) + (described.plural == "ipaddresses")
    assert any(column.name == "Name" for column in printer.columns)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (200, "3m20s"),
        (600, "10m"),
        (3 * 3600 - 1, "179m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 300, "3h5m"),
        (8 * 3600 + 300, "8h"),
        (47 * 3600, "47h"),
        (50 * 3600, "2d2h"),
        (8 * 86400, "8d"),
        (800 * 86400, "2y70d"),
        (3000 * 86400, "8y"),
    ],
)
def test_time_spans(seconds: float, said: str) -> None:
    assert text.duration(seconds) == said


def pod(status: dict[str, Any], **more: Any) -> list[Any]:
    spec = {"containers": [{"name": "a"}, {"name": "b"}], **more.pop("spec", {})}
    return cells("v1", "pods", {"spec": spec, "status": status, **more})


def ran(name: str, **state: Any) -> dict[str, Any]:
    return {"name": name, "state": state, "ready": "running" in state, "restartCount": 0, "image": "", "imageID": ""}


def test_a_running_pod() -> None:
    states = [ran("a", running={}), {**ran("b", running={}), "restartCount": 3}]
    states[1]["lastState"] = {"terminated": {"exitCode": 1, "finishedAt": ago(seconds=413)}}
    status = {"phase": "Running", "containerStatuses": states, "podIP": "10.1.0.5", "podIPs": [{"ip": "10.1.0.5"}]}
    found = pod(status, spec={"nodeName": "n"})
    assert found == ["x", "2/2", "Running", "3 (6m53s ago)", "108s", "10.1.0.5", "n", "<none>", "<none>"]


@pytest.mark.parametrize(
    ("status", "more", "said"),
    [
        ({"phase": "Pending"}, {}, "Pending"),
        ({"phase": "Failed", "reason": "Evicted"}, {}, "Evicted"),
        (
            {
                "phase": "Pending",
                "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}],
            },
            {},
            "SchedulingGated",
        ),
        ({"containerStatuses": [ran("a", waiting={"reason": "CrashLoopBackOff"})]}, {}, "CrashLoopBackOff"),
        ({"containerStatuses": [ran("a", terminated={"exitCode": 5})]}, {}, "ExitCode:5"),
        ({"containerStatuses": [ran("a", terminated={"exitCode": 137, "signal": 9})]}, {}, "Signal:9"),
        (
            {"containerStatuses": [ran("a", terminated={"exitCode": 0, "reason": "Completed"}), ran("b", running={})]},
            {},
            "NotReady",
        ),
        ({"initContainerStatuses": [ran("i", waiting={"reason": "PodInitializing"})]}, {}, "Init:0/1"),
        ({"initContainerStatuses": [ran("i", waiting={"reason": "ImagePullBackOff"})]}, {}, "Init:ImagePullBackOff"),
        ({"initContainerStatuses": [ran("i", terminated={"exitCode": 2})]}, {}, "Init:ExitCode:2"),
        ({"phase": "Running"}, {"metadata": {"deletionTimestamp": ago(seconds=1)}}, "Terminating"),
        ({"phase": "Succeeded"}, {"metadata": {"deletionTimestamp": ago(seconds=1)}}, "Succeeded"),
        ({"reason": "NodeLost"}, {"metadata": {"deletionTimestamp": ago(seconds=1)}}, "Unknown"),
    ],
)
def test_the_word_for_a_pods_state(status: dict[str, Any], more: dict[str, Any], said: str) -> None:
    found = pod({"phase": "Pending", **status}, spec={"initContainers": [{"name": "i"}]}, **more)
    assert found[2] == said


def test_a_sidecar_counts_among_the_containers() -> None:
    sidecar = {**ran("s", running={}), "started": True, "restartCount": 1}
    status = {"phase": "Running", "initContainerStatuses": [sidecar], "containerStatuses": [ran("a", running={})]}
    found = pod(status, spec={"initContainers": [{"name": "s", "restartPolicy": "Always"}]})
    assert found[1:4] == ["2/3", "Running", "1"]


def test_finished_pods_have_a_condition() -> None:
    printer = printer_of("v1", "pods")
    described = resource_for_plural("v1", "pods")
    assert printer.conditions is not None and described is not None
    obj: Any = type_of(described)()
    assert printer.conditions(obj) == []
    obj.status.phase = "Failed"
    assert printer.conditions(obj)[0] == {
        "type": "Completed",
        "status": "True",
        "reason": "Failed",
        "message": "The pod failed.",
    }


def test_services() -> None:
    spec = {
        "type": "LoadBalancer",
        "clusterIPs": ["10.0.0.1"],
        "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}],
        "selector": {"b": "2", "a": "1"},
    }
    found = cells("v1", "services", {"spec": spec})
    assert found == ["x", "LoadBalancer", "10.0.0.1", "<pending>", "80:30080/TCP,53/UDP", "108s", "a=1,b=2"]


def test_lists_are_cut_short() -> None:
    slices = {"addressType": "IPv4", "endpoints": [{"addresses": [f"10.0.0.{n}"]} for n in range(4)], "ports": []}
    found = cells("discovery.k8s.io/v1", "endpointslices", slices)
    assert found == ["x", "IPv4", "<unset>", "10.0.0.0,10.0.0.1,10.0.0.2 + 1 more...", "108s"]


def test_autoscalers_of_both_versions() -> None:
    share = {"type": "Utilization", "averageUtilization": 80}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": share}}
    reference = {"kind": "Deployment", "name": "d"}
    spec = {"scaleTargetRef": reference, "maxReplicas": 5, "metrics": [metric] * 3}
    found = cells("autoscaling/v2", "horizontalpodautoscalers", {"spec": spec})
    assert found[1:4] == ["Deployment/d", "cpu: <unknown>/80%, cpu: <unknown>/80% + 1 more...", "<unset>"]
    old = {"scaleTargetRef": reference, "maxReplicas": 5, "targetCPUUtilizationPercentage": 80}
    status = {"currentReplicas": 1, "desiredReplicas": 1, "currentCPUUtilizationPercentage": 10}
    found = cells("autoscaling/v1", "horizontalpodautoscalers", {"spec": old, "status": status})
    assert found[2] == "cpu: 10%/80%"


def test_events_of_both_groups_look_alike() -> None:
    about = {"kind": "Pod", "name": "p", "fieldPath": "spec.containers{a}"}
    shared = {"type": "Normal", "reason": "Started"}
    old = {
        **shared,
        "involvedObject": about,
        "message": "m",
        "count": 5,
        "firstTimestamp": ago(minutes=63),
        "lastTimestamp": ago(seconds=232),
        "source": {"component": "kubelet", "host": "n"},
    }
    new = {
        **shared,
        "regarding": about,
        "note": "m",
        "deprecatedCount": 5,
        "deprecatedFirstTimestamp": ago(minutes=63),
        "deprecatedLastTimestamp": ago(seconds=232),
        "reportingController": "kubelet",
        "reportingInstance": "n",
    }
    wanted = ["3m52s", "Normal", "Started", "pod/p", "spec.containers{a}", "kubelet, n", "m", "63m", 5, "x"]
    assert cells("v1", "events", old) == wanted
    assert cells("events.k8s.io/v1", "events", new) == wanted
