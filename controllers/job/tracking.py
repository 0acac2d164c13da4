"""Counting ended pods exactly once: into the status first, then their finalizer off, then into the sums."""

from __future__ import annotations

from controllers.job import conditions, indexes
from controllers.job.failures import is_failed, judge
from controllers.job.tally import FINALIZER, Tally
from controllers.shared.batches import gather
from minik8s.api.batch_v1 import Job, JobCondition
from minik8s.api.core_v1 import Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.machinery.conditions import get_condition
from minik8s.machinery.times import format_time

MOST_UNCOUNTED = 500
"""Pods that one status names at a time."""


class Tracking:
    """Writes the status of jobs and lets their ended pods go. Every method raises ApiError."""

    def __init__(self, ctx: ControllerContext) -> None:
        self._ctx = ctx
        self.released: dict[str, set[str]] = {}
        """By job key: UIDs of pods let go that the cache still shows held."""

    def seen_released(self, key: str, uid: str) -> None:
        """The cache shows a pod without its finalizer, or no more."""
        held = self.released.get(key)
        if held is not None:
            held.discard(uid)

    async def release(self, pod: Pod) -> None:
        """Take the finalizer off a pod."""
        meta = pod.metadata
        patch = {"metadata": {"uid": meta.uid, "$deleteFromPrimitiveList/finalizers": [FINALIZER]}}
        try:
            await self._ctx.client.patch(Pod, meta.name, patch, meta.namespace, "strategic")
        except NotFound:
            return

    async def track(self, key: str, tally: Tally, target: JobCondition | None, changed: bool) -> bool:
        """Count what ended and write the status; tells whether the job is finished now."""
        changed = self._sum_up(tally) or changed
        going, counted = self._collect(tally, target)
        changed = changed or counted
        final: JobCondition | None = None
        if target is not None:
            final = conditions.final(target, tally.now)
            if get_condition(tally.job.status.conditions, target.type) is None:
                tally.job.status.conditions.append(target)
                changed = True
        if changed:
            await self._write(tally.job)
        failure = await self._release_all(key, going)
        released = self.released.get(key, set())
        tally.tracked = [pod for pod in tally.tracked if pod.metadata.uid not in released]
        again = self._sum_up(tally)
        done = final is not None and self._finish(tally, final)
        if again or done:
            await self._write(tally.job)
        if failure is not None:
            raise failure
        return done

    def _sum_up(self, tally: Tally) -> bool:
        """Move pods that are let go from the names into the sums."""
        held = {pod.metadata.uid for pod in tally.tracked}
        uncounted, status = tally.uncounted, tally.job.status
        gone_well = [uid for uid in uncounted.succeeded if uid not in held]
        gone_badly = [uid for uid in uncounted.failed if uid not in held]
        # With indexes, successes are counted by index.
        status.succeeded += 0 if indexes.is_indexed(tally.job) else len(gone_well)
        status.failed += len(gone_badly)
        uncounted.succeeded = [uid for uid in uncounted.succeeded if uid in held]
        uncounted.failed = [uid for uid in uncounted.failed if uid in held]
        return bool(gone_well or gone_badly)

    def _collect(self, tally: Tally, target: JobCondition | None) -> tuple[list[Pod], bool]:
        """The pods to let go, after naming in the status those not named yet; and whether the status changed."""
        job, uncounted, status = tally.job, tally.uncounted, tally.job.status
        indexed, before = indexes.is_indexed(job), len(uncounted.succeeded) + len(uncounted.failed)
        done = indexes.parse(status.completed_indexes, job.spec.completions or 0) if indexed else set()
        new_done: set[int] = set()
        known_good, known_bad = set(uncounted.succeeded), set(uncounted.failed)
        lost = target is not None and target.type == "FailureTarget"
        going: list[Pod] = []
        for pod in tally.tracked:
            if self._may_go(tally, pod, target):
                going.append(pod)
            uid, index = pod.metadata.uid, indexes.valid_index(job, pod)
            fits = not indexed or index != indexes.UNKNOWN
            if pod.status.phase == "Succeeded" and uid not in known_bad:
                if indexed and fits and index not in done:
                    new_done.add(index)
                elif not indexed and uid not in known_good:
                    uncounted.succeeded.append(uid)
            elif (is_failed(pod, job) or lost) and uid not in known_good and uid not in known_bad:
                if fits and judge(job, pod).counts:
                    uncounted.failed.append(uid)
            if len(new_done) + len(uncounted.succeeded) + len(uncounted.failed) >= MOST_UNCOUNTED:
                # The rest is counted when these are through: a status must not grow without bound.
                break
        changed = len(uncounted.succeeded) + len(uncounted.failed) != before
        if indexed:
            changed = self._write_indexes(tally, done | new_done) or changed
        return going, changed

    def _write_indexes(self, tally: Tally, done: set[int]) -> bool:
        job, status = tally.job, tally.job.status
        before = (status.completed_indexes, status.failed_indexes, status.succeeded)
        status.completed_indexes, status.succeeded = indexes.write(done), len(done)
        if job.spec.backoff_limit_per_index is not None:
            status.failed_indexes = indexes.write(tally.failed_indexes)
        return before != (status.completed_indexes, status.failed_indexes, status.succeeded)

    def _may_go(self, tally: Tally, pod: Pod, target: JobCondition | None) -> bool:
        if tally.job.metadata.deletion_timestamp or target is not None or pod.status.phase == "Succeeded":
            return True
        if not is_failed(pod, tally.job):
            return False
        held = tally.delayed.get(indexes.valid_index(tally.job, pod))
        return held is None or held.metadata.uid != pod.metadata.uid

    async def _release_all(self, key: str, going: list[Pod]) -> Exception | None:
        if not going:
            return None
        noted = self.released.setdefault(key, set())
        noted |= {pod.metadata.uid for pod in going}
        failures = await gather(self.release(pod) for pod in going)
        for pod, failure in zip(going, failures, strict=True):
            if failure is not None:
                noted.discard(pod.metadata.uid)
        return next((failure for failure in failures if failure is not None), None)

    def _finish(self, tally: Tally, final: JobCondition) -> bool:
        status, uncounted = tally.job.status, tally.uncounted
        if uncounted.succeeded or uncounted.failed or status.active or status.terminating:
            return False
        status.conditions.append(final)
        if final.type == "Complete":
            status.completion_time = format_time(tally.now)
            self._ctx.recorder.event(tally.job, "Normal", "Completed", "Job completed")
        else:
            self._ctx.recorder.event(tally.job, "Warning", final.reason, final.message)
        return True

    async def _write(self, job: Job) -> None:
        """Only onto the version that was read: a pod counted twice would be wrong for ever."""
        written = await self._ctx.client.update(job, "status")
        job.metadata.resource_version = written.metadata.resource_version
