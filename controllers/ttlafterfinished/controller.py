"""The TTL-after-finished controller: deletes jobs `spec.ttlSecondsAfterFinished` after they ended."""

from __future__ import annotations

from datetime import timedelta

from controllers.options import Options
from minik8s.api.batch_v1 import Job
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.times import parse_time


class TtlAfterFinishedController:
    """Deletes each finished job when its time is over."""

    name = "ttl-after-finished-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch jobs."""
        self._ctx = ctx
        self._jobs: Informer[Job] = ctx.watch(Job)

    async def reconcile(self, key: str) -> float | None:
        """Delete one job that is over its time; returns the seconds it still has."""
        held = self._jobs.get_key(key)
        if held is None or (left := self._left(held)) is None:
            return None
        if left > 0:
            return left
        # Deleting cannot be taken back: the newest version decides.
        try:
            fresh = await self._ctx.client.get(Job, held.metadata.name, held.metadata.namespace)
        except NotFound:
            return None
        if fresh.metadata.uid != held.metadata.uid or (left := self._left(fresh)) is None:
            return None
        if left > 0:
            return left
        meta = fresh.metadata
        try:
            await self._ctx.client.delete(
                Job,
                meta.name,
                meta.namespace,
                propagation_policy="Foreground",
                uid=meta.uid,
                resource_version=meta.resource_version,
            )
        except NotFound:
            return None
        return None

    def _left(self, job: Job) -> float | None:
        """Seconds until the job goes; None when it stays."""
        ttl = job.spec.ttl_seconds_after_finished
        if ttl is None or job.metadata.deletion_timestamp is not None:
            return None
        for condition in job.status.conditions:
            if condition.type in ("Complete", "Failed") and condition.status == "True":
                if not condition.last_transition_time:
                    return None
                ends = parse_time(condition.last_transition_time) + timedelta(seconds=ttl)
                return (ends - self._ctx.clock.now()).total_seconds()
        return None


def make(options: Options) -> TtlAfterFinishedController:
    """The controller, for the catalog."""
    return TtlAfterFinishedController()
