"""The CronJob controller."""

from __future__ import annotations

from datetime import datetime, timedelta

from controllers.cronjob.jobs import active_reference, job_for, job_name, oldest_beyond
from controllers.cronjob.schedule import Schedule, ScheduleError, ZoneError, most_recent, read
from controllers.options import Options
from controllers.shared import pods
from controllers.shared.errors import namespace_terminates
from minik8s.api.batch_v1 import CronJob, Job
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists, ApiError, NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.conditions import is_true
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import controller_of, is_controlled_by
from minik8s.machinery.quoting import quote
from minik8s.machinery.times import format_time, parse_time

_MANY = 100
_SLACK_SECONDS = 0.1


class CronJobController:
    """Starts each CronJob's jobs in time and clears away the old ones."""

    name = "cronjob-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch CronJobs and jobs."""
        self._ctx = ctx
        self._owners: Informer[CronJob] = ctx.watch(CronJob)
        self._jobs: Informer[Job] = ctx.watch(Job, keys=self._owner_key, indexers={pods.OWNER: pods.by_owner})

    def _owner_key(self, job: Job) -> list[str]:
        reference = controller_of(job)
        if reference is None or reference.kind != "CronJob":
            return []
        return [f"{job.metadata.namespace}/{reference.name}"]

    async def reconcile(self, key: str) -> float | None:
        """Start what is due; returns the seconds to the next time."""
        held = self._owners.get_key(key)
        if held is None:
            return None
        owner = deep_copy(held)
        children = self._jobs.by_index(pods.OWNER, owner.metadata.uid)
        await self._clear(owner, children)
        await self._note_ends(owner, children)
        again = None
        try:
            if owner.metadata.deletion_timestamp is None:
                again = await self._start_due(owner)
        finally:
            if owner.status != held.status:
                await self._ctx.client.update(owner, "status")
        return again

    def _tell(self, owner: CronJob, type_: str, reason: str, message: str) -> None:
        self._ctx.recorder.event(owner, type_, reason, message)

    async def _clear(self, owner: CronJob, children: list[Job]) -> None:
        """Delete the oldest finished jobs beyond the history limits."""
        spec = owner.spec
        for type_, limit in (
            ("Complete", spec.successful_jobs_history_limit),
            ("Failed", spec.failed_jobs_history_limit),
        ):
            ended = [job for job in children if is_true(job.status.conditions, type_)]
            for job in oldest_beyond(ended, limit):
                if job.metadata.deletion_timestamp is None:
                    await self._delete(owner, job.metadata.name)

    async def _delete(self, owner: CronJob, name: str) -> None:
        try:
            await self._ctx.client.delete(Job, name, owner.metadata.namespace, propagation_policy="Background")
        except NotFound:
            pass
        except ApiError as error:
            self._tell(owner, "Warning", "FailedDelete", f"Deleted job: {error}")
            raise
        owner.status.active = [one for one in owner.status.active if one.name != name]
        self._tell(owner, "Normal", "SuccessfulDelete", f"Deleted job {name}")

    async def _note_ends(self, owner: CronJob, children: list[Job]) -> None:
        """Keep the list of active jobs true."""
        status = owner.status
        active = {one.uid for one in status.active}
        there = {job.metadata.uid for job in children}
        for job in children:
            name, conditions = job.metadata.name, job.status.conditions
            ended = next((type_ for type_ in ("Complete", "Failed") if is_true(conditions, type_)), "")
            if job.metadata.uid in active and ended:
                status.active = [one for one in status.active if one.uid != job.metadata.uid]
                self._tell(owner, "Normal", "SawCompletedJob", f"Saw completed job: {name}, condition: {ended}")
            elif job.metadata.uid not in active and not ended and job.metadata.deletion_timestamp is None:
                message = f"Saw a job that the controller did not create or forgot: {name}"
                self._tell(owner, "Warning", "UnexpectedJob", message)
            done = job.status.completion_time
            if ended == "Complete" and done and done > (status.last_successful_time or ""):
                status.last_successful_time = done
        for one in [one for one in status.active if one.uid not in there]:
            if await self._is_gone(owner, one.name, one.uid):
                self._tell(owner, "Normal", "MissingJob", f"Active job went missing: {one.name}")
                status.active = [other for other in status.active if other.uid != one.uid]

    async def _is_gone(self, owner: CronJob, name: str, uid: str) -> bool:
        # The cache may not show a job yet that was made a moment ago.
        try:
            return (await self._ctx.client.get(Job, name, owner.metadata.namespace)).metadata.uid != uid
        except NotFound:
            return True

    async def _start_due(self, owner: CronJob) -> float | None:
        spec, now = owner.spec, self._ctx.clock.now()
        try:
            schedule = read(spec.schedule, spec.time_zone or "")
        except ZoneError as error:
            message = f"invalid timeZone: {quote(spec.time_zone or '')}: {error}"
            self._tell(owner, "Warning", "UnknownTimeZone", message)
            return None
        except ScheduleError as error:
            message = f"unparseable schedule: {quote(spec.schedule)} : {error}"
            self._tell(owner, "Warning", "UnparseableSchedule", message)
            return None
        if spec.suspend:
            return None
        due, missed = most_recent(schedule, _earliest(owner, now), now)
        if missed > _MANY:
            message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
            self._tell(owner, "Warning", "TooManyMissedTimes", message)
        if due is not None:
            await self._start(owner, due, now)
        return _seconds_to_next(schedule, now)

    async def _start(self, owner: CronJob, due: datetime, now: datetime) -> None:
        spec, status, name = owner.spec, owner.status, job_name(owner, due)
        limit = spec.starting_deadline_seconds
        if limit is not None and due + timedelta(seconds=limit) < now:
            message = f"Missed scheduled time to start a job: {due.strftime('%a, %d %b %Y %H:%M:%S +0000')}"
            self._tell(owner, "Warning", "MissSchedule", message)
            return
        if any(one.name == name for one in status.active) or status.last_schedule_time == format_time(due):
            return
        if spec.concurrency_policy == "Forbid" and status.active:
            message = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._tell(owner, "Normal", "JobAlreadyActive", message)
            return
        if spec.concurrency_policy == "Replace":
            for one in list(status.active):
                await self._delete(owner, one.name)
        try:
            made = await self._ctx.client.create(job_for(owner, due))
            self._tell(owner, "Normal", "SuccessfulCreate", f"Created job {made.metadata.name}")
        except AlreadyExists:
            made = await self._ctx.client.get(Job, name, owner.metadata.namespace)
            if not is_controlled_by(made, owner):
                message = f"Error creating job: job {quote(name)} exists and belongs to somebody else"
                self._tell(owner, "Warning", "FailedCreate", message)
                raise
        except ApiError as error:
            if namespace_terminates(error):
                return
            self._tell(owner, "Warning", "FailedCreate", f"Error creating job: {error}")
            raise
        if not any(is_true(made.status.conditions, type_) for type_ in ("Complete", "Failed")):
            status.active.append(active_reference(made))
        status.last_schedule_time = format_time(due)


def _earliest(owner: CronJob, now: datetime) -> datetime:
    """From when on missed times are looked for."""
    since = owner.status.last_schedule_time or owner.metadata.creation_timestamp
    earliest = parse_time(since) if since else now
    limit = owner.spec.starting_deadline_seconds
    return earliest if limit is None else max(earliest, now - timedelta(seconds=limit))


def _seconds_to_next(schedule: Schedule, now: datetime) -> float | None:
    following = schedule.next(now)
    return None if following is None else (following - now).total_seconds() + _SLACK_SECONDS


def make(options: Options) -> CronJobController:
    """The controller, for the catalog."""
    return CronJobController()
