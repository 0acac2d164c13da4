"""Channels inside a WebSocket: exec, attach and port-forward as Kubernetes' v5 and v4 channel protocols have them."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from minik8s.api.meta_v1 import Status
from minik8s.client.api import ApiClient
from minik8s.client.errors import ConnectionFailed

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"
_CHUNK = 32 * 1024


class StreamClosed(Exception):
    """The other side ended the stream before it said how the command ended."""


class Channels:
    """A WebSocket whose messages begin with the number of the channel they belong to."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.protocol: str = socket.protocol or ""

    async def send(self, channel: int, data: bytes) -> None:
        """Send bytes on a channel, in pieces. Raises ConnectionFailed."""
        try:
            for start in range(0, max(len(data), 1), _CHUNK):
                await self._socket.send_bytes(bytes((channel,)) + data[start : start + _CHUNK])
        except (aiohttp.ClientError, ConnectionError, RuntimeError) as error:
            raise ConnectionFailed(f"the stream broke: {error}") from error

    async def end(self, channel: int) -> bool:
        """Tell the other side that a channel ends; False where the protocol cannot (v4 has no end of stdin)."""
        if self.protocol != V5:
            return False
        await self._socket.send_bytes(bytes((CLOSE, channel)))
        return True

    async def messages(self) -> AsyncIterator[tuple[int, bytes]]:
        """(channel, bytes) as they come, until the other side closes; `CLOSE` carries the channel that ended."""
        async for message in self._socket:
            if message.type not in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT):
                continue
            data = message.data if isinstance(message.data, bytes) else message.data.encode()
            if data:
                yield data[0], data[1:]

    async def close(self) -> None:
        """Close the WebSocket."""
        await self._socket.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


@dataclasses.dataclass(frozen=True, slots=True)
class Exit:
    """How a remote command ended: `code` 0 is success; `message` says what else went wrong."""

    code: int
    message: str


def exit_of(status: Status) -> Exit:
    """The exit code inside the Status that ends an exec stream; 1 when it failed without one."""
    if status.status == "Success":
        return Exit(0, "")
    causes = status.details.causes if status.details else []
    for cause in causes:
        if cause.reason == "ExitCode" and cause.message.lstrip("-").isdigit():
            return Exit(int(cause.message), status.message)
    return Exit(1, status.message)


class RemoteCommand:
    """A running exec or attach. Read `output` to its end, then `exit` says how it went."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self.exit: Exit | None = None

    @property
    def channels(self) -> Channels:
        """The channels below."""
        return self._channels

    async def write(self, data: bytes) -> None:
        """Send bytes to the command's standard input."""
        await self._channels.send(STDIN, data)

    async def end_input(self) -> bool:
        """End the command's standard input; False where the server's protocol cannot."""
        return await self._channels.end(STDIN)

    async def resize(self, width: int, height: int) -> None:
        """Tell the terminal's size, in characters."""
        await self._channels.send(RESIZE, msgspec.json.encode({"Width": width, "Height": height}))

    async def output(self) -> AsyncIterator[tuple[int, bytes]]:
        """(STDOUT or STDERR, bytes) until the command has ended."""
        async for channel, data in self._channels.messages():
            if channel in (STDOUT, STDERR):
                if data:
                    yield channel, data
            elif channel == ERROR and data:
                self.exit = exit_of(_status(data))

    async def run(self, stdin: bytes | None = None) -> tuple[bytes, bytes, Exit]:
        """Send all of `stdin`, wait for the end: (stdout, stderr, exit). Raises StreamClosed."""
        feeding = asyncio.ensure_future(self._feed(stdin)) if stdin is not None else None
        parts: dict[int, list[bytes]] = {STDOUT: [], STDERR: []}
        try:
            async for channel, data in self.output():
                parts[channel].append(data)
        finally:
            if feeding is not None:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
        if self.exit is None:
            raise StreamClosed("the server closed the stream before the command ended")
        return b"".join(parts[STDOUT]), b"".join(parts[STDERR]), self.exit

    async def close(self) -> None:
        """Hang up."""
        await self._channels.close()

    async def _feed(self, stdin: bytes) -> None:
        if stdin:
            await self.write(stdin)
        await self.end_input()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _status(data: bytes) -> Status:
    try:
        return msgspec.json.decode(data, type=Status)
    except msgspec.MsgspecError:
        return Status(status="Failure", message=data.decode(errors="replace"))


async def execute(
    client: ApiClient,
    pod: str,
    namespace: str,
    command: Sequence[str],
    container: str = "",
    stdin: bool = False,
    stdout: bool = True,
    stderr: bool = True,
    tty: bool = False,
) -> RemoteCommand:
    """Start a command in a container. Raises ApiError, ConnectionFailed."""
    params = _stream_params(container, stdin, stdout, stderr, tty) + [("command", word) for word in command]
    return await _start(client, f"/api/v1/namespaces/{namespace}/pods/{pod}/exec", params)


async def attach(
    client: ApiClient,
    pod: str,
    namespace: str,
    container: str = "",
    stdin: bool = False,
    stdout: bool = True,
    stderr: bool = True,
    tty: bool = False,
) -> RemoteCommand:
    """Join the main process of a container. Raises ApiError, ConnectionFailed."""
    params = _stream_params(container, stdin, stdout, stderr, tty)
    return await _start(client, f"/api/v1/namespaces/{namespace}/pods/{pod}/attach", params)


async def _start(client: ApiClient, path: str, params: list[tuple[str, str]]) -> RemoteCommand:
    return RemoteCommand(Channels(await client.websocket(path, params, (V5, V4))))


def _stream_params(container: str, stdin: bool, stdout: bool, stderr: bool, tty: bool) -> list[tuple[str, str]]:
    flags = {"stdin": stdin, "stdout": stdout, "stderr": stderr and not tty, "tty": tty}
    found = [(name, "true") for name, on in flags.items() if on]
    return [("container", container), *found] if container else found


class PortForward:
    """One connection to one port of a Pod: a data and an error channel, each beginning with the port's number."""

    def __init__(self, channels: Channels, port: int) -> None:
        self._channels = channels
        self.port = port

    async def send(self, data: bytes) -> None:
        """Send bytes to the port."""
        await self._channels.send(0, data)

    async def received(self) -> AsyncIterator[bytes]:
        """Bytes from the port until it closes. Raises ConnectionFailed with what the node said went wrong."""
        greeted: set[int] = set()
        async for channel, data in self._channels.messages():
            if channel not in greeted and channel in (0, 1) and len(data) == 2:
                greeted.add(channel)
            elif channel == 1 and data:
                raise ConnectionFailed(data.decode(errors="replace").strip())
            elif channel == 0 and data:
                yield data

    async def close(self) -> None:
        """Hang up."""
        await self._channels.close()


async def port_forward(client: ApiClient, pod: str, namespace: str, port: int) -> PortForward:
    """Open one connection to a port of a Pod. Raises ApiError, ConnectionFailed."""
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}/portforward"
    return PortForward(Channels(await client.websocket(path, [("ports", str(port))], (V4,))), port)
