"""A `Duplex` inside a WebSocket: each binary message is the next bytes (`SPDY/3.1+portforward.k8s.io`)."""

from __future__ import annotations

from minik8s.streams.websocket import WebSocket


class Tunnel:
    """The bytes of a WebSocket's messages."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def read(self) -> bytes:
        """The next bytes; b"" once the WebSocket is closed."""
        while (message := await self._socket.receive()) is not None:
            if message[0]:
                return message[0]
        return b""

    async def write(self, data: bytes) -> None:
        """Send bytes. Raises ConnectionError."""
        await self._socket.send(data)

    async def write_eof(self) -> None:
        """Close: a WebSocket cannot stay half open."""
        await self._socket.close()

    async def close(self) -> None:
        """Say goodbye, and close once all is sent."""
        await self._socket.close()

    def abort(self) -> None:
        """Close now."""
        self._socket.abort()
