"""A watch inside a WebSocket, as browsers ask for it: each event a message of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from apiserver.auth.errors import StatusError
from apiserver.call import Call
from apiserver.negotiation import PROTOBUF
from apiserver.resources import Resource
from apiserver.rest.watch_stream import WatchStream
from minik8s.api.meta_v1 import Status
from minik8s.streams import handshake
from minik8s.streams.upgrade import Upgrade
from minik8s.streams.websocket import NORMAL, WebSocket

_LENGTH = 4  # bytes in front of a protobuf event in a stream; a message knows its own length
_LINGER_SECONDS = 2.0


class WatchSocket(WatchStream):
    """Events wait for the request's task, which sends them one by one."""

    def __init__(
        self, call: Call, resource: Resource, upgrade: Upgrade, opening: Callable[[bytes], bytes] | None = None
    ) -> None:
        super().__init__(call, resource, opening)
        self._transport = None
        self._upgrade = upgrade

    async def serve(self, content_type: bytes, seconds: int) -> None:
        """Answer until the client leaves, time is up or `stop` is called. Raises StatusError (400)."""
        binary = content_type.startswith(PROTOBUF.encode())
        socket = self._opened_socket()
        if socket is None:
            return
        left = asyncio.ensure_future(_left(socket))
        left.add_done_callback(lambda _: self.stop(""))
        timer = asyncio.get_running_loop().call_later(seconds, self.stop, "")
        try:
            for frame in self.first:
                await self._message(socket, frame, binary=binary)
            while True:
                waiting, self.waiting, self._size = self.waiting, [], 0
                for frame in waiting:
                    await self._message(socket, frame, binary=binary)
                if self.waiting:
                    continue
                if self.ended:
                    break
                self._wake.clear()
                await self._wake.wait()
            await socket.say_goodbye(NORMAL)
            # To close with input unread would take back what was just sent.
            await asyncio.wait([left], timeout=_LINGER_SECONDS)
        except ConnectionError:
            return
        finally:
            self.ended = True
            timer.cancel()
            left.cancel()
            await asyncio.gather(left, return_exceptions=True)
            with contextlib.suppress(ConnectionError):
                await socket.close()

    def _opened_socket(self) -> WebSocket | None:
        scope = self._call.scope
        asked = handshake.offered(scope["headers"], b"sec-websocket-protocol")
        try:
            socket = handshake.websocket(scope, self._upgrade, ("", *asked))
        except handshake.Refused as refused:
            message = refused.message
            raise StatusError(
                Status(status="Failure", message=message, reason="BadRequest", code=refused.code)
            ) from None
        except ConnectionResetError:
            return None
        self._call.begun(101)
        return socket

    async def _message(self, socket: WebSocket, frame: bytes, *, binary: bool) -> None:
        self._resource.watch_events += 1
        await socket.send(frame[_LENGTH:] if binary else self._opened(frame), not binary)


async def _left(socket: WebSocket) -> None:
    with contextlib.suppress(ConnectionError):
        while await socket.receive() is not None:
            pass
