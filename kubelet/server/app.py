"""The ASGI application of the kubelet's server: who asks, may they, and who answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
import structlog

from kubelet.options import KubeletConfiguration
from kubelet.pods_view import PodsView
from kubelet.runtime.runtime import Runtime
from kubelet.server.access import Access
from kubelet.server.commands import Commands
from kubelet.server.container_logs import ContainerLogs
from kubelet.server.forwarding import PortForwarding
from kubelet.server.metrics_pages import MetricsPages
from kubelet.server.node_logs import NodeLogs
from kubelet.server.request import JSON, Failure, Message, Request
from kubelet.server.statistics import Statistics
from minik8s.api.core_v1 import Pod
from minik8s.daemon import metrics
from minik8s.streams.handshake import Refused, header

log = structlog.get_logger("kubelet.server")

Handler = Callable[[Request], Awaitable[None]]


class KubeletApp:
    """One request at a time through access, route, answer; failures become short texts, never tracebacks."""

    def __init__(
        self, view: PodsView, runtime: Runtime, config: KubeletConfiguration, access: Access, statistics: Statistics
    ) -> None:
        self._view = view
        self._config = config
        self._access = access
        commands, forwarding = Commands(view, runtime), PortForwarding(view)
        pages = MetricsPages(statistics)
        self._routes: dict[str, tuple[tuple[str, ...], Handler]] = {
            "exec": (("GET", "POST"), commands.exec),
            "attach": (("GET", "POST"), commands.attach),
            "run": (("POST",), commands.run),
            "portForward": (("GET", "POST"), forwarding.forward),
            "containerLogs": (("GET",), ContainerLogs(view).show),
            "logs": (("GET",), NodeLogs().show),
            "pods": (("GET",), self._pods),
            "runningpods": (("GET",), self._running_pods),
            "healthz": (("GET", "HEAD"), self._healthz),
            "configz": (("GET",), self._configz),
            "metrics": (("GET",), pages.show),
            "stats": (("GET",), statistics.show),
        }

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive, send)
        try:
            await self._handle(request)
        except (Failure, Refused) as failure:
            body = failure.message if failure.message.endswith("\n") else failure.message + "\n"
            if failure.code in (400, 404, 422, 500):
                body = failure.message
            await request.respond(failure.code, body.encode())
        except ConnectionError:
            if request.upgrade is None or not request.upgrade.accepted:
                await request.respond(500, b"the connection broke")
        except Exception:
            log.exception("a request failed", method=request.method, path=request.path)
            if request.upgrade is None or not request.upgrade.accepted:
                await request.respond(500, b"internal error: see the kubelet's log")

    async def _handle(self, request: Request) -> None:
        peer = request.scope.get("state", {}).get("peer")
        authorization = header(request.scope["headers"], b"authorization")
        await self._access.check(request.method, request.path, authorization, peer)
        root = request.parts[0] if request.parts else ""
        methods, handler = self._routes.get(root, ((), None))
        if handler is None:
            raise Failure(404, "404 page not found")
        if request.method not in methods:
            raise Failure(405, "405: Method Not Allowed")
        metrics.counter("kubelet_http_requests", "Requests to the kubelet's server", ("method", "path")).labels(
            request.method, root
        ).inc()
        await handler(request)

    async def _pods(self, request: Request) -> None:
        await request.respond(200, _pod_list(self._view.pods()), JSON)

    async def _running_pods(self, request: Request) -> None:
        """The Pods with a running container, as far as the engine knows them."""
        found = []
        for pod in self._view.pods():
            alive = {handle.name for handle in self._view.containers(pod) if handle.running}
            if not alive:
                continue
            meta = pod.metadata
            containers = [
                {"name": each.name, "image": each.image, "resources": {}}
                for each in pod.spec.containers
                if each.name in alive
            ]
            found.append(
                {
                    "metadata": {"name": meta.name, "namespace": meta.namespace, "uid": meta.uid},
                    "spec": {"containers": containers},
                    "status": {},
                }
            )
        body = {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": found}
        await request.respond(200, msgspec.json.encode(body), JSON)

    async def _healthz(self, request: Request) -> None:
        try:
            self._view.check()
        except RuntimeError as error:
            log.warning("not well", error=str(error))
            reason = f"[+]ping ok\n[+]log ok\n[-]syncloop failed: {error}\nhealthz check failed\n"
            raise Failure(500, reason) from None
        body = b"ok"
        if "verbose" in request.query:
            body = b"[+]ping ok\n[+]log ok\n[+]syncloop ok\nhealthz check passed\n"
        await request.respond(200, body)

    async def _configz(self, request: Request) -> None:
        body = {"kubeletconfig": self._config.document()}
        await request.respond(200, msgspec.json.encode(body), JSON)


def _pod_list(pods: list[Pod]) -> bytes:
    body = {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods}
    return msgspec.json.encode(body)
