"""A WebSocket (RFC 6455) over a `Duplex`, either end; the framing is the `websockets` package's, without its I/O."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
from collections import deque
from typing import TYPE_CHECKING

from minik8s.streams.duplex import Duplex

if TYPE_CHECKING:
    from websockets.frames import Frame

MOST_BYTES = 32 * 1024 * 1024
"""How long a message may be; a longer one ends the connection with 1009."""
NORMAL, GOING_AWAY, INTERNAL_ERROR = 1000, 1001, 1011
_CLOSING_SECONDS = 2.0
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    """The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`."""
    return base64.b64encode(hashlib.sha1(key.encode("latin-1") + _GUID).digest()).decode()


class WebSocket:
    """Messages both ways over an opened connection. One task reads, any may send."""

    def __init__(self, duplex: Duplex, *, server: bool, protocol: str = "") -> None:
        from websockets.protocol import Protocol, Side

        self._duplex = duplex
        self._machine = Protocol(Side.SERVER if server else Side.CLIENT, max_size=MOST_BYTES)
        self._frames: deque[Frame] = deque()
        self._ended = False
        self.protocol = protocol

    async def receive(self) -> tuple[bytes, bool] | None:
        """The next message and whether it is text; None once the other side has closed or is gone."""
        from websockets.frames import Frame, Opcode

        parts: list[bytes] = []
        text = False
        while True:
            while self._frames:
                frame = self._frames.popleft()
                if frame.opcode is Opcode.TEXT:
                    text = True
                if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                    parts.append(bytes(frame.data))
                    if frame.fin:
                        return b"".join(parts), text
                elif frame.opcode is Opcode.CLOSE:
                    self._ended = True
            if self._ended:
                return None
            data = await self._duplex.read()
            if data:
                self._machine.receive_data(data)
            else:
                self._ended = True
                self._machine.receive_eof()
            self._frames.extend(event for event in self._machine.events_received() if isinstance(event, Frame))
            if self._machine.close_expected() and self._machine.state.name != "OPEN":
                self._ended = self._ended or not self._frames
            try:
                await self._flush()
            except ConnectionError:
                self._ended = True

    async def send(self, data: bytes, text: bool = False) -> None:
        """Send one message. Raises ConnectionError."""
        if self._machine.state.name != "OPEN":
            raise ConnectionResetError("the WebSocket is closed")
        if text:
            self._machine.send_text(data)
        else:
            self._machine.send_binary(data)
        await self._flush()

    async def say_goodbye(self, code: int = NORMAL, reason: str = "") -> None:
        """Send the closing message; the other side's may still be read. Raises ConnectionError."""
        if self._machine.state.name == "OPEN":
            self._machine.send_close(code, reason)
            await self._flush()

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Say that this side closes, wait for no answer, and end the connection once all is sent."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self.say_goodbye(code, reason)
        await self._duplex.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._duplex.abort()

    async def _flush(self) -> None:
        # b"" in the list asks to end this way: the closer of the connection does that.
        data = b"".join(self._machine.data_to_send())
        if data:
            await self._duplex.write(data)
