"""The kubelet's endpoints that need no engine, through the ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from kubelet.options import KubeletConfiguration
from kubelet.pods_view import ContainerHandle, PodsView, SandboxHandle
from kubelet.server import node_logs
from kubelet.server.access import Access
from kubelet.server.app import KubeletApp
from kubelet.server.cgroups import Usage
from kubelet.server.request import Failure
from kubelet.server.statistics import Measured, PodMeasured, Statistics
from kubelet.volumes.space import Space
from kubelet.volumes.statistics import VolumeStatistics
from kubelet.volumes.types import CSI, Mounted
from minik8s.api.core_v1 import (
    Container,
    HostPathVolumeSource,
    Node,
    PersistentVolumeClaimVolumeSource,
    Pod,
    Volume,
    VolumeMount,
)
from minik8s.testing.fake_clock import FakeClock


class View:
    node_name = "n"

    def __init__(self) -> None:
        self.trouble = ""
        self._pod = Pod()
        self._pod.metadata.name, self._pod.metadata.namespace, self._pod.metadata.uid = "p", "ns", "u"
        self._pod.spec.containers = [Container(name="c", image="i"), Container(name="done", image="j")]

    def node(self) -> Node | None:
        return None

    def pods(self) -> list[Pod]:
        return [self._pod]

    def pod(self, namespace: str, name: str, uid: str = "") -> Pod | None:
        return self._pod if (namespace, name) == ("ns", "p") and uid in ("", "u") else None

    def containers(self, pod: Pod) -> list[ContainerHandle]:
        return [ContainerHandle("c", "1", 0, True, ""), ContainerHandle("done", "2", 0, False, "")]

    def container(self, pod: Pod, name: str, previous: bool = False) -> ContainerHandle | None:
        return next((each for each in self.containers(pod) if each.name == name and not previous), None)

    def sandbox(self, pod: Pod) -> SandboxHandle | None:
        return None

    def check(self) -> None:
        if self.trouble:
            raise RuntimeError(self.trouble)


class Cluster:
    """The application with a view and a clock to change."""

    def __init__(self, http: httpx.AsyncClient, view: View, clock: FakeClock) -> None:
        self.http, self.view, self.clock = http, view, clock
        self.cpu = 0
        self.asked: list[tuple[str, str]] = []


@pytest.fixture
async def kubelet(tmp_path: Path) -> AsyncIterator[Cluster]:
    view, clock = View(), FakeClock()
    config = KubeletConfiguration.model_validate(
        {"authentication": {"anonymous": {"enabled": True}}, "authorization": {"mode": "AlwaysAllow"}}
    )

    def measure(view: PodsView, at: datetime) -> Measured:
        made.cpu += 1_000_000_000
        pods = [PodMeasured(each, "/p", Usage(), [], []) for each in view.pods()]
        return Measured(at, Usage(cpu=made.cpu, memory=2, working_set=1), [], pods)

    view._pod.spec.volumes = [
        Volume(name="v", persistent_volume_claim=PersistentVolumeClaimVolumeSource(claim_name="data")),
        Volume(name="w", host_path=HostPathVolumeSource(path="/")),
    ]
    view._pod.spec.containers[0].volume_mounts = [
        VolumeMount(name="v", mount_path="/v"),
        VolumeMount(name="w", mount_path="/w"),
    ]
    there = {"v": Mounted(tmp_path, plugin=CSI + "d"), "w": Mounted(tmp_path, plugin="kubernetes.io/host-path")}

    async def of_driver(uid: str, name: str, health: bool) -> Space:
        made.asked.append((uid, name))
        return Space(available=60, capacity=100, used=40, inodes_free=7, inodes=10, inodes_used=3)

    volumes = VolumeStatistics(lambda: [(view._pod, there)], of_driver, clock, 60.0, lambda *event: None)
    statistics = Statistics(view, clock, measure, str(tmp_path), str(tmp_path), volumes)
    app = KubeletApp(view, None, config, Access(config, None, "n", clock), statistics)  # type: ignore[arg-type]
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://k") as http:
        made = Cluster(http, view, clock)
        yield made


@pytest.mark.parametrize(
    ("method", "path", "code", "text"),
    [
        ("GET", "/nothing", 404, "404 page not found"),
        ("DELETE", "/pods", 405, "405: Method Not Allowed"),
        ("GET", "/run/ns/p/c", 405, "405: Method Not Allowed"),
        ("GET", "/exec/ns/p", 404, "404 page not found"),
        ("GET", "/exec/ns/gone/c?command=x&output=1", 404, "pod does not exist"),
        ("GET", "/exec/ns/p/other-uid/c?command=x&output=1", 404, "pod does not exist"),
        ("GET", "/exec/ns/p/done?command=x&output=1", 500, 'container not found ("done")'),
        ("GET", "/exec/ns/p/u/c?output=1", 400, "you must specify a command"),
        ("GET", "/exec/ns/p/c?command=x&output=1", 400, "Upgrade request required"),
        ("POST", "/attach/ns/p/c?output=1", 400, "Upgrade request required"),
        ("POST", "/portForward/ns/p", 404, 'not found: sandbox of pod "p" is not running'),
        ("GET", "/containerLogs/ns/p/x", 404, 'container "x" not found in pod "p"'),
        ("GET", "/containerLogs/ns/p/c?previous=true", 400,
         'previous terminated container "c" in pod "p" not found'),
        ("GET", "/containerLogs/ns/p/c?tailLines=-1", 422,
         "tailLines: Invalid value: -1: must be greater than or equal to 0"),
        ("GET", "/containerLogs/ns/p/c?tailLines=x", 400,
         'tailLines: strconv.ParseInt: parsing "x": invalid syntax'),
        ("GET", "/containerLogs/ns/p/c", 200, ""),
        ("GET", "/healthz", 200, "ok"),
        ("GET", "/stats/else", 404, "404 page not found"),
        ("GET", "/metrics/else", 404, "404 page not found"),
    ],
)  # fmt: skip
async def test_answers(kubelet: Cluster, method: str, path: str, code: int, text: str) -> None:
    answer = await kubelet.http.request(method, path)
    assert (answer.status_code, answer.text.rstrip("\n")) == (code, text)


async def test_lists_of_pods(kubelet: Cluster) -> None:
    pods = (await kubelet.http.get("/pods")).json()
    assert pods["kind"] == "PodList" and [each["name"] for each in pods["items"][0]["spec"]["containers"]] == [
        "c",
        "done",
    ]
    running = (await kubelet.http.get("/runningpods/")).json()
    assert [each["name"] for each in running["items"][0]["spec"]["containers"]] == ["c"]


async def test_not_well(kubelet: Cluster) -> None:
    kubelet.view.trouble = "the engine does not answer"
    answer = await kubelet.http.get("/healthz")
    assert answer.status_code == 500 and "[-]syncloop failed: the engine does not answer" in answer.text


async def test_the_configuration_is_shown(kubelet: Cluster) -> None:
    shown = (await kubelet.http.get("/configz")).json()["kubeletconfig"]
    assert shown["authorization"]["mode"] == "AlwaysAllow" and shown["maxPods"] == 110


async def test_rates_come_from_two_measurements(kubelet: Cluster) -> None:
    answer = kubelet.http.get("/stats/summary")
    task = asyncio.ensure_future(answer)
    while not task.done():
        await asyncio.sleep(0.01)
        await kubelet.clock.advance(0.1)
    first = task.result().json()["node"]
    assert first["cpu"]["usageCoreNanoSeconds"] == 2_000_000_000 and first["cpu"]["usageNanoCores"] > 0
    await kubelet.clock.advance(10)
    second: dict[str, Any] = (await kubelet.http.get("/stats/summary?only_cpu_and_memory=true")).json()["node"]
    assert second["cpu"]["usageCoreNanoSeconds"] == 3_000_000_000
    assert "fs" in first and "fs" not in second
    assert 0 < second["cpu"]["usageNanoCores"] <= 100_000_000


async def test_files_of_the_node(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a b.log").write_text("content\n")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "logs" / "out").symlink_to(tmp_path / "secret")
    shower = node_logs.NodeLogs(tmp_path / "logs")

    async def get(*parts: str) -> tuple[int, bytes]:
        sent: list[Any] = []

        class Asked:
            def __init__(self) -> None:
                self.parts = ["logs", *parts]

            async def respond(self, status: int, body: bytes, content_type: bytes = b"") -> None:
                sent.append((status, body))

            async def stream(self, pieces: AsyncIterator[bytes], content_type: bytes = b"") -> None:
                sent.append((200, b"".join([piece async for piece in pieces])))

        await shower.show(Asked())  # type: ignore[arg-type]
        found: tuple[int, bytes] = sent[0]
        return found

    assert await get("a b.log") == (200, b"content\n")
    assert b'<a href="a%20b.log">a b.log</a>' in (await get())[1]
    for parts in (("..", "secret"), ("out",), ("none",)):
        with pytest.raises(Failure):
            await get(*parts)


async def test_who_runs_what_is_told(kubelet: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubelet.view, "sandbox", lambda pod: SandboxHandle("s", "", (), ""))
    text = (await kubelet.http.get("/metrics")).text
    for wanted in (
        'kubelet_node_name{node="n"} 1.0',
        'kubelet_running_containers{container_state="exited"} 1.0',
        'kubelet_running_containers{container_state="running"} 1.0',
        "kubelet_running_pods 1.0",
    ):
        assert f"\n{wanted}\n" in text


async def test_volumes_are_shown_to_who_asks_for_them(kubelet: Cluster) -> None:
    first = asyncio.ensure_future(kubelet.http.get("/stats/summary?only_cpu_and_memory=true"))
    while not first.done():
        await asyncio.sleep(0.01)
        await kubelet.clock.advance(0.1)
    assert "volume" not in first.result().json()["pods"][0]
    for page in ("/metrics/resource", "/metrics/cadvisor"):
        assert (await kubelet.http.get(page)).status_code == 200
    assert kubelet.asked == []
    body = (await kubelet.http.get("/stats/summary")).json()
    [shown] = body["pods"][0]["volume"]
    assert shown == {
        "time": shown["time"], "availableBytes": 60, "capacityBytes": 100, "usedBytes": 40, "inodesFree": 7,
        "inodes": 10, "inodesUsed": 3, "name": "v", "pvcRef": {"name": "data", "namespace": "ns"},
    }  # fmt: skip
    text = (await kubelet.http.get("/metrics")).text
    assert 'kubelet_volume_stats_used_bytes{namespace="ns",persistentvolumeclaim="data"} 40.0\n' in text
    assert 'volume_manager_total_volumes{plugin_name="kubernetes.io/csi:d",state="actual_state_of_world"} 1.0\n' in text
    assert kubelet.asked == [("u", "v")]
