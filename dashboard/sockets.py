"""exec and attach: a page's WebSocket joined with the API server's."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard import paths
from minik8s.client.errors import ApiError, ConnectionFailed
from minik8s.client.streams import ERROR, V5
from minik8s.client.transport import HttpTransport

_STREAMED = ("exec", "attach")


async def joined(page: WebSocket, prefix: str, transport: HttpTransport) -> None:
    """Bytes both ways until one side closes.

    A browser tells its page nothing of a refused WebSocket, so a refusal is sent as exec ends are: a Status on the
    error channel.
    """
    target = page.scope["raw_path"].decode("latin-1").removeprefix(prefix)
    asked = page.scope.get("subprotocols") or []
    protocol = V5 if V5 in asked else None
    why = paths.refusal(target)
    if not why and (target.rpartition("/")[2] not in _STREAMED or protocol is None):
        why = "only exec and attach with v5.channel.k8s.io are passed on as WebSockets"
    query = parse_qsl(page.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    try:
        if why:
            raise ConnectionFailed(why)
        upstream = await transport.websocket(target, query, [V5], {})
    except (ApiError, ConnectionFailed) as error:
        await page.accept(subprotocol=protocol)
        body: Any = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": str(error), "code": 502}
        if isinstance(error, ApiError):
            body = error.status
        await page.send_bytes(bytes((ERROR,)) + msgspec.json.encode(body))
        await page.close()
        return
    await page.accept(subprotocol=protocol)
    both = [asyncio.create_task(_from_page(page, upstream)), asyncio.create_task(_to_page(upstream, page))]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        await upstream.close()
        try:
            await page.close()
        except RuntimeError:
            # It has closed first.
            pass


async def _from_page(page: WebSocket, upstream: Any) -> None:
    try:
        while True:
            await upstream.send_bytes(await page.receive_bytes())
    except (WebSocketDisconnect, KeyError, ConnectionError):
        return


async def _to_page(upstream: Any, page: WebSocket) -> None:
    async for message in upstream:
        if message.type.name == "BINARY":
            await page.send_bytes(message.data)
        elif message.type.name == "TEXT":
            await page.send_bytes(message.data.encode())
