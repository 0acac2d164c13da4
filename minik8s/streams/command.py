"""The server's end of exec and attach, whichever of WebSocket and SPDY the client chose."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from minik8s.api.meta_v1 import Status
from minik8s.streams import channels, handshake
from minik8s.streams.channels import COMMAND, ERROR, RESIZE, SPDY_COMMAND, STDERR, STDIN, STDOUT, ChannelSocket
from minik8s.streams.handshake import Refused
from minik8s.streams.spdy.connection import SpdyConnection, SpdyStream
from minik8s.streams.spdy.frames import PROTOCOL_ERROR
from minik8s.streams.upgrade import Upgrade

CREATION_SECONDS = 30.0
"""How long a SPDY client may take to open its streams."""
_LINGER_SECONDS = 2.0
_SPDY_NAMES = {"stdin": STDIN, "stdout": STDOUT, "stderr": STDERR, "error": ERROR, "resize": RESIZE}


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """Which channels the client asked for; with a tty there is no stderr."""

    stdin: bool = False
    stdout: bool = False
    stderr: bool = False
    tty: bool = False

    def check(self) -> None:
        """Raise Refused (400) when there would be nothing to carry."""
        if not (self.stdin or self.stdout or self.stderr):
            raise Refused(400, "you must specify at least 1 of stdin, stdout, stderr")


class Input(Protocol):
    """What a client's input goes to: a command's standard input and terminal."""

    async def write(self, data: bytes) -> None:
        """Bytes for the standard input."""
        ...

    async def close_stdin(self) -> None:
        """End of the standard input."""
        ...

    async def resize(self, width: int, height: int) -> None:
        """The terminal's new size, in characters."""
        ...


class CommandEnd(Protocol):
    """A client that runs a command or is attached to one."""

    async def feed(self, target: Input) -> None:
        """Hand what the client sends to `target`; returns when the client has gone."""
        ...

    async def write(self, channel: int, data: bytes) -> None:
        """Output (STDOUT or STDERR); what the client did not ask for is dropped. Raises ConnectionError."""
        ...

    async def finish(self, status: Status) -> None:
        """Say how it ended, and hang up."""
        ...


async def accept(scope: Mapping[str, Any], upgrade: Upgrade | None, wanted: Wanted) -> CommandEnd:
    """Agree with the client on a protocol. Raises Refused before, ConnectionError after the answer is sent."""
    asked = handshake.required(upgrade)
    wanted.check()
    if asked.protocol == "websocket":
        socket = handshake.websocket(scope, asked, tuple(COMMAND))
        end = SocketEnd(ChannelSocket(socket, COMMAND[socket.protocol]), wanted)
        await end.greet()
        return end
    connection, protocol = handshake.spdy(scope, asked, SPDY_COMMAND)
    await connection.__aenter__()
    try:
        return SpdyEnd(connection, await _streams(connection, wanted, protocol), protocol)
    except BaseException:
        await connection.close()
        raise


