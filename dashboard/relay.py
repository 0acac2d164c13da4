"""One request of a page passed on to the API server with the user's identity."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboard import paths
from minik8s.client.config import ConfigError
from minik8s.client.errors import ConnectionFailed
from minik8s.client.transport import HttpTransport

MOST_BYTES = 8 << 20
"""Longest body passed on; the API server itself takes 3 MiB."""
_ASKED = ("accept", "content-type")
_ANSWERED = ("content-type", "warning", "retry-after", "content-length", "audit-id")


def asked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What of a browser's headers the API server is told: no cookie, no identity, nothing of the connection."""
    return {name.title(): headers[name] for name in _ASKED if name in headers}


def answered_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What of the API server's headers the browser is told."""
    return [(name.lower(), value) for name, value in headers if name.lower() in _ANSWERED]


def status(code: int, reason: str, message: str) -> Response:
    """A failure in the API server's own form."""
    body: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    body |= {"message": message, "reason": reason, "code": code}
    return Response(msgspec.json.encode(body), code, media_type="application/json")


async def passed(request: Request, prefix: str, transport: HttpTransport) -> Response:
    """The API server's answer, to be sent; a failure to reach it is a Status with code 502."""
    target = request.scope["raw_path"].decode("latin-1").removeprefix(prefix)
    if why := paths.refusal(target):
        return status(403, "Forbidden", why)
    if request.headers.get("sec-fetch-dest", "empty") != "empty":
        return status(403, "Forbidden", "this address is for the console's own page")
    body = await _body(request)
    if body is None:
        return status(413, "RequestEntityTooLarge", "the body is longer than the API server takes")
    if query := request.scope["query_string"].decode("latin-1"):
        target += f"?{query}"
    return Relayed(request.method, target, body, asked_headers(request.headers), transport)


class Relayed(Response):
    """Asks when it is sent, so that whatever happens the connection to the API server is given back."""

    def __init__(
        self, method: str, target: str, content: bytes, headers: dict[str, str], transport: HttpTransport
    ) -> None:
        super().__init__()
        self._asked = method, target, content, headers
        self._transport = transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Until the answer ends, or the browser has gone."""
        carrying = asyncio.create_task(self._carry(scope, receive, send))
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait([carrying, gone], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (carrying, gone):
                task.cancel()
            await asyncio.gather(carrying, gone, return_exceptions=True)

    async def _carry(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False
        try:
            async with self._transport.relay(*self._asked) as answer:
                headers = [
                    (name.encode("latin-1"), value.encode("latin-1"))
                    for name, value in answered_headers(answer.headers.items())
                ]
                headers.append((b"cache-control", b"no-store"))
                await send({"type": "http.response.start", "status": answer.status, "headers": headers})
                begun = True
                async for chunk in answer.content.iter_any():
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except (ConnectionFailed, ConfigError) as error:
            # What has begun is left without its end: the browser sees that it broke.
            if not begun:
                await status(502, "ConnectionFailed", str(error))(scope, receive, send)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(request: Request) -> bytes | None:
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            return None
        parts.append(chunk)
    return b"".join(parts)
