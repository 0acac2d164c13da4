"""The protocols that carry exec, attach and port-forward, and how an end of them is agreed on.

Channels are numbered; inside a WebSocket each message begins with its channel's number (a byte, or a digit where the
payload is base64), over SPDY each channel is a stream.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Sequence

from minik8s.streams.websocket import WebSocket

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255

SPDY = "spdy/3.1"
TUNNEL = "SPDY/3.1+portforward.k8s.io"
PORT_FORWARD = "portforward.k8s.io"
VERSION_HEADER = b"x-stream-protocol-version"
SPDY_COMMAND = ("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io")
"""What exec and attach may speak over SPDY, newest first."""


@dataclasses.dataclass(frozen=True, slots=True)
class ChannelProtocol:
    """A WebSocket subprotocol: `text` is base64 payloads, `status` a Status at the end, `closes` the CLOSE channel."""

    name: str
    text: bool = False
    status: bool = False
    closes: bool = False


COMMAND = {
    protocol.name: protocol
    for protocol in (
        ChannelProtocol(""),
        ChannelProtocol("channel.k8s.io"),
        ChannelProtocol("base64.channel.k8s.io", text=True),
        ChannelProtocol("v4.channel.k8s.io", status=True),
        ChannelProtocol("v4.base64.channel.k8s.io", text=True, status=True),
        ChannelProtocol("v5.channel.k8s.io", status=True, closes=True),
    )
}
"""What exec and attach may speak inside a WebSocket."""
PORTS = {
    protocol.name: protocol
    for protocol in (
        ChannelProtocol(""),
        ChannelProtocol("v4.channel.k8s.io"),
        ChannelProtocol("v4.base64.channel.k8s.io", text=True),
    )
}
"""What port-forward may speak inside a WebSocket, besides `TUNNEL`."""


def agree(offered: Sequence[str], known: Sequence[str]) -> str | None:
    """The first protocol offered that is known; "" when none was offered and "" is known; None when nothing fits."""
    if not offered:
        return "" if "" in known else None
    return next((name for name in offered if name in known), None)


class ChannelSocket:
    """A WebSocket as numbered channels."""

    def __init__(self, socket: WebSocket, protocol: ChannelProtocol) -> None:
        self._socket = socket
        self.protocol = protocol

    async def receive(self) -> tuple[int, bytes] | None:
        """(channel, bytes) of the next message; CLOSE carries the number of the channel that ended. None at the end."""
        while (message := await self._socket.receive()) is not None:
            data = message[0]
            if not data:
                continue
            if not self.protocol.text:
                return data[0], data[1:]
            try:
                return data[0] - 48, base64.b64decode(data[1:], validate=True)
            except ValueError:
                await self._socket.close(1007, "payloads must be base64")
                return None
        return None

    async def send(self, channel: int, data: bytes) -> None:
        """Send bytes on a channel. Raises ConnectionError."""
        if self.protocol.text:
            await self._socket.send(b"%d" % channel + base64.b64encode(data), text=True)
        else:
            await self._socket.send(bytes((channel,)) + data)

    async def end(self, channel: int) -> bool:
        """Tell that a channel ends; False where the protocol cannot. Raises ConnectionError."""
        if self.protocol.closes:
            await self._socket.send(bytes((CLOSE, channel)))
        return self.protocol.closes

    async def say_goodbye(self) -> None:
        """Send the closing message; the other side's may still be read. Raises ConnectionError."""
        await self._socket.say_goodbye()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the WebSocket."""
        await self._socket.close(code, reason)
