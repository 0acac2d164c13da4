"""The daemon against our API server, under RBAC, as it runs in a cluster."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from minik8s.api.core_v1 import Node, Pod
from minik8s.api.events_v1 import Event

from .world import World, free_port, world

pytestmark = pytest.mark.slow


def node(name: str, cpu: str = "4", **spec: Any) -> Node:
    amounts = {"cpu": cpu, "memory": "8Gi", "pods": "110"}
    document = {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "spec": spec,
        "status": {"allocatable": amounts, "capacity": amounts},
    }
    return msgspec.convert(document, Node)


def pod(name: str, cpu: str = "100m", **spec: Any) -> Pod:
    container = {"name": "c", "image": "app", "resources": {"requests": {"cpu": cpu}}}
    meta = {"name": name, "namespace": "default", "labels": {"app": "web"}}
    tolerations = [{"operator": "Exists"}]
    return msgspec.convert(
        {"metadata": meta, "spec": {"containers": [container], "tolerations": tolerations, **spec}}, Pod
    )


async def bound(there: World, *names: str) -> bool:
    return all([await there.node_of(name) for name in names])


async def test_pods_are_bound_explained_and_counted(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        port = free_port()
        client_ca = f"--client-ca-file={tmp_path}/ca.crt"
        config = tmp_path / "config.yaml"
        config.write_text(
            "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
            f"clientConnection: {{kubeconfig: {tmp_path}/scheduler.conf}}\nleaderElection: {{leaderElect: false}}\n"
        )
        for name in ("n1", "n2"):
            await there.add_node(node(name))
        there.spawn("scheduler", f"--config={config}", "--bind-address=127.0.0.1", f"--secure-port={port}", client_ca)
        for number in range(20):
            await there.client.create(pod(f"p{number}"))
        await there.until(lambda: bound(there, *(f"p{number}" for number in range(20))))
        await there.client.create(pod("huge", cpu="64"))

        async def explained() -> bool:
            found = (await there.client.get(Pod, "huge", "default")).status.conditions
            return any(c.message.startswith("0/2 nodes are available: 2 Insufficient cpu.") for c in found)

        await there.until(explained)

        async def told() -> bool:
            events = (await there.client.list(Event, "default")).items
            return {e.reason for e in events} >= {"Scheduled", "FailedScheduling"}

        await there.until(told)
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        trust.load_cert_chain(tmp_path / "admin.crt", tmp_path / "admin.key")
        base = f"https://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/debug/explain/default/huge", ssl=trust) as answer:
                assert answer.status == 200, await answer.text()
                assert (await answer.json())["excluded"]["n1"] == {
                    "plugin": "NodeResourcesFit",
                    "reasons": ["Insufficient cpu"],
                }
            async with session.get(f"{base}/metrics", ssl=trust) as answer:
                text = await answer.text()
        assert 'scheduler_schedule_attempts_total{profile="default-scheduler",result="scheduled"} 20.0' in text
        assert 'scheduler_pending_pods{queue="unschedulable"} 1.0' in text
        await there.add_node(node("n3", cpu="100"))
        await there.until(lambda: bound(there, "huge"))
        assert await there.node_of("huge") == "n3"
        async with aiohttp.ClientSession() as session:
            for path in ("/healthz", "/livez", "/readyz"):
                async with session.get(f"{base}{path}", ssl=trust) as answer:
                    assert (answer.status, await answer.text()) == (200, "ok")


async def test_a_higher_priority_makes_room(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.client.request(
            "POST",
            "/apis/scheduling.k8s.io/v1/priorityclasses",
            body={
                "apiVersion": "scheduling.k8s.io/v1",
                "kind": "PriorityClass",
                "metadata": {"name": "high"},
                "value": 9,
            },
        )
        await there.add_node(node("n1", cpu="1"))
        there.scheduler("--leader-elect=false")
        await there.client.create(pod("weak", cpu="1", terminationGracePeriodSeconds=0))
        await there.until(lambda: bound(there, "weak"))
        await there.client.create(pod("strong", cpu="1", priorityClassName="high"))
        await there.until(lambda: bound(there, "strong"))


async def test_one_of_two_leads_and_the_other_takes_over(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        await there.add_node(node("n1"))
        times = (
            "--leader-elect-lease-duration=2s",
            "--leader-elect-renew-deadline=1500ms",
            "--leader-elect-retry-period=300ms",
        )
        first = there.scheduler(*times)
        await there.client.create(pod("a"))
        await there.until(lambda: bound(there, "a"))
        there.scheduler(*times)
        first.kill()
        first.wait()
        await there.client.create(pod("b"))
        await there.until(lambda: bound(there, "b"))
