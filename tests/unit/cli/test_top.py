"""`top` writes what kubectl writes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from cli.commands.top import command
from cli.session import Session
from minik8s.client.errors import NotFound
from minik8s.client.transport import Response
from minik8s.testing.fake_clock import FakeClock

ROOT = "/apis/metrics.k8s.io/v1beta1"


def usage(cpu: str, memory: str, name: str = "") -> dict[str, Any]:
    return ({"name": name} if name else {}) | {"usage": {"cpu": cpu, "memory": memory}}


def pod(name: str, namespace: str = "default", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-01-02T03:03:05Z"}, **more}


def node(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": {"allocatable": {"cpu": "2", "memory": "4Gi"}}}


class Client:
    """Answers by path."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = {"/apis": {"groups": [{"name": "metrics.k8s.io"}]}} | answers
        self.clock = FakeClock()

    async def request(self, method: str, path: str, params: Any = None) -> Response:
        if path not in self.answers:
            raise NotFound(f"nothing at {path}")
        return Response(200, {}, msgspec.json.encode(self.answers[path]))

    async def close(self) -> None:
        return


def run(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any], *arguments: str) -> str:
    client = Client(answers)
    monkeypatch.setattr(Session, "client", property(lambda self: client))
    monkeypatch.setattr(Session, "namespace", property(lambda self: "default"))
    return CliRunner().invoke(command, arguments).output


NODES = {
    f"{ROOT}/nodes": {"items": [pod("b") | usage("250000001n", "1Gi"), pod("a") | usage("1", "2097151Ki")]},
    "/api/v1/nodes": {"items": [node("a"), node("b"), node("c")]},
}
PODS = {
    f"{ROOT}/pods": {
        "items": [
            pod("web", containers=[usage("1n", "1Mi", "z"), usage("5m", "3Mi", "a")]),
            pod("busy", "other", containers=[usage("1", "20Mi", "c")]),
        ]
    }
}


def test_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, NODES, "nodes").splitlines() == [
        "NAME   CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)   ",
        "a      1000m        50%         2047Mi          49%         ",
        "b      251m         12%         1024Mi          25%         ",
        "c      <unknown>    <unknown>   <unknown>       <unknown>   ",
    ]
    by_memory = run(monkeypatch, NODES, "nodes", "--sort-by=memory", "--no-headers").split()
    assert by_memory[:2] == ["a", "1000m"]
    assert "one of NAME or --selector" in run(monkeypatch, NODES, "nodes", "a", "-l", "x=y")
    assert run(monkeypatch, NODES | {f"{ROOT}/nodes": {"items": []}}, "nodes") == "error: metrics not available yet\n"


def test_pods(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, PODS, "pods", "-A", "--sum").splitlines() == [
        "NAMESPACE   NAME   CPU(cores)   MEMORY(bytes)   ",
        "default     web    6m           4Mi             ",
        "other       busy   1000m        20Mi            ",
        "                   ________     ________        ",
        "                   1006m        24Mi            ",
    ]
    rows = run(monkeypatch, PODS, "pods", "-A", "--containers", "--no-headers").splitlines()
    assert [row.split()[2:] for row in rows] == [["a", "5m", "3Mi"], ["z", "1m", "1Mi"], ["c", "1000m", "20Mi"]]


def test_pods_that_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: dict[str, Any] = {f"{ROOT}/namespaces/default/pods": {"items": []}}
    pods = "/api/v1/namespaces/default/pods"
    none = run(monkeypatch, nothing | {pods: {"items": []}}, "pods")
    assert none == "No resources found in default namespace.\n"
    young = run(monkeypatch, nothing | {pods: {"items": [pod("new")]}}, "pods")
    assert young == "error: metrics not available yet\n"
    old = pod("old")
    old["metadata"]["creationTimestamp"] = "2026-01-02T03:00:05Z"
    found = run(monkeypatch, nothing | {pods: {"items": [old]}}, "pods")
    assert found == "error: Metrics not available for pod default/old, age: 4m0s\n"
