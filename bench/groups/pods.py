"""From a Deployment to Pods that are ready, beside the same containers started with Docker alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from statistics import median

import msgspec

from bench import docker_floor, kubelets
from bench.context import Bench
from bench.kubelets import Kubelet
from minik8s.api.apps_v1 import Deployment
from minik8s.api.core_v1 import Namespace, Pod, ServiceAccount
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.api import ApiClient
from minik8s.client.config import ConfigError, load
from minik8s.client.errors import ApiError, ConnectionFailed, NotFound

TITLE = "Kubelet: Pods of a Deployment on one node, from apply to all ready, beside Docker's own floor"
IMAGE = "minik8s/demo:v1"
PODS = 20
PATIENCE_SECONDS = 120.0
_SPACE = "bench-pods"


async def run(bench: Bench) -> None:
    """See TITLE. Needs root and a running cluster (`minik8s up --nodes 1`) whose first node is this machine."""
    kubelet = kubelets.find()
    if os.geteuid() != 0 or kubelet is None:
        why = "needs root" if os.geteuid() != 0 else "no kubelet runs on this machine; start one: minik8s up --nodes 1"
        bench.report.add(bench.group, f"{PODS} Pods", "this machine", f"skipped: {why}")
        return
    try:
        async with ApiClient(load()) as client:
            await _measure(bench, client, kubelet)
    except (ConfigError, ConnectionFailed, ApiError) as error:
        bench.report.add(bench.group, f"{PODS} Pods", "this machine", f"skipped: {error}")


async def _measure(bench: Bench, client: ApiClient, kubelet: Kubelet) -> None:
    rounds = 1 if bench.quick else 3
    floors, pods, cpu = [], [], []
    await _prepare(client)
    try:
        # The first of each kind pays for what is cold.
        await asyncio.to_thread(docker_floor.seconds, kubelet, IMAGE, 1)
        await _deploy(client, kubelet, 1)
        for _ in range(rounds):
            floors.append(await asyncio.to_thread(docker_floor.seconds, kubelet, IMAGE, PODS))
            before = kubelet.cpu_seconds()
            pods.append(await _deploy(client, kubelet, PODS))
            cpu.append(kubelet.cpu_seconds() - before)
    finally:
        with contextlib.suppress(NotFound):
            await client.delete(Namespace, _SPACE)

    def add(figure: str, text: str) -> None:
        bench.report.add(bench.group, figure, "this machine", text)

    add(f"{PODS} Pods with Docker alone, {docker_floor.WORKERS} at once", f"{median(floors):.2f} s")
    add(f"{PODS} Pods of a Deployment, apply to all ready", f"{median(pods):.2f} s")
    add("times Docker's floor", f"{median(pods) / median(floors):.2f}")
    add("CPU of the kubelet for each Pod", f"{median(cpu) / PODS * 1000:.0f} ms")


async def _prepare(client: ApiClient) -> None:
    with contextlib.suppress(NotFound):
        await client.delete(Namespace, _SPACE)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(ApiError):
            await client.create(Namespace(metadata=ObjectMeta(name=_SPACE)))
            break
        await asyncio.sleep(0.2)
    while time.monotonic() < deadline:
        with contextlib.suppress(NotFound):
            await client.get(ServiceAccount, "default", _SPACE)
            return
        await asyncio.sleep(0.1)
    raise ConnectionFailed(f"namespace {_SPACE} is not ready: are the controllers running?")


async def _deploy(client: ApiClient, kubelet: Kubelet, count: int) -> float:
    """Seconds from the create of a Deployment to the last of its Pods ready; its Pods are gone afterwards."""
    document = {
        "metadata": {"name": "web", "namespace": _SPACE},
        "spec": {
            "replicas": count,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "nodeSelector": {"kubernetes.io/hostname": kubelet.node},
                    "terminationGracePeriodSeconds": 0,
                    "containers": [{"name": "c", "image": IMAGE}],
                },
            },
        },
    }
    start = (await client.list(Pod, _SPACE)).resource_version
    began = time.perf_counter()
    await client.create(msgspec.convert(document, Deployment))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _all_ready(client, start, count)
        return time.perf_counter() - began
    finally:
        await client.delete(Deployment, "web", _SPACE)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await client.list(Pod, _SPACE)).items:
                await asyncio.sleep(0.2)


async def _all_ready(client: ApiClient, version: str, count: int) -> None:
    ready: set[str] = set()
    async for event in client.watch(Pod, _SPACE, resource_version=version):
        if any(c.type == "Ready" and c.status == "True" for c in event.object.status.conditions):
            ready.add(event.object.metadata.name)
            if len(ready) == count:
                return
