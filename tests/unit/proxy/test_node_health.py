"""What the proxy says of itself, over HTTP."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp

from minik8s.api.core_v1 import Node
from minik8s.client.informer import Informers
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster
from proxy.backend import BackendError
from proxy.health import ServiceHealth
from proxy.node_health import NodeHealth
from proxy.serving import RETRY_SECONDS, serving
from proxy.syncer import Syncer


class Backend:
    name = "none"

    def __init__(self) -> None:
        self.broken = False

    async def apply(self, desired: Any, changed: Any) -> None:
        if self.broken:
            raise BackendError("refused")

    def service_networks(self, cidrs: tuple[str, ...]) -> None:
        return

    async def cleanup(self) -> None:
        return


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def _get(port: int, path: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await (answer.json() if answer.content_type == "application/json" else answer.text())


async def test_it_is_well_while_no_change_waits_for_long() -> None:
    clock = FakeClock()
    health = NodeHealth(clock, timeout=60)
    health.queued()
    await clock.advance(61)
    assert health.healthy, "it is still starting up"
    health.updated()
    await clock.advance(1000)
    assert health.healthy
    health.queued()
    await clock.advance(59)
    health.queued()
    assert health.healthy
    await clock.advance(1)
    assert not health.healthy
    health.updated()
    assert health.healthy


async def test_ports_answer_as_those_of_kube_proxy() -> None:
    clock, health, one, two = FakeClock(), NodeHealth(FakeClock()), free_port(), free_port()
    config = {"mode": "nftables"}
    async with serving(clock, ("127.0.0.1", one), ("127.0.0.1", two), health, lambda: None, "nftables", config):
        await _listening(one, two)
        health.eligible = True
        health.updated()
        code, body = await _get(one, "/healthz")
        assert code == 200 and body["lastUpdated"] == body["currentTime"]
        assert (body["nodeEligible"], body["healthy"], body["status"]["IPv4"]["healthy"]) == (True, True, True)
        health.eligible = False
        code, body = await _get(one, "/healthz")
        assert (code, body["nodeEligible"], body["healthy"]) == (503, False, True)
        code, body = await _get(one, "/livez")
        assert code == 200 and "nodeEligible" not in body
        assert await _get(two, "/proxyMode") == (200, "nftables")
        assert await _get(two, "/healthz") == (200, "ok")
        assert await _get(two, "/configz") == (200, {"kubeproxy.config.k8s.io": config})
        code, text = await _get(two, "/metrics")
        assert code == 200 and 'kubeproxy_proxy_healthz_total{code="503"}' in text


async def test_a_taken_port_is_tried_again() -> None:
    clock, health, taken, free = FakeClock(), NodeHealth(FakeClock()), socket.socket(), free_port()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    async with serving(clock, ("127.0.0.1", free), ("127.0.0.1", port), health, lambda: None, "nftables", {}):
        await _listening(free)
        await clock.settle()
        taken.close()
        await clock.advance(RETRY_SECONDS)
        await _listening(port)
        assert await _get(port, "/proxyMode") == (200, "nftables")


async def test_a_node_that_is_to_be_deleted_is_not_eligible_and_refused_rules_are_told() -> None:
    clock = FakeClock()
    cluster, backend, health = FakeCluster(clock), Backend(), NodeHealth(clock)
    cluster.add(_node())
    informers = Informers(cluster)
    syncer = Syncer(informers, backend, "n1", clock, ServiceHealth(), node_health=health)
    await informers.start()
    await informers.synced()
    task = asyncio.create_task(syncer.run())
    try:
        await clock.settle()
        assert health.eligible and health.healthy
        taint = {"key": "ToBeDeletedByClusterAutoscaler", "effect": "NoSchedule"}
        cluster.modify(Node, "n1", lambda n: n.spec.taints.append(_node(taints=[taint]).spec.taints[0]))
        await clock.settle()
        assert not health.eligible and health.healthy
        backend.broken = True
        cluster.modify(Node, "n1", lambda n: n.metadata.labels.update({"topology.kubernetes.io/zone": "z"}))
        await clock.settle()
        for _ in range(14):
            syncer._mark(["default/a"])
            await clock.advance(5)
        assert not health.healthy
        backend.broken = False
        await clock.advance(5)
        assert health.healthy
    finally:
        task.cancel()
        await informers.stop()


def _node(**spec: Any) -> Node:
    import msgspec

    return msgspec.convert({"metadata": {"name": "n1"}, "spec": spec}, Node)


async def _listening(*ports: int) -> None:
    for port in ports:
        for _ in range(1000):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            break
        else:
            raise AssertionError(f"nobody listens at {port}")
