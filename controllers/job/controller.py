"""The Job controller."""

from __future__ import annotations

from collections.abc import Iterable

from controllers.job import conditions, indexes
from controllers.job.backoff import Backoff, index_remaining
from controllers.job.failures import only_replaces_failed
from controllers.job.making import pod_for
from controllers.job.tally import FINALIZER, Tally, is_tracked
from controllers.job.tracking import Tracking
from controllers.options import Options
from controllers.shared import pods
from controllers.shared.batches import gather, slow_start
from controllers.shared.claims import Claims
from controllers.shared.errors import namespace_terminates
from controllers.shared.expectations import Expectations
from controllers.shared.pace import Pace
from controllers.shared.pod_events import PodEvents
from controllers.shared.ranking import first_to_delete
from minik8s.api.batch_v1 import Job
from minik8s.api.core_v1 import Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError, NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import controller_of
from minik8s.machinery.selectors import from_label_selector
from minik8s.machinery.times import format_time

BURST = 500
"""Pods made or deleted in one go."""
OURS = "kubernetes.io/job-controller"
"""`spec.managedBy` of jobs that are not somebody else's."""
_ORPHAN = "orphan:"


class JobController:
    """Runs each Job's pods and counts how they end."""

    name = "job-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch jobs and pods."""
        self._ctx = ctx
        self._expectations = Expectations(ctx.clock)
        self._backoff = Backoff()
        self._tracking = Tracking(ctx)
        self._pace = Pace(ctx)
        self._jobs: Informer[Job] = ctx.watch(Job)
        self._events = PodEvents(ctx, "Job", self._jobs.get, self._adopters, self._expectations, self._pace)
        self._pods = self._events.informer
        self._pods.on_change(self._pod_changed)
        self._jobs.on_change(self._job_changed)

    def _adopters(self, pod: Pod) -> Iterable[str]:
        for job in self._jobs.list(pod.metadata.namespace):
            if from_label_selector(job.spec.selector).matches(pod.metadata.labels):
                yield key_of(job)

    def _job_changed(self, old: Job | None, new: Job | None) -> None:
        if new is None and old is not None:
            for pod in self._pods.by_index(pods.OWNER, old.metadata.uid):
                self._ctx.enqueue(_ORPHAN + key_of(pod))

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        pod = new or old
        assert pod is not None
        reference = controller_of(pod)
        if new is None or not is_tracked(new):
            if reference is not None and reference.kind == "Job":
                self._tracking.seen_released(f"{pod.metadata.namespace}/{reference.name}", pod.metadata.uid)
        elif not self._events.key(new):
            self._ctx.enqueue(_ORPHAN + key_of(new))

    async def reconcile(self, key: str) -> float | None:
        """Bring one job a step further, or let go a pod whose job is gone (`orphan:` keys)."""
        if key.startswith(_ORPHAN):
            await self._free_orphan(key.removeprefix(_ORPHAN))
            return None
        held = self._jobs.get_key(key)
        if held is None or (held.spec.managed_by or OURS) != OURS:
            self._forget(key)
            if held is None:
                self._tracking.released.pop(key, None)
            return None
        if conditions.is_finished(held):
            self._forget(key)
            for pod in self._pods.by_index(pods.OWNER, held.metadata.uid):
                if is_tracked(pod):
                    await self._tracking.release(pod)
            return None
        return await self._sync(key, deep_copy(held))

    def _forget(self, key: str) -> None:
        self._expectations.forget(key)
        self._backoff.forget(key)
        self._pace.note(key, 0)

    async def _free_orphan(self, key: str) -> None:
        pod = self._pods.get_key(key)
        if pod is None or not is_tracked(pod):
            return
        reference = controller_of(pod)
        if reference is not None:
            if reference.kind != "Job":
                return
            job = self._jobs.get(reference.name, pod.metadata.namespace)
            if job is not None and job.metadata.uid == reference.uid and not conditions.is_finished(job):
                return
        await self._tracking.release(pod)

    async def _sync(self, key: str, job: Job) -> float | None:
        now = self._ctx.clock.now()
        trusted = self._expectations.satisfied(key)
        known = self._pods.by_index(pods.OWNER, job.metadata.uid)
        known += self._pods.by_index(pods.OWNER, pods.orphans(job.metadata.namespace))
        claims = Claims(self._ctx.client, job, from_label_selector(job.spec.selector), (FINALIZER,))
        mine = await claims.claim(known)
        before = (job.status.active, job.status.ready, job.status.terminating)
        changed = False
        if job.status.start_time is None and not conditions.is_suspended(job):
            job.status.start_time = format_time(now)
            changed = True
        tally = Tally(job, mine, self._tracking.released.get(key, frozenset()), now)
        self._pace.note(key, len(tally.active))
        self._backoff.note(key, tally.new_succeeded, tally.new_failed, now)
        target = conditions.target(tally)
        active, again, failure = len(tally.active), None, None
        if target is not None:
            active -= await self._delete_active(key, tally) if trusted else 0
        else:
            managed = trusted and job.metadata.deletion_timestamp is None
            if managed:
                active, again, failure = await self._manage(key, tally)
            target = conditions.completions_reached(tally, active)
            if target is None and managed and (reason := conditions.tell_suspension(job, now)):
                changed = True
                self._ctx.recorder.event(job, "Normal", reason, f"Job {reason.lower()}")
                if reason == "Resumed":
                    job.status.start_time = format_time(now)
        self._tell_excess(tally, active)
        job.status.active, job.status.ready = active, min(tally.ready, active)
        job.status.terminating = tally.terminating
        changed = changed or before != (job.status.active, job.status.ready, job.status.terminating)
        if await self._tracking.track(key, tally, target, changed):
            self._forget(key)
            return None
        if failure is not None:
            raise failure
        left = conditions.seconds_to_deadline(job, now)
        waits = [wait for wait in (again, left) if wait is not None and wait > 0]
        return min(waits) if waits else None

    def _tell_excess(self, tally: Tally, active: int) -> None:
        completions = tally.job.spec.completions
        if completions is not None and not indexes.is_indexed(tally.job) and tally.succeeded > completions:
            message = "Too many succeeded pods running after completion count reached"
            self._ctx.recorder.event(tally.job, "Warning", "TooManySucceededPods", message)

    async def _manage(self, key: str, tally: Tally) -> tuple[int, float | None, Exception | None]:
        """Make or delete pods; returns how many are active then, seconds to wait before more, and a failure."""
        job, active = tally.job, len(tally.active)
        if conditions.is_suspended(job):
            removed, failure = await self._remove(key, tally, tally.active[:BURST])
            return active - removed, None, failure
        wanted = self._wanted(tally)
        surplus = self._surplus(tally, max(active - wanted, 0))
        if surplus:
            removed, failure = await self._remove(key, tally, surplus[:BURST])
            return active - removed, None, failure
        terminating = tally.terminating if only_replaces_failed(job) else 0
        missing = wanted - active - terminating
        if missing <= 0:
            return active, None, None
        if indexes.is_indexed(job) and job.spec.backoff_limit_per_index is not None:
            return await self._add_indexes(key, tally, missing)
        if (wait := self._backoff.remaining(key, tally.now)) > 0:
            return active, wait, None
        missing = min(missing, BURST)
        if indexes.is_indexed(job):
            numbers = tally.pending_indexes(missing)
        else:
            numbers = [indexes.UNKNOWN] * missing
        made, failure = await self._make(key, tally, numbers)
        return active + made, None, failure

    async def _add_indexes(self, key: str, tally: Tally, missing: int) -> tuple[int, float | None, Exception | None]:
        waits = {index: index_remaining(pod, tally.now) for index, pod in tally.delayed.items()}
        blocked = {index for index, wait in waits.items() if wait > 0}
        free = [i for i in tally.pending_indexes(missing + len(blocked)) if i not in blocked][: min(missing, BURST)]
        again = min((waits[index] for index in blocked), default=None) if len(free) < missing else None
        made, failure = await self._make(key, tally, free)
        return len(tally.active) + made, again, failure

    def _wanted(self, tally: Tally) -> int:
        spec, active = tally.job.spec, len(tally.active)
        parallelism = 1 if spec.parallelism is None else spec.parallelism
        if spec.completions is None:
            # A queue of work: when one pod found it empty, no more are started.
            return min(active, parallelism) if tally.succeeded else parallelism
        return max(min(spec.completions - tally.succeeded - len(tally.failed_indexes), parallelism), 0)

    def _surplus(self, tally: Tally, least: int) -> list[Pod]:
        """The active pods to delete: of an index that is done or taken twice, and so many as are too many."""
        doomed: list[Pod] = []
        left = tally.active
        if indexes.is_indexed(tally.job):
            taken: set[int] = tally.done | tally.failed_indexes | {indexes.UNKNOWN}
            left = []
            for pod in sorted(tally.active, key=lambda p: (not pods.is_ready(p), p.metadata.creation_timestamp or "")):
                index = indexes.valid_index(tally.job, pod)
                (doomed if index in taken else left).append(pod)
                taken.add(index)
        if len(doomed) < least:
            doomed += first_to_delete(left, left, least - len(doomed), tally.now)
        return doomed

    async def _make(self, key: str, tally: Tally, numbers: list[int]) -> tuple[int, Exception | None]:
        count = len(numbers)
        if not count:
            return 0, None
        self._expectations.expect(key, creations=count)
        made, failure = await slow_start(count, lambda at: self._create_one(key, tally, numbers[at]))
        self._expectations.creation_observed(key, count - made)
        return made, failure

    async def _create_one(self, key: str, tally: Tally, index: int) -> None:
        try:
            created = await self._ctx.client.create(pod_for(tally, index))
        except ApiError as error:
            if namespace_terminates(error):
                self._expectations.creation_observed(key)
                return
            self._ctx.recorder.event(tally.job, "Warning", "FailedCreate", f"Error creating: {error}")
            raise
        message = f"Created pod: {created.metadata.name}"
        self._ctx.recorder.event(tally.job, "Normal", "SuccessfulCreate", message)

    async def _remove(self, key: str, tally: Tally, doomed: list[Pod]) -> tuple[int, Exception | None]:
        """Delete pods nobody wants any more: they count neither as failed nor as succeeded."""
        return await self._delete(key, tally.job, doomed, release=True)

    async def _delete_active(self, key: str, tally: Tally) -> int:
        """Delete the pods of a job that is about to end; those still count."""
        removed, failure = await self._delete(key, tally.job, tally.active, release=False)
        if failure is not None:
            raise failure
        tally.terminating += removed
        return removed

    async def _delete(self, key: str, job: Job, doomed: list[Pod], release: bool) -> tuple[int, Exception | None]:
        if not doomed:
            return 0, None
        self._expectations.expect(key, deletions={key_of(pod) for pod in doomed})
        failures = await gather(self._delete_one(key, job, pod, release) for pod in doomed)
        failed = [failure for failure in failures if failure is not None]
        return len(doomed) - len(failed), failed[0] if failed else None

    async def _delete_one(self, key: str, job: Job, pod: Pod, release: bool) -> None:
        meta = pod.metadata
        try:
            if release and is_tracked(pod):
                self._tracking.released.setdefault(key, set()).add(meta.uid)
                await self._tracking.release(pod)
            await self._ctx.client.delete(Pod, meta.name, meta.namespace, uid=meta.uid)
        except NotFound:
            self._expectations.deletion_observed(key, key_of(pod))
            return
        except Exception as error:
            self._expectations.deletion_observed(key, key_of(pod))
            self._tracking.seen_released(key, meta.uid)
            self._ctx.recorder.event(job, "Warning", "FailedDelete", f"Error deleting: {error}")
            raise
        self._ctx.recorder.event(job, "Normal", "SuccessfulDelete", f"Deleted pod: {meta.name}")


def make(options: Options) -> JobController:
    """The controller, for the catalog."""
    return JobController()
