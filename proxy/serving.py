"""Where the proxy answers about itself: health for everybody, metrics and its mode for this machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog
from aiohttp import web

from minik8s.clock import Clock
from minik8s.daemon.health import HealthServer
from proxy.node_health import NodeHealth

log = structlog.get_logger("proxy")

RETRY_SECONDS = 5.0
"""A port that is taken is tried again: Services work without it."""


@contextlib.asynccontextmanager
async def serving(
    clock: Clock,
    healthz: tuple[str, int],
    told: tuple[str, int],
    health: NodeHealth,
    programmed: Callable[[], None],
    mode: str,
    configuration: dict[str, Any],
) -> AsyncIterator[None]:
    """Serve /healthz, /livez and /readyz at `healthz`, and /healthz, /metrics, /proxyMode, /configz at `told`."""

    async def proxy_mode(request: web.Request) -> web.Response:
        return web.Response(text=mode, headers={"X-Content-Type-Options": "nosniff"})

    routes = {"/healthz": health.healthz, "/livez": health.livez}
    shown = {"kubeproxy.config.k8s.io": configuration}
    servers = {
        healthz: HealthServer(*healthz, routes=routes, checks={"rules": programmed}),
        told: HealthServer(*told, routes={"/proxyMode": proxy_mode}, configz=lambda: shown),
    }
    starting = [asyncio.create_task(_start(server, clock)) for server in servers.values()]
    # One turn is all they need when their ports are free: who comes next finds them there.
    await clock.sleep(0)
    try:
        yield
    finally:
        for task in starting:
            task.cancel()
        for server in servers.values():
            await server.stop()


async def _start(server: HealthServer, clock: Clock) -> None:
    while True:
        try:
            await server.start()
            return
        except OSError as error:
            log.error("tried again", error=str(error), again_in=RETRY_SECONDS)
        await clock.sleep(RETRY_SECONDS)