def terminal_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) of a resize message, None when it is none."""
    try:
        found = msgspec.json.decode(data, type=dict[str, int])
    except msgspec.MsgspecError:
        return None
    width, height = found.get("Width", 0), found.get("Height", 0)
    return (width, height) if 0 < width < 65536 and 0 < height < 65536 else None


def written(status: Status, *, whole: bool) -> bytes:
    """A Status as the error channel carries it: as JSON, or (older protocols) only the words of a failure."""
    if whole:
        document = msgspec.to_builtins(status)
        # Go writes this one without saying what it is.
        del document["apiVersion"], document["kind"]
        return msgspec.json.encode({"metadata": {}} | document)
    return b"" if status.status == "Success" else status.message.encode()


class SocketEnd:
    """A client on a WebSocket."""

    def __init__(self, socket: ChannelSocket, wanted: Wanted) -> None:
        self._socket = socket
        self._wanted = {STDIN: wanted.stdin, STDOUT: wanted.stdout, STDERR: wanted.stderr}
        self._resizes = wanted.tty
        self._hung_up = asyncio.Event()

    async def greet(self) -> None:
        """An empty message on the lowest channel out: clients take it as the sign that the stream stands."""
        lowest = next((channel for channel in (STDOUT, STDERR) if self._wanted[channel]), ERROR)
        await self._socket.send(lowest, b"")

    async def feed(self, target: Input) -> None:
        """Hand over what comes."""
        open_ = self._wanted[STDIN]
        try:
            while (message := await self._socket.receive()) is not None:
                channel, data = message
                if channel == STDIN and open_ and data:
                    try:
                        await target.write(data)
                    except ConnectionError:
                        open_ = False
                elif channel == channels.CLOSE and data == bytes((STDIN,)) and self.protocol_closes and open_:
                    open_ = False
                    await target.close_stdin()
                elif channel == RESIZE and self._resizes and (size := terminal_size(data)):
                    await target.resize(*size)
        finally:
            self._hung_up.set()

    @property
    def protocol_closes(self) -> bool:
        """Whether the client can end its standard input without hanging up."""
        return self._socket.protocol.closes

    async def write(self, channel: int, data: bytes) -> None:
        """Output."""
        if self._wanted.get(channel):
            await self._socket.send(channel, data)

    async def finish(self, status: Status) -> None:
        """Say how it ended."""
        with contextlib.suppress(ConnectionError):
            if data := written(status, whole=self._socket.protocol.status):
                await self._socket.send(ERROR, data)
            await self._socket.say_goodbye()
            with contextlib.suppress(TimeoutError):
                # To close with input unread would take back what was just sent.
                async with asyncio.timeout(_LINGER_SECONDS):
                    await self._hung_up.wait()
        await self._socket.close()


async def _streams(connection: SpdyConnection, wanted: Wanted, protocol: str) -> dict[int, SpdyStream]:
    expected = {ERROR}
    expected |= {STDIN} if wanted.stdin else set()
    expected |= {STDOUT} if wanted.stdout else set()
    expected |= {STDERR} if wanted.stderr else set()
    if wanted.tty and protocol in ("v4.channel.k8s.io", "v3.channel.k8s.io"):
        expected.add(RESIZE)
    found: dict[int, SpdyStream] = {}
    try:
        async with asyncio.timeout(CREATION_SECONDS):
            while expected - found.keys():
                stream = await connection.accept()
                if stream is None:
                    raise ConnectionResetError("the client has gone")
                channel = _SPDY_NAMES.get(stream.header("streamtype"))
                if channel is None:
                    await stream.reset(PROTOCOL_ERROR)
                    continue
                await connection.reply(stream)
                found[channel] = stream
    except TimeoutError:
        raise ConnectionResetError("timed out waiting for client to create streams") from None
    return found


class SpdyEnd:
    """A client on SPDY."""

    def __init__(self, connection: SpdyConnection, streams: dict[int, SpdyStream], protocol: str) -> None:
        self._connection = connection
        self._streams = streams
        self._whole = protocol == "v4.channel.k8s.io"

    async def feed(self, target: Input) -> None:
        """Hand over what comes."""
        pumps = [asyncio.ensure_future(pump) for pump in (self._feed_stdin(target), self._feed_sizes(target))]
        try:
            await self._connection.closed.wait()
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _feed_stdin(self, target: Input) -> None:
        stream = self._streams.get(STDIN)
        if stream is None:
            return
        try:
            while data := await stream.read():
                await target.write(data)
            if not stream.was_reset:
                await target.close_stdin()
        except ConnectionError:
            pass
        finally:
            stream.ignore()

    async def _feed_sizes(self, target: Input) -> None:
        stream = self._streams.get(RESIZE)
        if stream is None:
            return
        buffer = b""
        while data := await stream.read():
            # One JSON document after the other; each is flat, so a brace ends it.
            *whole, buffer = (buffer + data)[-4096:].replace(b"}", b"}\0").split(b"\0")
            for document in whole:
                if size := terminal_size(document.strip()):
                    await target.resize(*size)

    async def write(self, channel: int, data: bytes) -> None:
        """Output."""
        if (stream := self._streams.get(channel)) is not None:
            await stream.write(data)

    async def finish(self, status: Status) -> None:
        """Say how it ended."""
        if (stdin := self._streams.get(STDIN)) is not None:
            stdin.ignore()
        with contextlib.suppress(ConnectionError):
            for channel in (STDOUT, STDERR):
                if (stream := self._streams.get(channel)) is not None:
                    await stream.write_eof()
            error = self._streams[ERROR]
            if data := written(status, whole=self._whole):
                await error.write(data)
            await error.write_eof()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LINGER_SECONDS):
                    await self._connection.closed.wait()
        await self._connection.close()
