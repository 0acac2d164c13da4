"""Pods whose node is chosen and whose binding a Permit plugin holds back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from minik8s.clock import Clock
from minik8s.machinery.times import format_duration
from scheduler.plugin import Code, Status


class WaitingPod:
    """A Pod that waits for the plugins in `pending`, each with its time limit."""

    def __init__(self, key: str, uid: str, pending: dict[str, float]) -> None:
        self.key, self.uid = key, uid
        self.pending = dict(pending)
        self._done: asyncio.Future[Status | None] = asyncio.get_running_loop().create_future()

    def allow(self, plugin: str) -> None:
        """One plugin allows it; when none is left the Pod goes on."""
        self.pending.pop(plugin, None)
        if not self.pending and not self._done.done():
            self._done.set_result(None)

    def reject(self, plugin: str, message: str) -> None:
        """The Pod is not bound now and goes back to the queue."""
        if not self._done.done():
            self._done.set_result(Status(Code.UNSCHEDULABLE, (message,), plugin))

    async def decided(self, clock: Clock) -> Status | None:
        """Wait for the decision, at most for the shortest of the time limits."""
        plugin, seconds = min(self.pending.items(), key=lambda p: p[1])
        limited = format_duration(timedelta(seconds=seconds))

        async def limit() -> None:
            await clock.sleep(seconds)
            self.reject(plugin, f"rejected due to timeout after waiting {limited} at plugin {plugin}")

        timer = asyncio.ensure_future(limit())
        try:
            return await self._done
        finally:
            timer.cancel()


class WaitingPods:
    """All Pods that wait at Permit, by uid."""

    def __init__(self) -> None:
        self._pods: dict[str, WaitingPod] = {}

    def all(self) -> list[WaitingPod]:
        """Every Pod that waits."""
        return list(self._pods.values())

    def get(self, uid: str) -> WaitingPod | None:
        """One Pod that waits, or None."""
        return self._pods.get(uid)

    def add(self, pod: WaitingPod) -> None:
        """A Pod begins to wait."""
        self._pods[pod.uid] = pod

    def remove(self, uid: str) -> None:
        """A Pod waits no more."""
        self._pods.pop(uid, None)
