"""The small HTTPS server beside every daemon: /healthz, /livez, /readyz (each with ?verbose), /metrics, /configz."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

import structlog
from aiohttp import web

from minik8s.daemon import metrics
from minik8s.daemon.delegated import Denied
from minik8s.daemon.run import check_port, not_listening
from minik8s.daemon.tls import TLSFiles

log = structlog.get_logger("health")

Check = Callable[[], None | Awaitable[None]]
"""Returns when well, raises with the reason when not."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_CHECK_SECONDS = 5.0
_RELOAD_SECONDS = 60.0


class Authorizer(Protocol):
    """Judges a request for a path; `minik8s.daemon.delegated.DelegatedAuth` is the usual one."""

    async def check(self, method: str, path: str, headers: Mapping[str, str], peer: Mapping[str, Any] | None) -> object:
        """Return, or raise Denied."""
        ...


class HealthServer:
    """Serves a daemon's own endpoints; use as `async with`, or `start` and `stop`.

    `checks` are by name; `live` and `ready` name which of them /livez and /readyz run (default: all). `port` 0
    serves nothing, as `--healthz-port=0` and `--secure-port=0` do. Without `tls` it speaks plain HTTP. `routes` are
    further paths, {wild} parts allowed, or other answers at those above; `refusal` words what callers read that are
    turned away.
    """

    def __init__(
        self,
        host: str,
        port: int,
        tls: TLSFiles | None = None,
        checks: Mapping[str, Check] | None = None,
        authorizer: Authorizer | None = None,
        live: tuple[str, ...] | None = None,
        ready: tuple[str, ...] | None = None,
        configz: Callable[[], Any] | None = None,
        routes: Mapping[str, Handler] | None = None,
        refusal: Callable[[Denied], web.Response] | None = None,
    ) -> None:
        self._host, self._port, self._tls = host, port, tls
        self.checks: dict[str, Check] = {"ping": _ping} | dict(checks or {})
        self._authorizer = authorizer
        self._parts = {"/healthz": None, "/livez": live, "/readyz": ready}
        self._configz = configz
        self._routes = dict(routes or {})
        self._refusal = refusal or _refusal
        self._runner: web.AppRunner | None = None
        self._reloading: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port served on."""
        if self._runner is not None and self._runner.addresses:
            return int(self._runner.addresses[0][1])
        return self._port

    async def start(self, any_port: bool = False) -> None:
        """Listen; `any_port` takes a free one for port 0. Raises OSError when the port is taken, TLSFileError."""
        if self._port == 0 and not any_port:
            return
        check_port(self._host, self._port)
        app = web.Application(middlewares=[self._guard])
        for path in self._parts:
            if path in self._routes:
                continue
            app.router.add_get(path, self._health)
            app.router.add_get(path + "/{check:.+}", self._health)
        app.router.add_get("/metrics", _metrics)
        if self._configz is not None:
            app.router.add_get("/configz", self._show_config)
        for path, handler in self._routes.items():
            app.router.add_route("*", path, handler)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handle_signals=False)
        context = self._tls.context() if self._tls else None
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host or None, self._port, ssl_context=context, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            self._runner = None
            raise not_listening(self._host, self._port, error) from None
        if self._tls is not None and context is not None:
            self._reloading = asyncio.create_task(self._reload(self._tls, context), name="tls-reload")

    async def stop(self) -> None:
        """Stop listening."""
        if self._reloading is not None:
            self._reloading.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _reload(self, files: TLSFiles, context: ssl.SSLContext) -> None:
        state = files.state()
        while True:
            await asyncio.sleep(_RELOAD_SECONDS)
            if (now := files.state()) != state:
                try:
                    files.reload(context)
                    state = now
                    log.info("serving certificate loaded again", file=files.cert_file)
                except (OSError, ssl.SSLError) as error:
                    log.warning("serving certificate cannot be loaded", file=files.cert_file, error=str(error))

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._authorizer is not None:
            peer = request.transport.get_extra_info("peercert") if request.transport else None
            try:
                await self._authorizer.check(request.method, request.path, request.headers, peer)
            except Denied as denied:
                return self._refusal(denied)
        return await handler(request)

    async def _health(self, request: web.Request) -> web.Response:
        root, _, one = request.path.removeprefix("/").partition("/")
        path = f"/{root}"
        names = self._parts[path] if self._parts[path] is not None else tuple(self.checks)
        assert names is not None
        if one:
            if one not in self.checks:
                return web.Response(status=404, text="404 page not found\n")
            names = (one,)
        excluded = set(request.query.getall("exclude", []))
        lines, failed = [], []
        for name in names:
            if name in excluded:
                lines.append(f"[+]{name} excluded: ok")
                continue
            trouble = await self._trouble(name)
            lines.append(f"[-]{name} failed: reason withheld" if trouble else f"[+]{name} ok")
            if trouble:
                failed.append(name)
                log.warning("health check failed", check=name, error=trouble)
        if failed:
            return web.Response(status=500, text="\n".join([*lines, f"{root} check failed", ""]))
        if "verbose" in request.query:
            return web.Response(text="\n".join([*lines, f"{root} check passed", ""]))
        return web.Response(text="ok")

    async def _trouble(self, name: str) -> str:
        try:
            found = self.checks[name]()
            if inspect.isawaitable(found):
                async with asyncio.timeout(_CHECK_SECONDS):
                    await found
        except Exception as error:
            return str(error) or type(error).__name__
        return ""

    async def _show_config(self, request: web.Request) -> web.Response:
        assert self._configz is not None
        return web.json_response(self._configz())


def _refusal(denied: Denied) -> web.Response:
    return web.Response(status=denied.code, text=denied.message + "\n")


def _ping() -> None:
    return


async def _metrics(request: web.Request) -> web.Response:
    return web.Response(body=metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})
