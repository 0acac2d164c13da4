"""Health check ports of Services with externalTrafficPolicy Local: a load balancer asks which nodes to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from aiohttp import web

log = structlog.get_logger("proxy")


class ServiceHealth:
    """Serves one HTTP port per Service: 200 while this node has endpoints of it and its proxy is well, else 503."""

    def __init__(self, host: str = "", well: Callable[[], bool] = lambda: True) -> None:
        self._host, self._well = host, well
        self._runners: dict[str, tuple[int, web.AppRunner]] = {}
        self._counts: dict[str, int] = {}

    async def sync(self, ports: Mapping[str, int], counts: Mapping[str, int]) -> None:
        """Serve exactly `ports` (service key -> port), answering with `counts` of local endpoints."""
        self._counts = dict(counts)
        for key in [k for k, (port, _) in self._runners.items() if ports.get(k) != port]:
            await self._runners.pop(key)[1].cleanup()
        for key, port in ports.items():
            if key not in self._runners:
                await self._serve(key, port)

    async def stop(self) -> None:
        """Close all ports."""
        await self.sync({}, {})

    async def _serve(self, key: str, port: int) -> None:
        namespace, _, name = key.partition("/")

        async def answer(request: web.Request) -> web.Response:
            count, well = self._counts.get(key, 0), self._well()
            body = {
                "service": {"namespace": namespace, "name": name},
                "localEndpoints": count,
                "serviceProxyHealthy": well,
            }
            headers = {"X-Load-Balancing-Endpoint-Weight": str(count), "X-Content-Type-Options": "nosniff"}
            return web.json_response(body, status=200 if count and well else 503, headers=headers)

        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host or None, port, reuse_address=True).start()
        except OSError as error:
            await runner.cleanup()
            log.error("cannot serve the health check port", service=key, port=port, error=str(error))
            return
        self._runners[key] = (port, runner)
