"""Many streams over one `Duplex`: SPDY/3.1 as `spdystream` speaks it, either end.

`spdystream` knows no flow control, so a stream that nobody reads makes the whole connection wait once its buffer is
full, as in Kubernetes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from minik8s.streams.duplex import Duplex
from minik8s.streams.spdy import frames
from minik8s.streams.spdy.frames import ControlFrame, DataFrame, FrameError, FrameReader
from minik8s.streams.spdy.headers import HeaderError, HeaderPacker, HeaderReader

_CHUNK = 32 * 1024
_MOST_WAITING = 1024 * 1024
_MOST_STREAMS = 2048
_CLOSING_SECONDS = 2.0


class StreamReset(ConnectionError):
    """The other side gave the stream up."""


class SpdyStream:
    """One stream. `headers` are those it was opened with, names in lower case."""

    def __init__(self, connection: SpdyConnection, number: int, headers: Mapping[str, Sequence[str]]) -> None:
        self.number = number
        self.headers = headers
        self.replied = asyncio.Event()
        self.was_reset = False
        self._connection = connection
        self._waiting: list[bytes] = []
        self._size = 0
        self._ended = False
        self._closed = False
        self._unread = False
        self._readable = asyncio.Event()
        self._space = asyncio.Event()
        self._space.set()

    def header(self, name: str) -> str:
        """The first value of a header, "" when absent."""
        values = self.headers.get(name.lower())
        return values[0] if values else ""

    async def read(self) -> bytes:
        """The next bytes; b"" once the other side has ended or reset the stream, or the connection is gone."""
        while not self._waiting:
            if self._ended:
                return b""
            self._readable.clear()
            await self._readable.wait()
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        self._space.set()
        return data

    async def write(self, data: bytes) -> None:
        """Send bytes. Raises StreamReset, ConnectionError."""
        for start in range(0, len(data), _CHUNK):
            if self.was_reset or self._closed:
                raise StreamReset("the stream is closed")
            await self._connection.send(DataFrame(self.number, data[start : start + _CHUNK]))

    async def write_eof(self) -> None:
        """Nothing more will be sent; reading goes on."""
        if not self._closed and not self.was_reset:
            self._closed = True
            await self._connection.send(DataFrame(self.number, b"", fin=True))
            self._forget_if_done()

    async def reset(self, code: int = frames.CANCEL) -> None:
        """Give the stream up, both ways."""
        if not (self.was_reset or (self._closed and self._ended)):
            self._end(reset=True)
            await self._connection.send(ControlFrame(frames.RST_STREAM, self.number, value=code))

    def ignore(self) -> None:
        """What still comes will not be read: drop it."""
        self._unread = True
        self._waiting.clear()
        self._size = 0
        self._space.set()

    async def _receive(self, frame: DataFrame) -> None:
        if frame.data and not self._unread and not self._ended:
            self._waiting.append(frame.data)
            self._size += len(frame.data)
            self._readable.set()
            if self._size > _MOST_WAITING:
                self._space.clear()
        if frame.fin:
            self._end(reset=False)
        if self._size > _MOST_WAITING:
            await self._space.wait()

    def _end(self, *, reset: bool) -> None:
        self._ended = True
        self.was_reset = self.was_reset or reset
        self._readable.set()
        self.replied.set()
        if reset:
            self._space.set()
        self._forget_if_done()

    def _forget_if_done(self) -> None:
        if self.was_reset or (self._ended and self._closed):
            self._connection.forget(self.number)


class SpdyConnection:
    """One connection; use as `async with`, which reads it and in the end closes it.

    `server` tells which end this is: servers' streams have even numbers, clients' odd ones.
    """

    def __init__(self, duplex: Duplex, *, server: bool) -> None:
        self._duplex = duplex
        self._reader = FrameReader()
        self._packer = HeaderPacker()
        self._headers = HeaderReader()
        self._next = 2 if server else 1
        self._theirs = 1 if server else 0
        self._last = 0
        self._streams: dict[int, SpdyStream] = {}
        self._opened: asyncio.Queue[SpdyStream | None] = asyncio.Queue()
        self._over = False
        self._reading: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()

    async def accept(self) -> SpdyStream | None:
        """The next stream the other side opens; None once it is gone. It is answered with `reply`."""
        if self._over and self._opened.empty():
            return None
        return await self._opened.get()

    async def reply(self, stream: SpdyStream) -> None:
        """Tell the other side that its stream is welcome."""
        block = self._packer.pack({})
        await self.send(ControlFrame(frames.SYN_REPLY, stream.number, block=block))

    async def open(self, headers: Mapping[str, Sequence[str]], seconds: float = 30) -> SpdyStream:
        """Open a stream and wait until it is answered. Raises StreamReset, ConnectionError, TimeoutError."""
        stream = SpdyStream(self, self._next, {name.lower(): values for name, values in headers.items()})
        self._next += 2
        self._streams[stream.number] = stream
        await self.send(ControlFrame(frames.SYN_STREAM, stream.number, block=self._packer.pack(headers)))
        async with asyncio.timeout(seconds):
            await stream.replied.wait()
        if stream.was_reset or self._over:
            raise StreamReset("the stream was refused")
        return stream

    async def send(self, frame: frames.Frame) -> None:
        """Send one frame. Raises ConnectionError."""
        # Nothing may wait between packing a header block and this write: blocks depend on their order.
        await self._duplex.write(frames.encode(frame))

    def forget(self, number: int) -> None:
        """A stream is over."""
        self._streams.pop(number, None)

    async def close(self) -> None:
        """Say goodbye and close the connection once all is sent."""
        if not self._over:
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await self.send(ControlFrame(frames.GOAWAY, self._last))
        await self._duplex.close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        self._end()

    async def __aenter__(self) -> Self:
        self._reading = asyncio.create_task(self._read(), name="spdy")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _read(self) -> None:
        try:
            while data := await self._duplex.read():
                for frame in self._reader.feed(data):
                    await self._handle(frame)
        except (ConnectionError, FrameError, HeaderError):
            self._duplex.abort()
        finally:
            self._end()

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        for stream in list(self._streams.values()):
            stream._end(reset=True)
        self._opened.put_nowait(None)
        self.closed.set()

    async def _handle(self, frame: frames.Frame) -> None:
        if isinstance(frame, DataFrame):
            stream = self._streams.get(frame.stream)
            if stream is not None:
                await stream._receive(frame)
            return
        match frame.type:
            case frames.SYN_STREAM:
                await self._opening(frame)
            case frames.SYN_REPLY:
                self._headers.read(frame.block)
                if (stream := self._streams.get(frame.number)) is not None:
                    stream.replied.set()
                    if frame.fin:
                        stream._end(reset=False)
            case frames.HEADERS:
                self._headers.read(frame.block)
            case frames.RST_STREAM:
                if (stream := self._streams.get(frame.number)) is not None:
                    stream._end(reset=True)
            case frames.PING if frame.number % 2 == self._theirs:
                await self.send(frame)

    async def _opening(self, frame: ControlFrame) -> None:
        headers = self._headers.read(frame.block)
        if frame.number % 2 != self._theirs or frame.number <= self._last:
            raise FrameError(f"stream {frame.number} cannot be opened")
        self._last = frame.number
        if len(self._streams) >= _MOST_STREAMS:
            await self.send(ControlFrame(frames.RST_STREAM, frame.number, value=frames.REFUSED_STREAM))
            return
        stream = SpdyStream(self, frame.number, headers)
        self._streams[frame.number] = stream
        if frame.fin:
            stream._end(reset=False)
        self._opened.put_nowait(stream)
