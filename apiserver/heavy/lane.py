"""The server's side: sends heavy requests to the worker, starts it when one comes, ends it when none do."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from apiserver.auth.errors import internal
from apiserver.call import Call
from apiserver.heavy import forms
from apiserver.heavy.channel import Channel, ChannelClosed, RemoteError
from apiserver.heavy.child import Child
from apiserver.heavy.counting import count
from apiserver.heavy.store_service import StoreService
from apiserver.heavy.weight import CHANGES, is_heavy, is_heavy_object, may_be_heavy
from apiserver.measures.waiting import current
from apiserver.slow_kinds import SlowKinds, watch_for

if TYPE_CHECKING:
    from apiserver.core import Core

log = structlog.get_logger("apiserver.heavy")

_START_SECONDS = 15.0
_IDLE_SECONDS = 60.0
_LOOK_SECONDS = 5.0
_SILENT_SECONDS = 15.0
"""How often a worker that has work is asked whether it lives, and how long it may take to say so."""
_REST_SECONDS = 30.0
"""How long no worker is started after one that did not get ready."""
_END_SECONDS = 5.0
_GONE = (
    "the process that carried out this request has ended before it answered; "
    "look whether the change was made before trying again"
)


class _Worker:
    """A started worker; answers its questions about the store."""

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


class Lane:
    """Where heavy requests go; `argv` is the worker's command line. Of no use before `open`."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        idle_seconds: float = _IDLE_SECONDS,
        look_seconds: float = _LOOK_SECONDS,
        silent_seconds: float = _SILENT_SECONDS,
    ) -> None:
        self._argv = argv
        self._idle_seconds = idle_seconds
        self._look_seconds = look_seconds
        self._silent_seconds = silent_seconds
        self._core: Core | None = None
        self._slow = SlowKinds()
        self._worker: _Worker | None = None
        self._rest_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, core: Core) -> None:
        """Serve the requests of a core that is started."""
        self._core = core

    @property
    def pid(self) -> int:
        """The worker's process, 0 while there is none."""
        process = self._worker.process if self._worker is not None else None
        return process.pid if process is not None else 0

    async def take(self, call: Call) -> bool:
        """Have a request carried out by the worker, if it is heavy; whether that was so. Raises StatusError."""
        if self._core is None or not may_be_heavy(call):
            return False
        body = await call.body()
        info = call.info
        if not is_heavy(call, body, self._slow) and not self._changes_large(call):
            watch_for(self._slow, (info.group, info.resource))
            return False
        worker = await self._ready()
        if worker is None:
            return False
        worker.under_way += 1
        try:
            question = forms.encode(forms.question(call, body, self._stale(call)))
            answer = forms.answered(await worker.channel.ask("carry out", question))
        except (ChannelClosed, RemoteError) as error:
            log.error("the worker failed a request", path=info.path, error=str(error))
            raise internal(_GONE) from None
        finally:
            worker.under_way -= 1
            worker.used = time.monotonic()
        if answer.slow:
            self._slow.note((info.group, info.resource))
        if (waited := current.get()) is not None:
            waited.add(answer.waited)
        call.notes.update(answer.notes)
        call.failure = answer.failure
        if call.record is not None:
            for method, told in answer.record:
                getattr(call.record, method)(**told)
        await call.relay(answer.status, answer.headers, answer.body)
        return True

    def _changes_large(self, call: Call) -> bool:
        """Whether a patch or delete is for an object that is large."""
        assert self._core is not None
        info = call.info
        if info.verb not in CHANGES or not info.name:
            return False
        resource = self._core.resources.by_path.get((info.group, info.version, info.resource))
        entry = None if resource is None else resource.cache.get(info.namespace, info.name)
        return entry is not None and is_heavy_object(info.group, entry.size)

    def _stale(self, call: Call) -> str:
        """The key of the request's object if the store holds it in another form than it would be written today."""
        assert self._core is not None
        info = call.info
        resource = self._core.resources.by_path.get((info.group, info.version, info.resource))
        if resource is None or not info.name:
            return ""
        key = resource.key(info.namespace, info.name)
        return key if self._core.cacher.stale(key) else ""

    async def _ready(self) -> _Worker | None:
        """The worker, started if need be; None where none can be had now."""
        worker = self._worker
        if worker is None or worker.channel.closed:
            if time.monotonic() < self._rest_until:
                return None
            assert self._core is not None
            worker = self._worker = _Worker(self._core)
            task = asyncio.create_task(self._keep(worker))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            async with asyncio.timeout(_START_SECONDS):
                ready = await asyncio.shield(worker.ready)
        except TimeoutError:
            ready = False
        if not ready:
            # What is waiting for it too is carried out here as well.
            worker.channel.close()
            self._rest_until = time.monotonic() + _REST_SECONDS
            return None
        return worker

    async def _keep(self, worker: _Worker) -> None:
        """Start the worker, and end it when nothing has come for a while or it does not answer any more."""
        try:
            await worker.start(self._argv)
        except OSError as error:
            log.error("cannot start the worker for heavy requests", error=str(error))
            worker.ready.set_result(False)
            return
        assert worker.process is not None
        pid = worker.process.pid
        log.info("a worker carries out heavy requests", pid=pid)
        ended = worker.process.ended
        try:
            while not ended.done():
                await asyncio.wait((ended,), timeout=min(self._look_seconds, self._idle_seconds))
                if worker.under_way and not await self._lives(worker):
                    log.error("the worker for heavy requests does not answer, it is ended", pid=pid)
                    worker.process.kill()
                elif (
                    worker.ready.done()
                    and not worker.under_way
                    and time.monotonic() - worker.used >= self._idle_seconds
                ):
                    return
            log.error("the worker for heavy requests has ended", pid=pid, code=ended.result())
        finally:
            if self._worker is worker:
                self._worker = None
            await asyncio.shield(worker.end())

    async def _lives(self, worker: _Worker) -> bool:
        """Whether the worker's loop answers; one that has ended counts as alive, that is noticed elsewhere."""
        if not worker.ready.done():
            return True
        try:
            async with asyncio.timeout(self._silent_seconds):
                await worker.channel.ask("live")
        except TimeoutError:
            return False
        except ChannelClosed:
            pass
        return True

    async def close(self) -> None:
        """End the worker."""
        self._core = None
        for task in list(self._tasks):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
