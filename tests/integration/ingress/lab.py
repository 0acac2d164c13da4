"""The ingress controller on loopback: a cluster in memory, the real nginx, backends in this process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from ingress.frame import Frame
from ingress.publish import Publisher
from ingress.sync import Syncer
from minik8s.client.events import EventRecorder
from minik8s.client.informer import Informers
from minik8s.clock import SystemClock
from minik8s.daemon.tls import self_signed
from minik8s.testing.fake_cluster import FakeCluster
from tests.support.etcd_servers import free_ports
from tests.support.ingresses import CONTROLLER, endpoints, ingress_class, service

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx"
PATIENCE = 20.0
ADDRESS = "192.0.2.7"


class Backend:
    """Says who it is and what it was sent; holds requests for /slow until `release`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.release = asyncio.Event()
        self.held = 0
        self.address = ""
        self._runner: web.AppRunner | None = None

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_get("/socket", self._socket)
        app.router.add_get("/stream", self._stream)
        app.router.add_route("*", "/{path:.*}", self._tell)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        self.address = f"127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _tell(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.path.endswith("/slow"):
            self.held += 1
            await self.release.wait()
        given = {"Access-Control-Allow-Origin": "backend"} if "cors" in request.host else {}
        return web.json_response(
            {
                "name": self.name,
                "path": request.raw_path,
                "method": request.method,
                "headers": {k.lower(): v for k, v in request.headers.items()},
                "length": len(body),
            },
            headers=given,
        )

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        found = web.WebSocketResponse()
        await found.prepare(request)
        async for message in found:
            await found.send_str(f"{self.name}: {message.data}")
        return found

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        found = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await found.prepare(request)
        await found.write(b"data: first\n\n")
        await self.release.wait()
        await found.write(b"data: second\n\n")
        return found


class Answer:
    """One answer, read whole."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def told(self) -> dict[str, Any]:
        """What a backend said."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Lab:
    """One of each; `start_controller` and `kill_controller` as often as wanted."""

    def __init__(self, folder: Path, **frame: Any) -> None:
        self.folder = folder
        self.http, self.https = free_ports(2)
        cert = self_signed(str(folder), "fallback", ["fallback.local"])
        self.frame = Frame(
            folder / "nginx",
            self.http,
            self.https,
            ("127.0.0.1",),
            # Else nginx's workers are nobody special, and pytest's folders are root's alone.
            user="root" if os.geteuid() == 0 else "",
            open_files=1024,
            connections=256,
            fallback_certificate=cert.cert_file,
            fallback_key=cert.key_file,
            **frame,
        )
        self.cluster = FakeCluster(SystemClock())
        self.cluster.add(ingress_class())
        self.backends: list[Backend] = []
        self.syncer: Syncer | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._informers: Informers | None = None
        self._recorder: EventRecorder | None = None
        self.session = aiohttp.ClientSession()

    async def backend(self, name: str, tls: ssl.SSLContext | None = None) -> Backend:
        """A backend on a port of its own."""
        found = Backend(name)
        await found.start(tls)
        self.backends.append(found)
        return found

    async def service(self, *names: str) -> None:
        """Services with one endpoint each, a backend of the same name."""
        for name in names:
            found = await self.backend(name)
            self.cluster.add(service(name), endpoints(name, found.address))

    async def start_controller(self) -> Syncer:
        self._informers = Informers(self.cluster)
        self._recorder = EventRecorder(self.cluster, "minik8s-ingress")
        publisher = Publisher(self.cluster, self._recorder, [ADDRESS])
        publisher.leads = True
        self.syncer = Syncer(
            self._informers, self.frame, NGINX, self.cluster.clock, CONTROLLER, "minik8s", external_names=True
        )
        await self._informers.start()
        self.syncer.wake()
        self._tasks = [asyncio.create_task(self.syncer.run(publisher)), asyncio.create_task(publisher.run())]
        return self.syncer

    async def kill_controller(self) -> None:
        """As kill -9 does: nginx is nobody's."""
        assert self.syncer is not None and self._informers is not None
        await self._end_tasks()
        await self._informers.stop()
        self.syncer.nginx.forget()

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        await self._end_tasks()
        if self.syncer is not None:
            await self.syncer.nginx.stop(0)
        if self._informers is not None:
            await self._informers.stop()
        if self._recorder is not None:
            await self._recorder.close()
        await self.session.close()
        for backend in self.backends:
            backend.release.set()
            await backend.stop()

    async def ask(
        self, path: str = "/", host: str = "example.com", method: str = "GET", tls: bool = False, **more: Any
    ) -> Answer:
        """One request on a connection of its own, redirects not followed; no certificate is believed or doubted."""
        port = self.https if tls else self.http
        headers = {"Host": host, "Connection": "close"} | more.pop("headers", {})
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        url = URL(f"{'https' if tls else 'http'}://127.0.0.1:{port}{path}", encoded=True)
        name = host if tls else None
        more |= {"headers": headers, "ssl": context, "server_hostname": name, "allow_redirects": False}
        reader = self.session.request(method, url, **more)
        async with reader as found:
            return Answer(found.status, found.headers, await found.read())

    async def names(self, path: str = "/", host: str = "example.com", count: int = 8) -> set[str]:
        """The backends that answer."""
        return {(await self.ask(path, host)).told["name"] for _ in range(count)}

    async def until(self, what: str, check: Callable[[], Any]) -> Any:
        """The first true answer of `check`, which may be a coroutine function; failures count as not yet."""
        last: object = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        last = check()
                        if asyncio.iscoroutine(last):
                            last = await last
                        if last:
                            return last
                    except (aiohttp.ClientError, AssertionError, OSError, ValueError, KeyError) as error:
                        last = error
                    await asyncio.sleep(0.01)
        raise AssertionError(f"{what}: not in time; last {last!r}")

    async def served(self, path: str = "/", host: str = "example.com", status: int = 200, **more: Any) -> Answer:
        """Wait until a path answers so."""
        found: list[Answer] = []

        async def asked() -> bool:
            found.append(await self.ask(path, host, **more))
            assert found[-1].status == status, found[-1].status
            return True

        await self.until(f"{host}{path} answers {status}", asked)
        return found[-1]

    def kill_nginx(self, number: int = signal.SIGKILL) -> int:
        """Kill nginx's master."""
        assert self.syncer is not None
        pid = self.syncer.nginx.pid
        os.kill(pid, number)
        return pid


@contextlib.asynccontextmanager
async def lab(folder: Path, **frame: Any) -> AsyncIterator[Lab]:
    """A lab, started and ended."""
    found = Lab(folder, **frame)
    try:
        await found.start_controller()
        yield found
    finally:
        await found.stop()
