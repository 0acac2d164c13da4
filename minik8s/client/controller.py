"""Controllers: what each declares, and the workers that run it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import structlog

from minik8s.client.api import ApiClient
from minik8s.client.errors import AlreadyExists, Conflict, ConnectionFailed
from minik8s.client.events import EventRecorder
from minik8s.client.informer import Informer, Informers
from minik8s.client.resources import Resource, key_of
from minik8s.client.store import IndexFunction
from minik8s.client.workqueue import WorkQueue
from minik8s.clock import Clock

log = structlog.get_logger("controller")

T = TypeVar("T")


class Controller(Protocol):
    """Keeps one kind of thing true.

    `reconcile` reads the caches, writes through the API and may be called at any time for any key; raising makes
    it be called again after a growing pause, returning seconds makes it be called again after them.
    """

    @property
    def name(self) -> str:
        """Kubernetes' name of the controller, such as `replicaset-controller`."""
        ...

    def setup(self, ctx: ControllerContext) -> None:
        """Ask for informers and wire their changes to `ctx.enqueue`; runs before anything starts."""
        ...

    async def reconcile(self, key: str) -> float | None:
        """Make the world match for one key (`namespace/name`)."""
        ...


class ControllerContext:
    """What a controller gets in `setup`: the client, the shared informers, its queue, events and the clock."""

    def __init__(
        self, name: str, client: ApiClient, informers: Informers, recorder: EventRecorder, clock: Clock
    ) -> None:
        self.name = name
        self.client = client
        self.informers = informers
        self.recorder = recorder
        self.clock = clock
        self.queue: WorkQueue[str] = WorkQueue(clock)

    def enqueue(self, key: str) -> None:
        """Have `reconcile(key)` called soon."""
        self.queue.add(key)

    def enqueue_after(self, key: str, seconds: float) -> None:
        """Have `reconcile(key)` called after `seconds`."""
        self.queue.add_after(key, seconds)

    def enqueue_object(self, obj: Any) -> None:
        """Have `reconcile` called for an object's key."""
        self.queue.add(key_of(obj))

    def watch(
        self,
        cls: type[T] | Resource[T],
        keys: Callable[[T], Iterable[str]] | None = None,
        indexers: Mapping[str, IndexFunction[T]] | None = None,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
    ) -> Informer[T]:
        """An informer whose changes enqueue the object itself, or what `keys` says of its old and new state."""
        informer = self.informers.of(cls, namespace, label_selector, field_selector, indexers)

        def changed(old: T | None, new: T | None) -> None:
            for obj in (old, new):
                if obj is not None:
                    for key in keys(obj) if keys is not None else (key_of(obj),):
                        self.queue.add(key)

        informer.on_change(changed)
        return informer


class ControllerRunner:
    """Runs controllers that share one client and one set of informers."""

    def __init__(
        self, client: ApiClient, informers: Informers | None = None, recorder: EventRecorder | None = None
    ) -> None:
        self.client = client
        self.informers = informers or Informers(client)
        self._recorder = recorder
        self._running: list[tuple[Controller, ControllerContext, int]] = []
        self.reconciled: Callable[[str, float, BaseException | None], None] | None = None
        """Called after each reconcile with the controller's name, the seconds it took and its error (metrics)."""

    def add(
        self,
        controller: Controller,
        workers: int = 1,
        client: ApiClient | None = None,
        recorder: EventRecorder | None = None,
    ) -> ControllerContext:
        """Set a controller up; it works when `run` runs. `client` is an identity of its own to write with."""
        client = client or self.client
        recorder = recorder or self._recorder or EventRecorder(client, controller.name)
        ctx = ControllerContext(controller.name, client, self.informers, recorder, client.clock)
        controller.setup(ctx)
        self._running.append((controller, ctx, workers))
        return ctx

    @property
    def contexts(self) -> list[ControllerContext]:
        """The contexts of all controllers added."""
        return [ctx for _, ctx, _ in self._running]

    async def run(self) -> None:
        """Start the informers, wait for their first lists, then work until cancelled."""
        await self.informers.start()
        try:
            await self.informers.synced()
            async with asyncio.TaskGroup() as group:
                for controller, ctx, workers in self._running:
                    log.debug("controller starts", controller=controller.name, workers=workers)
                    starting = getattr(controller, "run", None)
                    if starting is not None:
                        group.create_task(starting(), name=controller.name)
                    for number in range(workers):
                        group.create_task(self._work(controller, ctx), name=f"{controller.name}-{number}")
        finally:
            for _, ctx, _ in self._running:
                ctx.queue.shut_down()
            with contextlib.suppress(asyncio.CancelledError):
                await self.informers.stop()

    async def _work(self, controller: Controller, ctx: ControllerContext) -> None:
        queue = ctx.queue
        while (key := await queue.get()) is not None:
            began = ctx.clock.monotonic()
            failure: BaseException | None = None
            try:
                again = await controller.reconcile(key)
                queue.forget(key)
                if again is not None:
                    queue.add_after(key, again)
            except Exception as error:
                failure = error
                self._failed(controller, ctx, key, error)
            finally:
                queue.done(key)
                if self.reconciled is not None:
                    self.reconciled(controller.name, ctx.clock.monotonic() - began, failure)

    def _failed(self, controller: Controller, ctx: ControllerContext, key: str, error: Exception) -> None:
        retries = ctx.queue.retries(key)
        ctx.queue.add_rate_limited(key)
        named: Mapping[str, Any] = {"controller": controller.name, "object": key, "error": str(error)}
        if isinstance(error, Conflict | AlreadyExists | ConnectionFailed) and retries < 5:
            log.debug("reconcile is tried again", **named)
        elif _is_expected(error):
            log.warning("reconcile failed, tried again later", retries=retries, **named)
        else:
            log.exception("reconcile failed, tried again later", retries=retries, **named)


def _is_expected(error: Exception) -> bool:
    from minik8s.client.errors import ApiError

    return isinstance(error, ApiError | ConnectionFailed)


async def run_controllers(
    client: ApiClient,
    controllers: Sequence[Controller],
    workers: int | Mapping[str, int] = 1,
    informers: Informers | None = None,
    recorder: EventRecorder | None = None,
) -> None:
    """Run controllers until cancelled, each with `workers` (one number for all, or by controller name)."""
    runner = ControllerRunner(client, informers, recorder)
    for controller in controllers:
        count = workers if isinstance(workers, int) else workers.get(controller.name, 1)
        runner.add(controller, count)
    await runner.run()
