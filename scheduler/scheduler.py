"""The scheduler: takes Pods off the queue, places them, binds them, and keeps what failed for later."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Coroutine
from typing import Any

import structlog

from minik8s.client.api import ApiClient
from minik8s.client.informer import Informers
from minik8s.daemon.run import Fatal
from scheduler import attempt, extended, metrics, reports
from scheduler.attempt import Outcome
from scheduler.binding import Bindings
from scheduler.evaluate import PluginError
from scheduler.extenders import Extender, read_extenders
from scheduler.handle import Handle
from scheduler.plugin import Code, State, Status
from scheduler.pods.info import PodInfo
from scheduler.profile import Profile
from scheduler.queueing.events import POD, Action, Event
from scheduler.queueing.queue import SchedulingQueue
from scheduler.queueing.queued import QueuedPod
from scheduler.reports import Reports
from scheduler.settings import DefaultSettings, Settings
from scheduler.state.cluster import Cluster
from scheduler.watches import Watches

log = structlog.get_logger("scheduler")

_TURN = 8
"""Attempts in a row before other tasks get a turn."""
_MOST_REPORTS = 16
"""Conditions that are written at once."""


class Scheduler:
    """All profiles on one queue and one view of the cluster. Raises Fatal for a configuration that cannot work."""

    def __init__(
        self,
        client: ApiClient,
        settings: Settings | None = None,
        informers: Informers | None = None,
        tie_breaker: random.Random | None = None,
    ) -> None:
        settings = settings or DefaultSettings()
        self.client = client
        self.clock = client.clock
        self.cluster = Cluster()
        self.reports = Reports(client)
        try:
            self._extenders = read_extenders(settings.extender_settings)
        except ValueError as error:
            raise Fatal(f"the configuration cannot be used: {error}") from None
        self.handle = Handle(
            cluster=self.cluster,
            ignored_resources=frozenset(name for one in self._extenders for name in one.ignored),
            clock=self.clock,
            client=client,
            event=self.reports.event,
            run=self._spawn,
            activate=lambda key: self.queue.activate(key),
            devices_ready=lambda: self.watches.devices_ready(),
            release=lambda key: self.queue.release(key),
        )
        try:
            self.profiles = {
                choice.name: Profile(choice.name, self.handle, choice, tie_breaker) for choice in settings.choices()
            }
        except ValueError as error:
            raise Fatal(f"the configuration cannot be used: {error}") from None
        sort = next(iter(self.profiles.values())).queue_sort
        if any(type(p.queue_sort) is not type(sort) for p in self.profiles.values()):
            raise Fatal("the configuration cannot be used: all profiles must use the same queue sort plugin")
        self.queue = SchedulingQueue(
            self.clock,
            sort.key,
            lambda pod: self._profile(pod).gate(pod),
            lambda event, pod, plugin: self._profile(pod).wakes(event, pod, plugin),
            settings.initial_backoff,
            settings.max_backoff,
        )
        self.queue.incoming = _count_incoming
        self.informers = informers or Informers(client)
        self.watches = Watches(self)
        self._bindings = Bindings(self._binding_failed, self._bound, self.reports.nominated, self._extenders)
        self._report_slots = asyncio.Semaphore(_MOST_REPORTS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._began: dict[str, float] = {}

    def responsible(self, scheduler_name: str) -> bool:
        """Whether a profile serves Pods of that `schedulerName`."""
        return scheduler_name in self.profiles

    def _profile(self, pod: PodInfo) -> Profile:
        return self.profiles[pod.pod.spec.scheduler_name]

    async def run(self) -> None:
        """Schedule until cancelled."""
        await self.informers.start()
        metrics.watch_queue(self.queue.counts, self._cache_size)
        try:
            await self.informers.synced()
            log.info("scheduler starts", profiles=", ".join(self.profiles), nodes=self.cluster.columns.count)
            await self._loop()
        finally:
            self.queue.stop()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.watches.stop()
            await self.reports.close()
            for extender in self._extenders:
                await extender.close()
            with contextlib.suppress(asyncio.CancelledError):
                await self.informers.stop()

    @property
    def idle(self) -> bool:
        """Whether nothing is to be tried now and nothing is under way."""
        counts = self.queue.counts()
        return not (counts["active"] or self._tasks)

    async def _loop(self) -> None:
        turn = 0
        while True:
            await self._bindings.room.wait()
            queued = await self.queue.pop()
            try:
                interested = [e for e in self._extenders if e.cares(queued.info)]
                if interested:
                    await self._attempt_extended(queued, interested)
                else:
                    self.attempt(queued)
            except Exception as error:
                log.exception("attempt failed", pod=queued.info.key)
                self._give_back(queued, Outcome(State()), Status(Code.ERROR, (str(error),)))
            turn += 1
            if turn % _TURN == 0:
                await asyncio.sleep(0)

    def attempt(self, queued: QueuedPod) -> None:
        """Try one Pod: place it and start its binding, or say why not and keep it."""
        pod = queued.info
        if self.queue_skips(pod):
            self.queue.done(pod.uid)
            return
        profile = self._profile(pod)
        began = self._began[pod.uid] = self.clock.monotonic()
        try:
            outcome = attempt.place(profile, pod)
        except PluginError as error:
            self._give_back(queued, Outcome(State()), Status(Code.ERROR, (str(error),)))
            return
        metrics.algorithm_duration().observe(self.clock.monotonic() - began)
        self._placed(profile, queued, outcome)

    async def _attempt_extended(self, queued: QueuedPod, extenders: list[Extender]) -> None:
        """The same with extenders, which are asked over the network; no other Pod is tried meanwhile."""
        pod = queued.info
        if self.queue_skips(pod):
            self.queue.done(pod.uid)
            return
        profile = self._profile(pod)
        began = self._began[pod.uid] = self.clock.monotonic()
        try:
            outcome = await extended.place(profile, pod, extenders)
        except PluginError as error:
            self._give_back(queued, Outcome(State()), Status(Code.ERROR, (str(error),)))
            return
        metrics.algorithm_duration().observe(self.clock.monotonic() - began)
        if self.watches.latest(pod) is None:
            self._drop(pod)
            return
        self._placed(profile, queued, outcome)

    def _placed(self, profile: Profile, queued: QueuedPod, outcome: Outcome) -> None:
        """A node was chosen, or none fits: assume and begin to bind, or say why not."""
        pod = queued.info
        if outcome.diagnosis is not None:
            message = outcome.diagnosis.message
            self._give_back(queued, outcome, Status(Code.UNSCHEDULABLE, (message,)))
            return
        self._assume(pod, outcome.node)
        status = attempt.reserve(profile, outcome.state, pod, outcome.node)
        waits: dict[str, float] = {}
        if status is None:
            status, waits = attempt.permit(profile, outcome.state, pod, outcome.node)
            if status is not None:
                attempt.unreserve(profile, outcome.state, pod, outcome.node)
        if status is not None:
            self._forget(pod)
            self._give_back(queued, outcome, status)
            return
        self._spawn(self._bindings.run(profile, queued, outcome, waits), f"bind-{pod.key}")

    def queue_skips(self, pod: PodInfo) -> bool:
        """Whether a Pod needs no attempt: it is being deleted, or has its node already."""
        return pod.terminating or pod.key in self.cluster.pods

    def _assume(self, pod: PodInfo, node: str) -> None:
        pod.node, pod.assumed = node, True
        self.handle.nominations.remove(pod.uid)
        self.cluster.add_pod(pod)

    def _forget(self, pod: PodInfo) -> None:
        if self.cluster.pods.get(pod.key) is pod:
            self.cluster.remove_pod(pod.key)
        pod.node, pod.assumed = "", False

    def _bound(self, queued: QueuedPod, outcome: Outcome) -> None:
        pod = queued.info
        self.queue.done(pod.uid)
        profile = pod.pod.spec.scheduler_name
        self.reports.scheduled(pod, outcome.node, profile)
        self._observe(pod, metrics.SCHEDULED)
        metrics.pod_attempts().observe(queued.attempts)
        waited = self.clock.monotonic() - queued.first_at
        metrics.sli_duration().labels(str(min(queued.attempts, 15))).observe(waited)

    def _binding_failed(self, queued: QueuedPod, outcome: Outcome, status: Status) -> None:
        pod = queued.info
        node = pod.node
        confirmed = self.cluster.pods.get(pod.key)
        if confirmed is not None and not confirmed.assumed:
            # The answer was lost but the Pod is bound: the watch said so.
            self._drop(pod)
            return
        self._forget(pod)
        latest = self.watches.latest(pod)
        if latest is None:
            self._drop(pod)
        else:
            log.info("binding failed", pod=pod.key, node=node, error=status.message)
            queued.info = latest
            self._give_back(queued, outcome, status)
        self.queue.happened(Event(POD, Action.DELETE, pod))

    def _drop(self, pod: PodInfo) -> None:
        """Nothing is left to do for a Pod in flight."""
        self.queue.done(pod.uid)
        self._began.pop(pod.uid, None)

    def _give_back(self, queued: QueuedPod, outcome: Outcome, status: Status) -> None:
        """The attempt failed: back to the queue, and said in the Pod's condition and an event."""
        pod = queued.info
        error = status.code is Code.ERROR
        diagnosis = outcome.diagnosis
        plugins = set(diagnosis.plugins) if diagnosis else ({status.plugin} - {""})
        pending = set(diagnosis.pending) if diagnosis else set()
        if status.code is Code.PENDING:
            plugins, pending = set(), plugins
        self.queue.put_back(queued, set() if error else plugins, set() if error else pending, error)
        self._observe(pod, metrics.ERROR if error else metrics.UNSCHEDULABLE)
        nominate = outcome.nominate
        if nominate is not None:
            self.handle.nominations.set(pod, nominate)
        log.debug("pod not scheduled", pod=pod.key, reason=status.message)
        message = status.message
        self.reports.failed(pod, message, pod.pod.spec.scheduler_name)
        reason = reports.SCHEDULER_ERROR if error else reports.UNSCHEDULABLE
        self._spawn(self._report(pod, reason, message, nominate, outcome.announced), f"report-{pod.key}")

    async def _report(self, pod: PodInfo, reason: str, message: str, nominate: str | None, announced: str) -> None:
        async with self._report_slots:
            await self.reports.condition(pod.pod, reason, message, nominate, announced)

    def _observe(self, pod: PodInfo, result: str) -> None:
        profile = pod.pod.spec.scheduler_name
        metrics.attempts().labels(result, profile).inc()
        began = self._began.pop(pod.uid, None)
        if began is not None:
            metrics.attempt_duration().labels(result, profile).observe(self.clock.monotonic() - began)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _cache_size(self) -> dict[str, int]:
        assumed = sum(pod.assumed for pod in self.cluster.pods.values())
        return {"nodes": self.cluster.columns.count, "pods": len(self.cluster.pods), "assumed_pods": assumed}


def _count_incoming(queue: str, event: str) -> None:
    metrics.incoming_pods().labels(queue, event).inc()
