"""A webhook server for tests: TLS on a free port of loopback; what it answers is a function of each path."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from minik8s import pki

Answer = Callable[[dict[str, Any]], Any]


class WebhookServer:
    """`answers` by path take a review and return a response (uid added), bytes, a `web.Response`, or a coroutine."""

    def __init__(self, folder: Path, *hosts: str) -> None:
        self.authority = pki.new_ca("webhook-ca")
        pair = pki.issue(self.authority, pki.Request("webhook", hosts=("127.0.0.1", *hosts), server=True))
        pki.write_pair(folder / "hook.crt", folder / "hook.key", pair)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "hook.crt", folder / "hook.key")
        self.answers: dict[str, Answer] = {}
        self.seen: list[dict[str, Any]] = []
        self.connections = 0
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def bundle(self) -> str:
        return base64.b64encode(self.authority.cert_pem).decode()

    def config(self, path: str) -> dict[str, Any]:
        return {"url": f"https://127.0.0.1:{self.port}{path}", "caBundle": self.bundle}

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._context)
        await site.start()
        server = site._server
        assert isinstance(server, asyncio.Server)
        self.port = server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        review = json.loads(await request.read())
        self.seen.append({"path": request.path, "query": dict(request.query), "host": request.host, **review})
        found = self.answers[request.path](review)
        if isinstance(found, Awaitable):
            found = await found
        if isinstance(found, web.StreamResponse):
            return found
        if isinstance(found, bytes):
            return web.Response(body=found, content_type="application/json")
        response = {"uid": review["request"]["uid"], **found}
        return web.json_response({"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response})


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    """A response that allows and changes."""
    text = base64.b64encode(json.dumps(operations).encode()).decode()
    return {"allowed": True, "patch": text, "patchType": "JSONPatch"}
