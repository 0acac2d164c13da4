"""The server's side: sends heavy requests to the worker, starts it when one comes, ends it when none do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from apiserver.auth.errors import internal
from apiserver.call import Call
from apiserver.heavy import forms
from apiserver.heavy.channel import ChannelClosed, RemoteError
from apiserver.heavy.started import StartedWorker
from apiserver.heavy.weight import CHANGES, is_heavy, is_heavy_object, may_be_heavy
from apiserver.measures.waiting import current
from apiserver.resources import Resource
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
_GONE = (
    "the process that carried out this request has ended before it answered; "
    "look whether the change was made before trying again"
)


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
        self._worker: StartedWorker | None = None
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
        core = self._core
        if core is None or not may_be_heavy(call):
            return False
        body = await call.body()
        info = call.info
        resource = core.resources.by_path.get((info.group, info.version, info.resource))
        if not is_heavy(call, body, self._slow) and not self._changes_large(call, resource):
            watch_for(self._slow, (info.group, info.resource))
            return False
        worker = await self._ready()
        if worker is None:
            return False
        try:
            with worker.at_work():
                question = forms.encode(forms.question(call, body, self._stale(core, call, resource)))
                answer = forms.answered(await worker.channel.ask("carry out", question))
        except ChannelClosed:
            log.error("the worker ended in the middle of a request", path=info.path)
            raise internal(_GONE) from None
        except RemoteError as error:
            log.error("the worker failed a request", path=info.path, error=str(error))
            raise internal("see the server's log") from None
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

    def _changes_large(self, call: Call, resource: Resource | None) -> bool:
        """Whether a patch or delete is for an object that is large."""
        info = call.info
        if resource is None or info.verb not in CHANGES or not info.name:
            return False
        entry = resource.cache.get(info.namespace, info.name)
        return entry is not None and is_heavy_object(info.group, entry.size)

    @staticmethod
    def _stale(core: Core, call: Call, resource: Resource | None) -> str:
        """The key of the request's object if the store holds it in another form than it would be written today."""
        info = call.info
        if resource is None or not info.name:
            return ""
        key = resource.key(info.namespace, info.name)
        return key if core.cacher.stale(key) else ""

    async def _ready(self) -> StartedWorker | None:
        """The worker, started if need be; None where none can be had now."""
        worker = self._worker
        if worker is None or worker.channel.closed:
            if time.monotonic() < self._rest_until:
                return None
            assert self._core is not None
            worker = self._worker = StartedWorker(self._core)
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

    async def _keep(self, worker: StartedWorker) -> None:
        """Start the worker, and end it when nothing has come for a while or it does not answer any more."""
        try:
            await worker.start(self._argv)
            assert worker.process is not None
            pid = worker.process.pid
            log.info("a worker carries out heavy requests", pid=pid)
            ended = worker.process.ended
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
        except OSError as error:
            log.error("cannot start the worker for heavy requests", error=str(error))
            self._rest_until = time.monotonic() + _REST_SECONDS
            if not worker.ready.done():
                worker.ready.set_result(False)
        finally:
            # Before anything is waited for: the next request gets another one.
            if self._worker is worker:
                self._worker = None
            await asyncio.shield(worker.end())

    async def _lives(self, worker: StartedWorker) -> bool:
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
