"""Objects for the controllers' tests, and a stand-in for scheduler and kubelet."""

from __future__ import annotations

from typing import Any

import msgspec

from minik8s.api.apps_v1 import Deployment, ReplicaSet
from minik8s.api.core_v1 import Node, Pod, Service
from minik8s.machinery.times import format_time
from minik8s.testing.fake_cluster import FakeCluster

CONTAINER = {"name": "c", "image": "nginx", "ports": [{"name": "http", "containerPort": 8080}]}


def deployment(name: str = "web", replicas: int = 3, image: str = "nginx", **spec: Any) -> Deployment:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    return msgspec.convert(
        {
            "metadata": {"name": name, "namespace": "default"},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": name}},
                "strategy": rolling,
                "progressDeadlineSeconds": 600,
                "revisionHistoryLimit": 10,
                "template": template(name, image),
                **spec,
            },
        },
        Deployment,
    )


def template(app: str, image: str = "nginx") -> dict[str, Any]:
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": [{**CONTAINER, "image": image}]}}


def replica_set(name: str = "web", replicas: int = 3, **spec: Any) -> ReplicaSet:
    return msgspec.convert(
        {
            "metadata": {"name": name, "namespace": "default"},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": name}},
                "template": template(name),
                **spec,
            },
        },
        ReplicaSet,
    )


def pod(
    name: str,
    node: str = "n1",
    ip: str = "10.244.0.2",
    ready: bool = True,
    labels: dict[str, str] | None = None,
    **more: Any,
) -> Pod:
    meta = {"name": name, "namespace": "default", "labels": {"app": "web"} if labels is None else labels}
    status: dict[str, Any] = {"phase": "Running", "conditions": [condition("Ready", "True" if ready else "False")]}
    if ip:
        status |= {"podIP": ip, "podIPs": [{"ip": ip}]}
    spec = {"nodeName": node, "containers": [CONTAINER], **more.pop("spec", {})}
    return msgspec.convert(
        {"metadata": meta | more.pop("metadata", {}), "spec": spec, "status": status | more.pop("status", {})}, Pod
    )


def condition(type_: str, status: str, **more: str) -> dict[str, str]:
    return {"type": type_, "status": status, "lastTransitionTime": "2026-01-02T03:04:05Z", **more}


def service(name: str = "web", **spec: Any) -> Service:
    wanted = {
        "clusterIP": "10.96.0.5",
        "clusterIPs": ["10.96.0.5"],
        "ipFamilies": ["IPv4"],
        "type": "ClusterIP",
        "selector": {"app": "web"},
        "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
    }
    return msgspec.convert({"metadata": {"name": name, "namespace": "default"}, "spec": wanted | spec}, Service)


def node(name: str = "n1", zone: str = "", ready: str = "True", **more: Any) -> Node:
    labels = {"topology.kubernetes.io/zone": zone} if zone else {}
    status: dict[str, Any] = {"conditions": [condition("Ready", ready)] if ready else []}
    return msgspec.convert(
        {
            "metadata": {"name": name, "labels": labels},
            "spec": more.pop("spec", {}),
            "status": status | more.pop("status", {}),
        },
        Node,
    )


def make_ready(cluster: FakeCluster, only: str = "") -> int:
    """Run every pod that does not run yet (of those whose name begins with `only`); tells how many."""
    count = 0
    for found in cluster.objects(Pod):
        if found.status.phase == "Running" or not found.metadata.name.startswith(only):
            continue
        ready = condition("Ready", "True") | {"lastTransitionTime": format_time(cluster.clock.now())}

        def run(obj: Pod, ready: dict[str, str] = ready) -> None:
            obj.spec.node_name = "n1"
            obj.status = msgspec.convert(
                {"phase": "Running", "podIP": "10.244.0.9", "podIPs": [{"ip": "10.244.0.9"}], "conditions": [ready]},
                type(obj.status),
            )

        cluster.modify(Pod, found.metadata.name, run, found.metadata.namespace)
        count += 1
    return count


def finish_deletions(cluster: FakeCluster) -> None:
    """What a kubelet does with pods being deleted."""
    for found in cluster.objects(Pod):
        if found.metadata.deletion_timestamp is not None:
            cluster.remove(Pod, found.metadata.name, found.metadata.namespace)
