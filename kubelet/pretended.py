"""What Pods of hollow nodes pretend to use, and the one server that shows it for all hollow nodes of a process.

A Pod's annotations `minik8s.io/usage-cpu` and `minik8s.io/usage-memory` say what each of its containers uses, so that
autoscalers can be tried on nodes that run nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from kubelet.options import KubeletConfiguration
from kubelet.pods_view import PodsView
from kubelet.server.access import Access
from kubelet.server.cgroups import Usage
from kubelet.server.metrics_pages import resource
from kubelet.server.request import Failure
from kubelet.server.statistics import ContainerMeasured, Measured, PodMeasured, total
from minik8s.api.core_v1 import Pod
from minik8s.client.api import ApiClient
from minik8s.clock import Clock
from minik8s.daemon import metrics
from minik8s.daemon.delegated import Denied
from minik8s.daemon.health import HealthServer
from minik8s.daemon.tls import TLSFiles
from minik8s.machinery import quantity
from minik8s.machinery.times import parse_time

CPU, MEMORY = "minik8s.io/usage-cpu", "minik8s.io/usage-memory"
"""Annotations of Pods; a millicore and a mebibyte unless said."""
PATH_ANNOTATION = "metrics.k8s.io/resource-metrics-path"
"""A Node's annotation that tells metrics servers where its page is."""
_DEFAULTS = {CPU: "1m", MEMORY: "1Mi"}
_NODE = Usage(cpu=10, memory=64 << 20)
"""What a hollow node itself uses: millicores and bytes."""


def path_of(node: str) -> str:
    """Where the page of a node is."""
    return f"/metrics/nodes/{node}/metrics/resource"


class Pretended:
    """Measures one hollow node: counters grow with the time that passes between questions."""

    def __init__(self, view: PodsView, clock: Clock) -> None:
        self.view = view
        self._clock = clock
        self._asked: float | None = None
        self._used: dict[str, int] = {}

    def measure(self) -> Measured:
        """Everything now."""
        now = self._clock.monotonic()
        passed = now - self._asked if self._asked is not None else 1.0
        self._asked = now
        before, self._used = self._used, {}
        pods = [self._pod(pod, before, passed) for pod in self.view.pods()]
        milli = _NODE.cpu + sum(_amount(pod.pod, CPU) * len(pod.containers) for pod in pods)
        memory = _NODE.memory + sum(pod.usage.working_set for pod in pods)
        # Counted by itself: Pods that end take nothing back from the node's counter.
        node = Usage(self._grown("", before, milli, passed), memory, memory)
        return Measured(self._clock.now(), node, [], [pod for pod in pods if pod.containers])

    def _pod(self, pod: Pod, before: dict[str, int], passed: float) -> PodMeasured:
        milli, memory = _amount(pod, CPU), _amount(pod, MEMORY) // 1000
        containers = []
        for handle in (each for each in self.view.containers(pod) if each.running):
            since = passed if handle.id in before else self._age(handle.started_at)
            used = Usage(self._grown(handle.id, before, milli, since), memory, memory)
            containers.append(ContainerMeasured(handle, "", "", used))
        return PodMeasured(pod, "", total([each.usage for each in containers]), containers, [])

    def _grown(self, key: str, before: dict[str, int], milli: int, seconds: float) -> int:
        found = self._used[key] = before.get(key, 0) + int(milli * seconds * 1_000_000)
        return found

    def _age(self, started_at: str) -> float:
        return (self._clock.now() - parse_time(started_at)).total_seconds() if started_at else 0.0


def _amount(pod: Pod, annotation: str) -> int:
    """Thousandths of what an annotation says, or of what is assumed when it says nothing that can be read."""
    try:
        return max(quantity.milli_value(pod.metadata.annotations.get(annotation, "")), 0)
    except quantity.QuantityError:
        return quantity.milli_value(_DEFAULTS[annotation])


class PretendedServer:
    """Shows the pages of all hollow nodes of a process, each to whom a kubelet would show it."""

    def __init__(self, client: ApiClient, host: str, port: int, tls: TLSFiles) -> None:
        self._client = client
        self._nodes: dict[str, Pretended] = {}
        self._access: dict[str, Access] = {}
        routes = {path_of("{node}"): self._show}
        self.server = HealthServer(host, port, tls, authorizer=self, routes=routes)

    def add(self, view: PodsView) -> None:
        """Show a node's page too."""
        config = KubeletConfiguration()
        self._nodes[view.node_name] = Pretended(view, self._client.clock)
        self._access[view.node_name] = Access(config, self._client, view.node_name, self._client.clock)

    async def check(self, method: str, path: str, headers: Mapping[str, str], peer: Mapping[str, Any] | None) -> object:
        """Who asks, when they may see the metrics of that node. Raises Denied."""
        parts = path.split("/")
        access = self._access.get(parts[3]) if path.startswith("/metrics/nodes/") else None
        if access is None:
            if path in ("/healthz", "/livez", "/readyz"):
                return None
            raise Denied(404, "404 page not found")
        try:
            return await access.check(method, "/metrics/resource", headers.get("Authorization", ""), peer)
        except Failure as failure:
            raise Denied(failure.code, failure.message) from None

    async def _show(self, request: web.Request) -> web.Response:
        node = self._nodes.get(request.match_info["node"])
        if node is None:
            raise web.HTTPNotFound(text="404 page not found")
        body = "".join(resource(node.measure())).encode()
        return web.Response(body=body, headers={"Content-Type": metrics.CONTENT_TYPE})
