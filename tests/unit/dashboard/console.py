"""A console on a free port of loopback, and an API server behind it that tells what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import uvicorn
from aiohttp import web

from dashboard.app import Console, make
from dashboard.server import hosts
from dashboard.sessions import COOKIE, Sessions
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.transport import HttpTransport
from minik8s.clock import SystemClock

Handler = Callable[[web.Request], Any]


@dataclasses.dataclass
class Running:
    """`asked` are requests as the API server saw them; `answer` is replaced by tests."""

    port: int
    sessions: Sessions
    browser: aiohttp.ClientSession
    asked: list[tuple[str, str, dict[str, str], bytes]]
    answer: Handler

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str = "") -> str:
        return f"{self.origin}/{self.sessions.base}/{path}"

    def signed_in(self) -> dict[str, str]:
        """What a browser with a session sends from our page."""
        session = self.sessions.open(self.sessions.new_token())
        return {"Cookie": f"{COOKIE}={session}", "Origin": self.origin, "Sec-Fetch-Site": "same-origin"}


def free_socket() -> socket.socket:
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Running]:
    asked: list[tuple[str, str, dict[str, str], bytes]] = []

    async def upstream(request: web.Request) -> Any:
        asked.append((request.method, request.raw_path, dict(request.headers), await request.read()))
        return await found.answer(request)

    async def hello(request: web.Request) -> web.Response:
        return web.json_response({"path": request.raw_path})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", upstream)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    behind = free_socket()
    await web.SockSite(runner, behind).start()
    config = ClientConfig(server=f"http://127.0.0.1:{behind.getsockname()[1]}", token="the-users-token")
    transport = HttpTransport(config, SystemClock())
    held, sessions = free_socket(), Sessions()
    port = held.getsockname()[1]
    async with ApiClient(config, transport=transport) as client, aiohttp.ClientSession() as browser:
        gate = make(
            client, transport, sessions, Console("lab", config.server, "shop", "default"), hosts("127.0.0.1", port)
        )
        server = uvicorn.Server(uvicorn.Config(gate, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
        server.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
        task = asyncio.create_task(server.serve([held]))
        found = Running(port, sessions, browser, asked, hello)
        try:
            yield found
        finally:
            server.should_exit = True
            await browser.close()
            await task
            await runner.cleanup()
