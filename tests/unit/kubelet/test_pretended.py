from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kubelet.hollow import SharedNodes, hollow_node
from kubelet.pods_view import ContainerHandle
from kubelet.pretended import CPU, MEMORY, Pretended, PretendedServer, path_of
from minik8s import pki
from minik8s.api.core_v1 import Node, Pod
from minik8s.api.object_meta import ObjectMeta
from minik8s.daemon.tls import TLSFiles
from minik8s.machinery.times import format_time
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster


class View:
    """One Pod with one running container and one that ended."""

    node_name = "h-0"

    def __init__(self, clock: FakeClock, **annotations: str) -> None:
        said = {CPU if key == "cpu" else MEMORY: value for key, value in annotations.items()}
        self.pod = Pod(metadata=ObjectMeta(name="a", namespace="default", annotations=said))
        self.handles = [
            ContainerHandle("web", "1", 0, True, "", started_at=format_time(clock.now())),
            ContainerHandle("init", "2", 0, False, ""),
        ]

    def pods(self) -> list[Pod]:
        return [self.pod]

    def containers(self, pod: Pod) -> list[ContainerHandle]:
        return self.handles


async def test_a_container_uses_what_its_pod_says() -> None:
    clock = FakeClock()
    view = View(clock, cpu="250m", memory="20Mi")
    pretended: Any = Pretended(view, clock)  # type: ignore[arg-type]
    await clock.advance(4)
    first = pretended.measure()
    assert first.pods[0].containers[0].usage.cpu == 1_000_000_000
    await clock.advance(10)
    second = pretended.measure()
    (container,) = second.pods[0].containers
    assert container.usage.cpu == 3_500_000_000 and container.usage.working_set == 20 << 20
    assert second.node.cpu - first.node.cpu == 2_600_000_000
    view.handles.clear()
    await clock.advance(10)
    third = pretended.measure()
    assert third.pods == [] and third.node.cpu - second.node.cpu == 100_000_000


@pytest.mark.parametrize("said", [{}, {"cpu": "much"}])
async def test_a_little_where_nothing_is_said(said: dict[str, str]) -> None:
    clock = FakeClock()
    pretended: Any = Pretended(View(clock, **said), clock)  # type: ignore[arg-type]
    await clock.advance(10)
    usage = pretended.measure().pods[0].containers[0].usage
    assert (usage.cpu, usage.working_set) == (10_000_000, 1 << 20)


async def test_pages_of_hollow_nodes(tmp_path: Path) -> None:
    ca = pki.ensure_ca(tmp_path, "ca", "kubernetes")
    pki.ensure_cert(tmp_path, "s", ca, pki.Request("s", hosts=("127.0.0.1",), server=True))
    pki.ensure_cert(tmp_path, "c", ca, pki.Request("metrics", client=True))
    cluster = FakeCluster()
    asked: list[Any] = []

    def review(document: dict[str, Any]) -> dict[str, Any]:
        asked.append(document["spec"])
        return document | {"status": {"allowed": document["spec"]["user"] == "metrics"}}

    cluster.server.reactors["subjectaccessreviews"] = review
    files = TLSFiles(*(str(tmp_path / name) for name in ("s.crt", "s.key", "ca.crt")))
    pages = PretendedServer(cluster, "127.0.0.1", 0, files)
    await pages.server.start(any_port=True)
    shared = SharedNodes(cluster)
    capacity = {"cpu": "4", "memory": "16Gi", "pods": "10"}
    node = hollow_node(cluster, "h-0", 0, capacity, None, shared, pages, "127.0.0.1")
    tasks = [asyncio.create_task(shared.run()), asyncio.create_task(node)]
    async with asyncio.timeout(30):
        while (found := cluster.object(Node, "h-0")) is None or not found.status.addresses:
            await asyncio.sleep(0.01)
    assert {"InternalDNS", "InternalIP"} <= {a.type for a in found.status.addresses}
    assert found.metadata.annotations["metrics.k8s.io/resource-metrics-path"] == path_of("h-0")
    assert found.status.daemon_endpoints.kubelet_endpoint.port == pages.server.port
    client = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
    base = f"https://127.0.0.1:{pages.server.port}"
    async with aiohttp.ClientSession() as session:
        async with session.get(base + path_of("h-0"), ssl=client) as answer:
            assert answer.status == 401
        client.load_cert_chain(tmp_path / "c.crt", tmp_path / "c.key")
        async with aiohttp.ClientSession() as known:
            async with known.get(base + path_of("h-0"), ssl=client) as answer:
                assert answer.status == 200 and "node_cpu_usage_seconds_total" in await answer.text()
            async with known.get(base + path_of("h-9"), ssl=client) as answer:
                assert answer.status == 404
    attributes = asked[0]["resourceAttributes"]
    assert {k: attributes[k] for k in ("resource", "subresource", "name", "verb")} == {
        "resource": "nodes", "subresource": "metrics", "name": "h-0", "verb": "get",
    }  # fmt: skip
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await pages.server.stop()
