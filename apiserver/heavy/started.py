"""A worker as the server has it: the process, the channel to it, and the answers to its questions about the store."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from apiserver.heavy.channel import Channel
from apiserver.heavy.child import Child
from apiserver.heavy.counting import count
from apiserver.heavy.store_service import StoreService

if TYPE_CHECKING:
    from apiserver.core import Core

_END_SECONDS = 5.0


class StartedWorker:
    """Its process and channel. `ready` tells whether it takes requests, False where it never will.

    `under_way` are its requests, `used` when the last of them ended (monotonic seconds).
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._store = StoreService(core.cacher.store)
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.channel = Channel(self, self._gone)
        self.process: Child | None = None
        self.under_way = 0
        self.used = time.monotonic()

    async def start(self, argv: Sequence[str]) -> None:
        """Start the process. Raises OSError."""
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setblocking(False)
            try:
                self.process = Child([*argv, f"--channel={theirs.fileno()}"], theirs.fileno())
            except OSError:
                ours.close()
                raise
        await asyncio.get_running_loop().create_connection(lambda: self.channel, sock=ours)

    async def ask(self, name: str, arguments: list[Any]) -> Any:
        """See Peer."""
        return await self._store.ask(name, arguments)

    def stream(self, name: str, arguments: list[Any]) -> AsyncIterator[Any]:
        """See Peer."""
        return self._store.stream(name, arguments)

    def tell(self, name: str, arguments: list[Any]) -> None:
        """See Peer."""
        if name != "ready":
            count(self._core, name, arguments)
        elif not self.ready.done():
            self.used = time.monotonic()
            self.ready.set_result(True)

    def _gone(self) -> None:
        if not self.ready.done():
            self.ready.set_result(False)

    async def end(self) -> None:
        """Hang up: that ends the process; one that does not heed it is killed."""
        self.channel.close()
        if self.process is None:
            return
        await asyncio.wait((self.process.ended,), timeout=_END_SECONDS)
        if not self.process.ended.done():
            self.process.kill()
            await self.process.ended
