"""What nodes and Pods use, told by `kubectl top` and acted on by autoscalers; the tutorial's chapter."""

from __future__ import annotations

import os
import signal

import pytest

from tests.e2e.driver import EXAMPLES, NEEDS, Kube, eventually

pytestmark = [*NEEDS, pytest.mark.kubectl]


def rows(kube: Kube, *arguments: str) -> list[list[str]]:
    return [line.split() for line in kube("top", *arguments, "--no-headers").splitlines()]


def replicas(kube: Kube) -> int:
    return int(kube("get", "deployment", "busy", "--output=jsonpath={.spec.replicas}"))


def test_top_and_autoscaling(kube: Kube, cluster: Kube) -> None:
    kube("apply", "--filename", str(EXAMPLES / "autoscaled.yaml"))
    nodes = {node["metadata"]["name"] for node in kube.get("nodes")["items"]}
    eventually("every node's use", lambda: {row[0] for row in rows(kube, "nodes") if row[1].endswith("m")} == nodes, 60)
    (pod,) = eventually("the Pod's use", lambda: rows(kube, "pods", "--selector=app=busy"), 60)
    # It may take a tenth of a processor, and takes it.
    assert 20 <= int(pod[1].removesuffix("m")) <= 120 and pod[2].endswith("Mi")
    everywhere = rows(kube, "pods", "--all-namespaces", "--containers", "--sort-by=cpu")
    assert [kube.namespace, pod[0], "busy"] in [row[:3] for row in everywhere]
    assert "NotFound" in kube("top", "pod", "nobody", check=False)
    eventually("more Pods", lambda: replicas(kube) == 3, 60)
    eventually("all of them", lambda: len(kube.running("app=busy")) == 3, 60)
    for each in kube.running("app=busy"):
        kube("exec", each["metadata"]["name"], "--", "touch", "/tmp/calm")
    os.kill(cluster.processes()["metrics-server"], signal.SIGKILL)
    eventually("fewer Pods, though the metrics server was killed", lambda: replicas(kube) == 1, 90)
    assert "ScalingActive" in kube("describe", "hpa", "busy")
