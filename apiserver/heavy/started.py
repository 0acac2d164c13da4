"""A worker as the server has it: the process, the channel to it, and the answers to its questions about the store."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from apiserver.heavy.channel import Channel
from apiserver.heavy.child import Child
from apiserver.heavy.counting import count
from apiserver.heavy.store_service import StoreService
from apiserver.heavy.yielding import Patience

if TYPE_CHECKING:
    from apiserver.core import Core

_END_SECONDS = 5.0


class StartedWorker:
    """Its process and channel. `ready` tells whether it takes requests, False where it never will.

    `under_way` are its requests, `used` when the last of them ended (monotonic seconds). Both are kept by `at_work`.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._store = StoreService(core.cacher.store)
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.channel = Channel(self, self._gone)
        self.process: Child | None = None
        self._patience: Patience | None = None
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
        self._patience = Patience(self.process.pid)
        self._patience.begin()
        await asyncio.get_running_loop().create_connection(lambda: self.channel, sock=ours)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """While a request is carried out."""
        self.under_way += 1
        if self._patience is not None:
            self._patience.begin()
        try:
            yield
        finally:
            self.under_way -= 1
            self.used = time.monotonic()
            self._rest()

    def _rest(self) -> None:
        if self._patience is not None and not self.under_way:
            self._patience.end()

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
            self._rest()
            self.ready.set_result(True)

    def _gone(self) -> None:
        if not self.ready.done():
            self.ready.set_result(False)

    async def end(self) -> None:
        """Hang up: that ends the process; one that does not heed it is killed."""
        self.channel.close()
        if self.process is None or self._patience is None:
            return
        self._patience.end()
        await asyncio.wait((self.process.ended,), timeout=_END_SECONDS)
        if not self.process.ended.done():
            self.process.kill()
            await self.process.ended
