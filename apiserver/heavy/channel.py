"""Two processes that ask each other things over one socket: questions with one answer, and streams.

A frame is its length in four bytes and a MessagePack array: what it is, the number of the question, the payload.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol, cast

import msgspec

_LENGTH = 4
_ASK, _STREAM, _TELL, _ANSWER, _PART, _ERROR, _CANCEL = range(7)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, int, Any]).decode


class ChannelClosed(Exception):
    """The other process has ended, or will not answer any more."""


class RemoteError(Exception):
    """The other process answered with an error: its name and what it says, as its side put it."""

    def __init__(self, name: str, arguments: list[Any]) -> None:
        super().__init__(name, arguments)
        self.name = name
        self.arguments = arguments


class Peer(Protocol):
    """What answers the other side. Payloads are what MessagePack can hold; a RemoteError reaches the asker."""

    async def ask(self, name: str, arguments: list[Any]) -> Any:
        """Answer a question."""
        ...

    def stream(self, name: str, arguments: list[Any]) -> AsyncIterator[Any]:
        """Answer in parts, without end until the other side has enough."""
        ...

    def tell(self, name: str, arguments: list[Any]) -> None:
        """Take note of something; nobody waits."""
        ...


class Channel(asyncio.Protocol):
    """One side of the socket; `on_close` is called once when the other side is gone."""

    def __init__(self, peer: Peer, on_close: Callable[[], None] = lambda: None) -> None:
        self._peer = peer
        self._on_close = on_close
        self._numbers = itertools.count()
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._streams: dict[int, asyncio.Queue[tuple[int, Any]]] = {}
        self._work: dict[int, asyncio.Task[None]] = {}
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.closed = True
        self._flowing.set()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ChannelClosed())
        self.end_streams(lost=True)
        for task in self._work.values():
            task.cancel()
        self._on_close()

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._flowing.clear()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._flowing.set()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        buffer = self._buffer
        buffer += data
        at = 0
        while len(buffer) - at >= _LENGTH:
            end = at + _LENGTH + int.from_bytes(buffer[at : at + _LENGTH])
            if len(buffer) < end:
                break
            frame = bytes(memoryview(buffer)[at + _LENGTH : end])
            at = end
            self._take(*_decode(frame))
        if at:
            del buffer[:at]

    def _take(self, what: int, number: int, payload: Any) -> None:
        if what in (_ASK, _STREAM):
            work = self._answer if what == _ASK else self._feed
            task = self._work[number] = asyncio.ensure_future(work(number, *payload))
            task.add_done_callback(lambda _: self._work.pop(number, None))
        elif what == _TELL:
            self._peer.tell(*payload)
        elif what == _CANCEL:
            if (task := self._work.get(number)) is not None:  # type: ignore[assignment]
                task.cancel()
        elif (parts := self._streams.get(number)) is not None:
            parts.put_nowait((what, payload))
        elif (waiting := self._waiting.get(number)) is not None and not waiting.done():
            if what == _ERROR:
                waiting.set_exception(RemoteError(*payload))
            else:
                waiting.set_result(payload)

    async def _answer(self, number: int, name: str, arguments: list[Any]) -> None:
        await self._reply(number, self._peer.ask(name, arguments))

    async def _feed(self, number: int, name: str, arguments: list[Any]) -> None:
        async def parts() -> None:
            async for part in self._peer.stream(name, arguments):
                self._send(_PART, number, part)
                await self._flowing.wait()

        await self._reply(number, parts())

    async def _reply(self, number: int, work: Awaitable[Any]) -> None:
        try:
            found = await work
        except RemoteError as error:
            self._send(_ERROR, number, (error.name, error.arguments))
        except Exception as error:
            self._send(_ERROR, number, ("", [f"{type(error).__name__}: {error}"]))
            raise
        else:
            self._send(_ANSWER, number, found)

    def _send(self, what: int, number: int, payload: Any) -> None:
        if self._transport is None or self.closed:
            return
        frame = _encode((what, number, payload))
        self._transport.write(len(frame).to_bytes(_LENGTH))
        self._transport.write(frame)

    async def ask(self, name: str, *arguments: Any) -> Any:
        """The other side's answer. Raises RemoteError, ChannelClosed."""
        if self.closed:
            raise ChannelClosed
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send(_ASK, number, (name, arguments))
        try:
            return await waiting
        except asyncio.CancelledError:
            self._send(_CANCEL, number, None)
            raise
        finally:
            del self._waiting[number]

    async def stream(self, name: str, *arguments: Any) -> AsyncIterator[Any]:
        """The other side's parts. Raises RemoteError, ChannelClosed."""
        if self.closed:
            raise ChannelClosed
        number = next(self._numbers)
        parts: asyncio.Queue[tuple[int, Any]] = asyncio.Queue()
        self._streams[number] = parts
        self._send(_STREAM, number, (name, arguments))
        try:
            while True:
                what, payload = await parts.get()
                if what == _PART:
                    yield payload
                elif what == _ERROR:
                    raise RemoteError(*payload)
                elif what == _CANCEL and payload:
                    raise ChannelClosed
                else:
                    return
        finally:
            del self._streams[number]
            self._send(_CANCEL, number, None)

    def end_streams(self, *, lost: bool = False) -> None:
        """End all streams that are read on this side: as if they were over, or as `lost`."""
        for parts in self._streams.values():
            parts.put_nowait((_CANCEL, lost))

    def tell(self, name: str, *arguments: Any) -> None:
        """Tell the other side something; what is told to nobody is lost."""
        self._send(_TELL, 0, (name, arguments))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()
