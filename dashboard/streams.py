"""Many watches and logs in one WebSocket: a browser opens six connections to a host, and a page watches more than that.

The page sends text: `{"id": 1, "path": "/api/v1/pods?watch=1", "accept": "…"}` begins a stream, `{"id": 1}` ends it.
It is sent binary messages, the stream's id in four bytes and then bytes as they came, and text: `{"id": 1, "status":
200}` before them, and at the end `{"id": 1, "end": "…"}` with what went wrong ("" for a plain end), or `{"id": 1,
"end": "…", "code": 410, "body": {…}}` when the server refused.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard import paths
from minik8s.client.config import ConfigError
from minik8s.client.errors import ConnectionFailed, from_response

MOST_STREAMS = 128


class Asked(msgspec.Struct):
    """What the page sends."""

    id: int
    path: str = ""
    accept: str = "application/json"


class Content(Protocol):
    """A body in pieces."""

    def iter_any(self) -> AsyncIterator[bytes]:
        """As they come."""
        ...


class Upstream(Protocol):
    """What is used of a transport."""

    def relay(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> AbstractAsyncContextManager[Any]:
        """One request."""
        ...


class Streams:
    """The streams of one page."""

    def __init__(self, socket: WebSocket, upstream: Upstream) -> None:
        self._socket = socket
        self._upstream = upstream
        self._running: dict[int, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()

    async def serve(self) -> None:
        """Until the page goes."""
        await self._socket.accept()
        try:
            while True:
                await self._take(await self._socket.receive_text())
        except (WebSocketDisconnect, KeyError):
            # KeyError: a binary message, which the page never sends.
            pass
        finally:
            running = list(self._running.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _take(self, text: str) -> None:
        try:
            asked = msgspec.json.decode(text, type=Asked)
        except msgspec.MsgspecError:
            return
        held = self._running.pop(asked.id, None)
        if held is not None:
            held.cancel()
        if not asked.path:
            return
        why = paths.refusal(asked.path)
        if not why and len(self._running) >= MOST_STREAMS:
            why = f"more than {MOST_STREAMS} streams at once"
        if why:
            await self._tell({"id": asked.id, "end": why, "code": 403})
            return
        self._running[asked.id] = asyncio.create_task(self._run(asked))

    async def _run(self, asked: Asked) -> None:
        end: dict[str, Any] = {"id": asked.id, "end": ""}
        head = struct.pack(">I", asked.id & 0xFFFFFFFF)
        try:
            async with self._upstream.relay("GET", asked.path, b"", {"Accept": asked.accept}) as answer:
                if answer.status >= 400:
                    refused = from_response(answer.status, await answer.read())
                    end |= {"end": refused.message, "code": refused.code, "body": refused.status}
                else:
                    await self._tell({"id": asked.id, "status": answer.status})
                    async for chunk in answer.content.iter_any():
                        async with self._sending:
                            await self._socket.send_bytes(head + chunk)
        except (ConnectionFailed, ConfigError) as error:
            end |= {"end": str(error), "code": 502}
        except (WebSocketDisconnect, RuntimeError):
            # The page went while it was sent something.
            return
        if self._running.get(asked.id) is asyncio.current_task():
            del self._running[asked.id]
        await self._tell(end)

    async def _tell(self, what: dict[str, Any]) -> None:
        try:
            async with self._sending:
                await self._socket.send_text(msgspec.json.encode(what).decode())
        except (WebSocketDisconnect, RuntimeError):
            pass
