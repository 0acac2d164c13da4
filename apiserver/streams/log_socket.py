"""A log inside a WebSocket, as browsers ask for it: each piece a message, binary or base64 text."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from typing import TYPE_CHECKING

from apiserver.call import Call
from apiserver.streams.relay import taken
from minik8s.api.meta_v1 import Status
from minik8s.streams import handshake
from minik8s.streams.upgrade import Upgrade
from minik8s.streams.websocket import INTERNAL_ERROR, NORMAL, WebSocket

if TYPE_CHECKING:
    import aiohttp

_BASE64 = "base64.binary.k8s.io"
_LINGER_SECONDS = 2.0
PROTOCOLS = ("", "binary.k8s.io", _BASE64)


async def serve(call: Call, upgrade: Upgrade, answer: aiohttp.ClientResponse) -> None:
    """Give the client a backend's answer as it comes, until it is complete or the client leaves.

    Raises Refused for subprotocols that nobody knows, ConnectionResetError when the client has gone.
    """
    socket = handshake.websocket(call.scope, upgrade, PROTOCOLS)
    taken(call)
    leaving = asyncio.ensure_future(_left(socket))
    sending = asyncio.ensure_future(_send_all(socket, answer))
    try:
        await asyncio.wait([leaving, sending], return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            answer.close()
            return
        with contextlib.suppress(ConnectionError):
            await socket.say_goodbye(INTERNAL_ERROR if sending.exception() is not None else NORMAL)
            # To close with input unread would take back what was just sent.
            await asyncio.wait([leaving], timeout=_LINGER_SECONDS)
    finally:
        for task in (leaving, sending):
            task.cancel()
        await asyncio.gather(leaving, sending, return_exceptions=True)
        await socket.close()


async def _send_all(socket: WebSocket, answer: aiohttp.ClientResponse) -> None:
    text = socket.protocol == _BASE64
    # Kubernetes begins with an empty message: clients learn that the log is open before it has a line.
    await socket.send(b"", text)
    async for piece in answer.content.iter_any():
        await socket.send(base64.b64encode(piece) if text else piece, text)


async def _left(socket: WebSocket) -> None:
    while await socket.receive() is not None:
        pass


def refusal(refused: handshake.Refused) -> Status:
    """What a client is told that asks for no protocol that is known."""
    return Status(status="Failure", message=refused.message, reason="BadRequest", code=refused.code)
