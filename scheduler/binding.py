"""From the chosen node to the bound Pod: Permit, PreBind, Bind, beside the attempts at other Pods."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from scheduler import attempt
from scheduler.attempt import Outcome
from scheduler.extenders import Extender, ExtenderError
from scheduler.plugin import Code, PreBind, State, Status
from scheduler.pods.info import PodInfo
from scheduler.profile import Profile
from scheduler.queueing.queued import QueuedPod
from scheduler.waiting import WaitingPod

log = structlog.get_logger("scheduler")

MOST_BINDING = 64
"""Bindings that are sent at once."""
MOST_UNSENT = 1024
"""Bindings not answered yet before no more Pods are placed, so that urgent ones need not queue behind them."""

Failed = Callable[[QueuedPod, Outcome, Status], None]
Announce = Callable[[PodInfo, str], Awaitable[None]]


class Bindings:
    """Binds Pods that were assumed on a node. `failed` takes them back, `bound` hears of success.

    `announce` writes the node into the status of a Pod whose binding has to wait for something.
    """

    def __init__(
        self,
        failed: Failed,
        bound: Callable[[QueuedPod, Outcome], None],
        announce: Announce,
        extenders: Sequence[Extender] = (),
    ) -> None:
        self._failed, self._bound, self._announce = failed, bound, announce
        self._extenders = extenders
        self._slots = asyncio.Semaphore(MOST_BINDING)
        self._unsent = 0
        self.room = asyncio.Event()
        """Set while more Pods may be placed."""
        self.room.set()

    async def run(self, profile: Profile, queued: QueuedPod, outcome: Outcome, waits: dict[str, float]) -> None:
        """See one Pod through."""
        pod, node = queued.info, outcome.node
        try:
            status = await self._steps(profile, pod, outcome, waits)
        except Exception as error:
            log.exception("binding failed", pod=pod.key, node=node)
            status = Status(Code.ERROR, (str(error) or type(error).__name__,))
        if status is not None:
            attempt.unreserve(profile, outcome.state, pod, node)
            if outcome.announced:
                outcome.nominate = ""
            self._failed(queued, outcome, status)
            return
        self._bound(queued, outcome)
        for plugin in profile.post_bind:
            plugin.post_bind(outcome.state, pod, node)

    async def _steps(self, profile: Profile, pod: PodInfo, outcome: Outcome, waits: dict[str, float]) -> Status | None:
        state, node = outcome.state, outcome.node
        if waits or any(_has_work(plugin, state, pod, node) for plugin in profile.pre_bind):
            # Others (an autoscaler) learn where the Pod will be while its binding waits.
            await self._announce(pod, node)
            outcome.announced = node
        if waits:
            waiting = WaitingPod(pod.key, pod.uid, waits)
            profile.handle.waiting.add(waiting)
            try:
                status = await waiting.decided(profile.handle.clock)
            finally:
                profile.handle.waiting.remove(pod.uid)
            if status is not None:
                return status
        for plugin in profile.pre_bind:
            status = await plugin.pre_bind(state, pod, node)
            if status is not None:
                text = f'running PreBind plugin "{plugin.name}": {status.message}'
                return Status(status.code, (text,), plugin.name)
        self._unsent += 1
        if self._unsent >= MOST_UNSENT:
            self.room.clear()
        try:
            async with self._slots:
                return await self._bind(profile, pod, outcome)
        finally:
            self._unsent -= 1
            self.room.set()

    async def _bind(self, profile: Profile, pod: PodInfo, outcome: Outcome) -> Status | None:
        state, node = outcome.state, outcome.node
        for extender in self._extenders:
            if extender.binds and extender.cares(pod):
                try:
                    await extender.bind(pod, node)
                except ExtenderError as error:
                    return Status(Code.ERROR, (str(error),))
                return None
        for binder in profile.bind:
            status = await binder.bind(state, pod, node)
            if status is None:
                return None
            if status.code is not Code.SKIP:
                text = f'running Bind plugin "{binder.name}": {status.message}'
                return Status(status.code, (text,), binder.name)
        return Status(Code.ERROR, ("no Bind plugin took the pod",))


def _has_work(plugin: PreBind, state: State, pod: PodInfo, node: str) -> bool:
    works = getattr(plugin, "pre_bind_works", None)
    return works is None or bool(works(state, pod, node))
