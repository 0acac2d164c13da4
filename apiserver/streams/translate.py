"""For kubelets that know fewer protocols than clients: newer WebSocket protocols to the client, SPDY to the kubelet.

Kubelets of Kubernetes before it spoke `v5.channel.k8s.io` and the port-forward tunnel refuse those with 400 or 403.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from apiserver.call import Call
from apiserver.streams.relay import refuse, taken
from minik8s.api.meta_v1 import Status
from minik8s.streams import channels, handshake, status
from minik8s.streams.channels import ERROR, RESIZE, STDERR, STDIN, STDOUT, TUNNEL
from minik8s.streams.command import SocketEnd, Wanted
from minik8s.streams.dial import Head
from minik8s.streams.duplex import TransportDuplex, pipe
from minik8s.streams.handshake import offered
from minik8s.streams.spdy.connection import SpdyConnection, SpdyStream
from minik8s.streams.tunnel import Tunnel
from minik8s.streams.upgrade import Upgrade
from minik8s.streams.websocket import WebSocket

Ask = Callable[[list[tuple[bytes, bytes]]], Awaitable[tuple[Head, TransportDuplex]]]
"""Asks the kubelet for the same with these headers in place of the client's."""
_NAMES = {ERROR: "error", STDIN: "stdin", STDOUT: "stdout", STDERR: "stderr", RESIZE: "resize"}


def possible(call: Call, upgrade: Upgrade, refusal: Head) -> bool:
    """Whether a kubelet's refusal may be of the protocol only, and SPDY could do."""
    if upgrade.protocol != "websocket" or refusal.status not in (400, 403):
        return False
    asked = offered(call.scope["headers"], b"sec-websocket-protocol")
    return "v5.channel.k8s.io" in asked or TUNNEL in asked


def _spdy_headers(protocols: tuple[str, ...]) -> list[tuple[bytes, bytes]]:
    versions = [(b"X-Stream-Protocol-Version", protocol.encode()) for protocol in protocols]
    return [(b"Connection", b"Upgrade"), (b"Upgrade", b"SPDY/3.1"), *versions]


async def ports(call: Call, upgrade: Upgrade, ask: Ask) -> None:
    """Take the client's tunnel apart: the kubelet sees the SPDY inside."""
    head, backend = await ask(_spdy_headers((channels.PORT_FORWARD,)))
    if head.status != 101:
        await refuse(call, head, backend)
        return
    socket = _agreed(call, upgrade, (TUNNEL,), backend)
    await pipe(Tunnel(socket), backend)


async def command(call: Call, upgrade: Upgrade, ask: Ask, wanted: Wanted) -> None:
    """Channels of the client's WebSocket become streams of a SPDY connection."""
    head, backend = await ask(_spdy_headers(channels.SPDY_COMMAND))
    if head.status != 101:
        await refuse(call, head, backend)
        return
    socket = _agreed(call, upgrade, tuple(channels.COMMAND), backend)
    end = SocketEnd(channels.ChannelSocket(socket, channels.COMMAND[socket.protocol]), wanted)
    await end.greet()
    async with SpdyConnection(backend, server=False) as connection:
        try:
            streams = {channel: await connection.open({"streamType": [_NAMES[channel]]}) for channel in _wanted(wanted)}
        except (ConnectionError, TimeoutError) as error:
            await end.finish(status.failed(f"error creating streams: {error}"))
            return
        await _carry(end, streams)


def _agreed(call: Call, upgrade: Upgrade, known: Sequence[str], backend: TransportDuplex) -> WebSocket:
    """The client's WebSocket. Raises Refused, which can still be answered, with the backend let go."""
    try:
        socket = handshake.websocket(call.scope, upgrade, known)
    except BaseException:
        backend.abort()
        raise
    taken(call)
    return socket


def _wanted(wanted: Wanted) -> list[int]:
    asked = {STDIN: wanted.stdin, STDOUT: wanted.stdout, STDERR: wanted.stderr, RESIZE: wanted.tty}
    return [ERROR, *(channel for channel, on in asked.items() if on)]


class _Target:
    """The kubelet's side of the client's input."""

    def __init__(self, streams: dict[int, SpdyStream]) -> None:
        self._streams = streams

    async def write(self, data: bytes) -> None:
        await self._streams[STDIN].write(data)

    async def close_stdin(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self._streams[STDIN].write_eof()

    async def resize(self, width: int, height: int) -> None:
        with contextlib.suppress(ConnectionError):
            await self._streams[RESIZE].write(msgspec.json.encode({"Width": width, "Height": height}))


async def _carry(end: SocketEnd, streams: dict[int, SpdyStream]) -> None:
    async def copy(channel: int) -> None:
        if channel in streams:
            while data := await streams[channel].read():
                await end.write(channel, data)

    async def output() -> Status:
        said = b""
        copying = asyncio.gather(copy(STDOUT), copy(STDERR))
        try:
            while data := await streams[ERROR].read():
                said += data
            await copying
        finally:
            copying.cancel()
        if not said:
            return status.failed("the kubelet closed the stream before the command ended")
        try:
            return msgspec.json.decode(said, type=Status)
        except msgspec.MsgspecError:
            return status.failed(said.decode(errors="replace"))

    feeding = asyncio.ensure_future(end.feed(_Target(streams)))
    relaying = asyncio.ensure_future(output())
    try:
        await asyncio.wait([feeding, relaying], return_when=asyncio.FIRST_COMPLETED)
        if relaying.done():
            with contextlib.suppress(ConnectionError):
                await end.finish(relaying.result())
    finally:
        for task in (feeding, relaying):
            task.cancel()
        await asyncio.gather(feeding, relaying, return_exceptions=True)
