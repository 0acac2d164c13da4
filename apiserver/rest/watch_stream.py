"""What one watching client is sent: frames go straight to its connection, or wait for it, but not without bound.

A client that keeps up costs one write for each change: no task is woken for it. One that does not is written to by its
request's task as fast as it reads, and cut off when too much waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import ClassVar

from apiserver.call import Call
from apiserver.resources import Resource

MOST_WAITING = 16 * 1024 * 1024
_PIECE = 256 * 1024
# With so much unsent in the connection's own buffer, frames wait here. uvicorn stops writing at the same mark.
_KEEPS_UP = 64 * 1024
# How long a client that does not read may hold up the end of its watch.
_LAST_SECONDS = 10.0


class WatchStream:
    """First what was there (`first`), as it is written, then what happened since.

    `opening` changes the first piece that is sent.
    """

    def __init__(self, call: Call, resource: Resource, opening: Callable[[bytes], bytes] | None = None) -> None:
        self.first: Iterator[bytes] = iter(())
        self.waiting: list[bytes] = []
        self.ended = False
        self._call = call
        self._transport: asyncio.WriteTransport | None = call.scope.get("state", {}).get("transport")
        self._resource = resource
        self._opening = opening
        self._wake = asyncio.Event()
        self._idle = False
        self._size = 0
        self._last: asyncio.TimerHandle | None = None

    def stop(self, reason: str) -> None:
        """Send what waits, then end; a client that does not read is not waited for long."""
        if self.ended:
            return
        self.ended = True
        self._wake.set()
        if self._transport is not None and not self._idle:
            self._last = asyncio.get_running_loop().call_later(_LAST_SECONDS, self._transport.abort)

    def send(self, frames: list[bytes]) -> None:
        """Take frames; a client that does not keep up is cut off."""
        if self.ended:
            return
        transport = self._transport
        if self._idle and transport is not None and not self.waiting and transport.get_write_buffer_size() < _KEEPS_UP:
            # While the task sleeps nobody else writes.
            transport.write(_chunk(frames))
            self._resource.watch_events += len(frames)
            return
        self.waiting.extend(frames)
        self._size += sum(map(len, frames))
        if self._size > MOST_WAITING:
            self.stop("too slow")
            self.waiting.clear()
            if transport is not None:
                transport.abort()
        self._wake.set()

    async def serve(self, content_type: bytes, seconds: int) -> None:
        """Answer until the client leaves, time is up or `stop` is called."""
        call = self._call
        await call.begin(200, call.headers(content_type))
        if call.scope["method"] == "HEAD":
            await call.send({"type": "http.response.body", "body": b""})
            return
        left = asyncio.ensure_future(_left(call))
        left.add_done_callback(lambda _: self.stop(""))
        timer = asyncio.get_running_loop().call_later(seconds, self.stop, "")
        try:
            # The head goes out now, whatever there is: a client may wait for it before it does anything else.
            await call.send({"type": "http.response.body", "body": self._take_first(), "more_body": True})
            while piece := self._take_first():
                await call.send({"type": "http.response.body", "body": piece, "more_body": True})
                # A client that reads as fast as we write would let nobody else in.
                await asyncio.sleep(0)
            while True:
                while self.waiting:
                    await call.send({"type": "http.response.body", "body": self._take(), "more_body": True})
                if self.ended:
                    break
                self._wake.clear()
                self._idle = self._opening is None
                await self._wake.wait()
                self._idle = False
            await call.send({"type": "http.response.body", "body": b""})
        finally:
            # What comes before the watcher is taken out of the index must not reach the next answer.
            self._idle, self.ended = False, True
            timer.cancel()
            left.cancel()
            if self._last is not None:
                self._last.cancel()

    def _take_first(self) -> bytes:
        """The next piece of what was there, b"" at its end."""
        piece: list[bytes] = []
        size = 0
        for frame in self.first:
            piece.append(frame)
            size += len(frame)
            if size > _PIECE:
                break
        self._resource.watch_events += len(piece)
        return self._opened(b"".join(piece))

    def _take(self) -> bytes:
        """All that happened and was not sent yet."""
        waiting, self.waiting, self._size = self.waiting, [], 0
        self._resource.watch_events += len(waiting)
        return self._opened(b"".join(waiting))

    def _opened(self, piece: bytes) -> bytes:
        if self._opening is None or not piece:
            return piece
        opening, self._opening = self._opening, None
        return opening(piece)


class _Chunk:
    """The chunk that was made last: many watchers are told the same, one after the other."""

    frames: ClassVar[list[bytes]] = []
    chunk: ClassVar[bytes] = b""


def _chunk(frames: list[bytes]) -> bytes:
    """Frames as a chunk of the answer, as uvicorn writes it."""
    if frames == _Chunk.frames:
        return _Chunk.chunk
    body = frames[0] if len(frames) == 1 else b"".join(frames)
    _Chunk.frames, _Chunk.chunk = frames, b"%x\r\n%b\r\n" % (len(body), body)
    return _Chunk.chunk


async def _left(call: Call) -> None:
    while (await call.receive())["type"] != "http.disconnect":
        pass
