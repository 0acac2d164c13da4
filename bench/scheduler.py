"""How fast the scheduler places and binds Pods, in this process, against an API server that answers at once.

Everything is the daemon's own: informers decode the lists and watch events, bindings and events are encoded and
sent, and every binding comes back as a watch event. Only the network and the server's own work are left out.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec

from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.errors import NotFound
from minik8s.client.transport import Params, Response

_CREATED = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """Pods bound, the seconds that took by the clock and of CPU."""

    name: str
    pods: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Pods bound a second."""
        return self.pods / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU for each Pod."""
        return self.cpu_seconds * 1000 / self.pods


class _Server:
    """Lists what it is given, streams Pods, binds at once."""

    def __init__(self, nodes: list[dict[str, Any]], workloads: Sequence[dict[str, Any]]) -> None:
        self._lists = {"nodes": nodes, "replicasets": workloads}
        self._pods: dict[str, dict[str, Any]] = {}
        self._version = 1
        self._stream: asyncio.Queue[bytes] = asyncio.Queue()
        self.bound: dict[str, str] = {}
        self.wanted = 0
        self.done = asyncio.Event()

    def create(self, pods: Sequence[dict[str, Any]]) -> None:
        self.wanted += len(pods)
        for pod in pods:
            self._pods[pod["metadata"]["name"]] = pod
            self._tell("ADDED", pod)

    def _tell(self, kind: str, pod: dict[str, Any]) -> None:
        self._version += 1
        pod["metadata"]["resourceVersion"] = str(self._version)
        self._stream.put_nowait(msgspec.json.encode({"type": kind, "object": pod}) + b"\n")

    async def request(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str], timeout: float | None
    ) -> Response:
        await asyncio.sleep(0)
        if method == "GET":
            items = self._lists.get(path.rpartition("/")[2], [])
            found: Any = {"metadata": {"resourceVersion": "1"}, "items": items}
            return Response(200, {}, msgspec.json.encode(found))
        if path.endswith("/binding"):
            name = path.split("/")[-2]
            pod = self._pods[name]
            pod["spec"]["nodeName"] = self.bound[name] = msgspec.json.decode(body)["target"]["name"]
            self._tell("MODIFIED", pod)
            if len(self.bound) == self.wanted:
                self.done.set()
        return Response(201, {}, msgspec.json.encode(_CREATED) if path.endswith("/binding") else body)

    async def stream(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str]
    ) -> AsyncIterator[bytes]:
        if not path.endswith("/pods"):
            await asyncio.Event().wait()
        while True:
            yield await self._stream.get()

    async def websocket(self, path: str, params: Params, protocols: Sequence[str], headers: Mapping[str, str]) -> Any:
        raise NotFound("the benchmark's server has no WebSockets")

    async def close(self) -> None:
        return


def make_node(number: int, zones: int = 3) -> dict[str, Any]:
    """A node of 32 CPUs in one of some zones."""
    amounts = {"cpu": "32", "memory": "64Gi", "pods": "110", "ephemeral-storage": "200Gi"}
    name = f"node-{number}"
    labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": f"zone-{number % zones}"}
    meta = {"name": name, "uid": f"node-{number}", "resourceVersion": "1", "labels": labels}
    return {"metadata": meta, "spec": {}, "status": {"allocatable": amounts, "capacity": amounts}}


def make_pod(number: int, spec: Mapping[str, Any]) -> dict[str, Any]:
    """A Pod of about 2 KB, as a ReplicaSet makes it."""
    env = [{"name": f"SETTING_{at}", "value": "x" * 40} for at in range(12)]
    container = {
        "name": "app",
        "image": "registry.example.com/app:1.0",
        "env": env,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": f"kube-api-access-{number}", "mountPath": "/var/run/secrets"}],
    }
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "rs", "controller": True}
    meta = {
        "name": f"web-{number}",
        "namespace": "default",
        "uid": f"pod-{number}",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"app": "web", "pod-template-hash": "abc"},
        "ownerReferences": [owner],
    }
    volume = {"name": f"kube-api-access-{number}", "projected": {"sources": []}}
    whole = {"schedulerName": "default-scheduler", "containers": [container], "volumes": [volume], **spec}
    return {"metadata": meta, "spec": whole, "status": {"phase": "Pending"}}


_SELECTOR = {"matchLabels": {"app": "web"}}
WORKLOADS: dict[str, dict[str, Any]] = {
    "plain": {},
    "of a ReplicaSet": {},
    "zone spread": {
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": _SELECTOR,
            }
        ]
    },
    "preferred anti-affinity": {
        "affinity": {
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {
                        "weight": 100,
                        "podAffinityTerm": {"labelSelector": _SELECTOR, "topologyKey": "kubernetes.io/hostname"},
                    }
                ]
            }
        }
    },
}
"""What the Pods ask for, by name."""


async def measure(name: str, nodes: int = 1000, pods: int = 2000) -> Result:
    """Bind Pods of one workload."""
    from scheduler.scheduler import Scheduler

    # A ReplicaSet that is known has its Pods spread by the system's default constraints.
    meta = {"name": "web", "namespace": "default", "uid": "rs", "resourceVersion": "1"}
    owner = {"metadata": meta, "spec": {"selector": _SELECTOR}}
    server = _Server([make_node(number) for number in range(nodes)], [owner] if name == "of a ReplicaSet" else [])
    client = ApiClient(ClientConfig(server="https://bench"), transport=server)
    scheduler = Scheduler(client)
    running = asyncio.create_task(scheduler.run())
    await asyncio.wait_for(scheduler.informers.synced(), 30)
    made = [make_pod(number, WORKLOADS[name]) for number in range(pods)]
    await asyncio.sleep(0.05)
    began, cpu = time.perf_counter(), time.process_time()
    server.create(made)
    try:
        await asyncio.wait_for(server.done.wait(), 120)
        return Result(f"{name}, {nodes} nodes", pods, time.perf_counter() - began, time.process_time() - cpu)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def run(pods: int = 2000) -> list[Result]:
    """All workloads on 1,000 nodes, and the plain one on 5,000."""
    found = [asyncio.run(measure(name, pods=pods)) for name in WORKLOADS]
    return [*found, asyncio.run(measure("plain", nodes=5000, pods=pods))]


def main() -> None:
    """Print the figures."""
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    for result in run():
        print(f"{result.name:40} {result.per_second:8.0f} pods/s {result.cpu_ms:8.2f} ms CPU/pod")


if __name__ == "__main__":
    main()
