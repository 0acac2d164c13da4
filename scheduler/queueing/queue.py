"""The scheduling queue: Pods to try now, Pods that back off, and Pods that wait for an event that may help them.

A Pod that fits nowhere stays aside until an event that one of the plugins which rejected it holds worth a try
(`wakes`), or for five minutes. A Pod that comes back early waits out its back-off, unless nothing else is to do.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Any

from minik8s.clock import Clock
from scheduler.plugin import Status
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import WILDCARD, Event
from scheduler.queueing.queued import QueuedPod

INITIAL_BACKOFF = 1.0
MAX_BACKOFF = 10.0
LONGEST_ASIDE = 300.0
"""A Pod aside is tried again after so many seconds even if nothing happened."""
FLUSH_SECONDS = 30.0
_JOURNAL = 10_000

SortKey = Callable[[PodInfo, float], tuple[Any, ...]]
Gate = Callable[[PodInfo], Status | None]
Hint = Callable[[Event, PodInfo, str], bool]
"""(event, pod, plugin name) -> whether the event may help; True for plugins without an opinion."""


class SchedulingQueue:
    """Belongs to one event loop. `gate` runs the PreEnqueue plugins of the Pod's profile."""

    def __init__(
        self,
        clock: Clock,
        sort_key: SortKey,
        gate: Gate,
        hint: Hint,
        initial_backoff: float = INITIAL_BACKOFF,
        max_backoff: float = MAX_BACKOFF,
    ) -> None:
        self._clock = clock
        self._sort_key, self._gate, self._hint = sort_key, gate, hint
        self._initial, self._most = initial_backoff, max_backoff
        self._order = itertools.count()
        self._active: dict[str, QueuedPod] = {}
        self._active_heap: list[tuple[tuple[Any, ...], int, str]] = []
        self._backoff: dict[str, QueuedPod] = {}
        self._backoff_heap: list[tuple[float, int, str]] = []
        self._aside: dict[str, QueuedPod] = {}
        self._in_flight: dict[str, tuple[QueuedPod, int]] = {}
        self._journal: list[Event] = []
        self._wake: asyncio.Event = asyncio.Event()
        self._timer: asyncio.Task[None] | None = None
        self._timer_at = 0.0
        self._flush_at = clock.monotonic() + FLUSH_SECONDS
        self.incoming: Callable[[str, str], None] = lambda queue, event: None
        """Told (queue name, event name) for each Pod that enters a part of the queue (metrics)."""

    def counts(self) -> dict[str, int]:
        """Pods by part: active, backoff, unschedulable, gated."""
        gated = sum(bool(q.gated_by) for q in self._aside.values())
        return {
            "active": len(self._active),
            "backoff": len(self._backoff),
            "unschedulable": len(self._aside) - gated,
            "gated": gated,
        }

    def get(self, uid: str) -> QueuedPod | None:
        """A Pod that waits, or None."""
        return self._active.get(uid) or self._backoff.get(uid) or self._aside.get(uid)

    def all(self) -> list[QueuedPod]:
        """Every Pod that waits."""
        return [*self._active.values(), *self._backoff.values(), *self._aside.values()]

    def add(self, info: PodInfo) -> None:
        """A new Pod."""
        now = self._clock.monotonic()
        self._to_active(QueuedPod(info, now, now), "PodAdd")

    def update(self, info: PodInfo, events: list[Event]) -> None:
        """The Pod itself changed: `events` say how, for the plugins that rejected it."""
        if (flight := self._in_flight.get(info.uid)) is not None:
            flight[0].info = info
            return
        queued = self.get(info.uid)
        if queued is None:
            self.add(info)
            return
        before = queued.info
        queued.info = info
        if info.uid in self._active:
            if before.priority != info.priority:
                self._push_active(queued)
            return
        if info.uid in self._aside:
            if queued.gated_by:
                self._try_gated(queued, "PodUpdate")
            elif any(self._helps(event, queued) is not None for event in events):
                del self._aside[info.uid]
                self._to_backoff_or_active(queued, "PodUpdate")

    def remove(self, uid: str) -> None:
        """The Pod is gone or has its node."""
        self._active.pop(uid, None)
        self._backoff.pop(uid, None)
        self._aside.pop(uid, None)

    async def pop(self) -> QueuedPod:
        """The next Pod to try; waits for one. It is in flight until `done` or `put_back`."""
        while True:
            found = self.pop_now()
            if found is not None:
                return found
            self._wake.clear()
            await self._wake.wait()

    def pop_now(self) -> QueuedPod | None:
        """The next Pod to try, or None."""
        found = self._pop_active() or self._pop_backoff()
        if found is not None:
            found.attempts += 1
            self._in_flight[found.uid] = (found, len(self._journal))
        return found

    def done(self, uid: str) -> None:
        """The Pod in flight is bound or gone."""
        self._in_flight.pop(uid, None)
        if not self._in_flight:
            self._journal.clear()

    def put_back(self, queued: QueuedPod, plugins: set[str], pending: set[str], error: bool) -> None:
        """The attempt failed: rejected by those plugins, or with an error (then it only backs off)."""
        _, since = self._in_flight.pop(queued.uid, (queued, len(self._journal)))
        missed = self._journal[since:] if since <= len(self._journal) else [WILDCARD]
        if not self._in_flight:
            self._journal.clear()
        if self.get(queued.uid) is not None:
            return
        queued.plugins, queued.pending = plugins, pending
        queued.queued_at = self._clock.monotonic()
        if error:
            queued.error_count += 1
        else:
            queued.error_count = 0
            queued.unschedulable_count += bool(plugins) or not pending
        if error:
            self._to_backoff_or_active(queued, "ScheduleAttemptFailure")
            return
        for event in missed:
            how = self._helps(event, queued)
            if how is not None:
                self._to_backoff_or_active(queued, event.label, at_once=how)
                return
        self._set_aside(queued)
        self.incoming("unschedulable", "ScheduleAttemptFailure")

    def happened(self, event: Event) -> None:
        """Bring back the Pods that the event may help."""
        if self._in_flight:
            if len(self._journal) < _JOURNAL:
                self._journal.append(event)
            elif self._journal[-1] is not WILDCARD:
                self._journal.append(WILDCARD)
        if not self._aside:
            return
        judged: dict[tuple[int, int, frozenset[str]], bool | None] = {}
        for queued in list(self._aside.values()):
            if queued.gated_by:
                if self._hint(event, queued.info, queued.gated_by):
                    self._try_gated(queued, event.label)
                continue
            like = (queued.info.template.id, queued.info.priority, frozenset(queued.plugins | queued.pending))
            if like not in judged:
                judged[like] = self._helps(event, queued)
            how = judged[like]
            if how is not None:
                del self._aside[queued.uid]
                self._to_backoff_or_active(queued, event.label, at_once=how)

    def activate(self, key: str) -> None:
        """Try a Pod (by `namespace/name`) at once, whatever it waits for."""
        for queued in (*self._aside.values(), *self._backoff.values()):
            if queued.info.key == key:
                self.remove(queued.uid)
                self._to_active(queued, "ForceActivate")
                return

    def release(self, key: str) -> None:
        """Ask the PreEnqueue plugins again about a Pod (by `namespace/name`) that one of them holds."""
        for queued in list(self._aside.values()):
            if queued.info.key == key and queued.gated_by:
                self._try_gated(queued, "Release")

    def stop(self) -> None:
        """Keep no times any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        """Wake up when the next back-off ends, and while Pods are aside, now and then for those that wait too long."""
        times = [self._backoff_heap[0][0]] if self._backoff_heap else []
        if self._aside:
            times.append(self._flush_at)
        if not times:
            return
        due = min(times)
        if self._timer is not None and not self._timer.done():
            if self._timer_at <= due:
                return
            self._timer.cancel()
        self._timer_at = due
        self._timer = asyncio.get_running_loop().create_task(self._tick(due), name="queue-times")

    async def _tick(self, due: float) -> None:
        await self._clock.sleep(due - self._clock.monotonic())
        now = self._clock.monotonic()
        self._timer = None
        self._end_backoffs(now)
        if now >= self._flush_at:
            self._flush_at = now + FLUSH_SECONDS
            self._flush_aside(now)
        self._arm()

    def _end_backoffs(self, now: float) -> None:
        while self._backoff_heap and self._backoff_heap[0][0] <= now:
            _, _, uid = heapq.heappop(self._backoff_heap)
            queued = self._backoff.get(uid)
            if queued is not None and self._backoff_end(queued) <= now:
                del self._backoff[uid]
                self._to_active(queued, "BackoffComplete")

    def _flush_aside(self, now: float) -> None:
        for queued in list(self._aside.values()):
            if not queued.gated_by and now - queued.queued_at > LONGEST_ASIDE:
                del self._aside[queued.uid]
                self._to_backoff_or_active(queued, "UnschedulableTimeout")

    def _helps(self, event: Event, queued: QueuedPod) -> bool | None:
        """None if the event does not help; True to try at once, False after the back-off."""
        if event is WILDCARD or not (queued.plugins or queued.pending):
            return False
        if any(self._hint(event, queued.info, plugin) for plugin in queued.pending):
            return True
        return False if any(self._hint(event, queued.info, plugin) for plugin in queued.plugins) else None

    def _try_gated(self, queued: QueuedPod, event: str) -> None:
        self._aside.pop(queued.uid, None)
        queued.gated_by = ""
        queued.queued_at = self._clock.monotonic()
        self._to_active(queued, event)

    def _to_backoff_or_active(self, queued: QueuedPod, event: str, at_once: bool = False) -> None:
        ends = self._backoff_end(queued)
        if at_once or ends <= self._clock.monotonic():
            self._to_active(queued, event)
            return
        self._backoff[queued.uid] = queued
        heapq.heappush(self._backoff_heap, (ends, next(self._order), queued.uid))
        self._arm()
        self.incoming("backoff", event)
        self._wake.set()

    def _to_active(self, queued: QueuedPod, event: str) -> None:
        status = self._gate(queued.info)
        if status is not None:
            queued.gated_by, queued.gate_message = status.plugin, status.message
            self._set_aside(queued)
            self.incoming("gated", event)
            return
        queued.gated_by = queued.gate_message = ""
        self._active[queued.uid] = queued
        self._push_active(queued)
        self.incoming("active", event)
        self._wake.set()

    def _set_aside(self, queued: QueuedPod) -> None:
        if not self._aside:
            self._flush_at = self._clock.monotonic() + FLUSH_SECONDS
        self._aside[queued.uid] = queued
        self._arm()

    def _push_active(self, queued: QueuedPod) -> None:
        entry = (self._sort_key(queued.info, queued.queued_at), next(self._order), queued.uid)
        heapq.heappush(self._active_heap, entry)

    def _backoff_end(self, queued: QueuedPod) -> float:
        return queued.queued_at + queued.backoff(self._initial, self._most)

    def _pop_active(self) -> QueuedPod | None:
        while self._active_heap:
            _, _, uid = heapq.heappop(self._active_heap)
            queued = self._active.pop(uid, None)
            if queued is not None:
                return queued
        return None

    def _pop_backoff(self) -> QueuedPod | None:
        """Nothing else is to do: a Pod that backs off (not after an error) need not wait."""
        for _, _, uid in sorted(self._backoff_heap):
            queued = self._backoff.get(uid)
            if queued is None or queued.error_count:
                continue
            if self._gate(queued.info) is not None:
                continue
            del self._backoff[uid]
            return queued
        if not self._backoff:
            self._backoff_heap.clear()
        return None
