"""A job's conditions: how it is about to end, how it ended, whether it is suspended."""

from __future__ import annotations

from datetime import datetime, timedelta

from controllers.job import indexes
from controllers.job.failures import fatal, restarts_exceed_limit
from controllers.job.tally import Tally
from minik8s.api.batch_v1 import Job, JobCondition
from minik8s.machinery.conditions import get_condition
from minik8s.machinery.times import format_time, parse_time

_FINAL = {"FailureTarget": "Failed", "SuccessCriteriaMet": "Complete"}


def make(type_: str, reason: str, message: str, now: datetime, status: str = "True") -> JobCondition:
    """A condition that begins now."""
    stamp = format_time(now)
    return JobCondition(
        type=type_, status=status, reason=reason, message=message, last_probe_time=stamp, last_transition_time=stamp
    )


def holds(job: Job, type_: str) -> bool:
    """Whether a condition of that type is true."""
    found = get_condition(job.status.conditions, type_)
    return found is not None and found.status == "True"


def is_finished(job: Job) -> bool:
    """Whether the job ended, one way or the other."""
    return holds(job, "Complete") or holds(job, "Failed")


def is_suspended(job: Job) -> bool:
    """Whether no pod should run now."""
    return bool(job.spec.suspend)


def final(target: JobCondition, now: datetime) -> JobCondition:
    """The condition the job ends with when all its pods have ended."""
    return make(_FINAL[target.type], target.reason, target.message, now)


def seconds_to_deadline(job: Job, now: datetime) -> float | None:
    """Seconds the job may still be active; None without a limit."""
    limit = job.spec.active_deadline_seconds
    if limit is None or not job.status.start_time or is_suspended(job):
        return None
    return (parse_time(job.status.start_time) + timedelta(seconds=limit) - now).total_seconds()


def target(tally: Tally) -> JobCondition | None:
    """How the job is about to end: what its status says already, or a limit that is reached, or its success policy."""
    job, now = tally.job, tally.now
    for type_ in ("FailureTarget", "SuccessCriteriaMet"):
        held = get_condition(job.status.conditions, type_)
        if held is not None and held.status == "True":
            return held
    if message := fatal(job, tally.pods):
        return make("FailureTarget", "PodFailurePolicy", message, now)
    limit = 6 if job.spec.backoff_limit is None else job.spec.backoff_limit
    if tally.failed > limit or restarts_exceed_limit(job, tally.pods):
        message = "Job has reached the specified backoff limit"
        return make("FailureTarget", "BackoffLimitExceeded", message, now)
    left = seconds_to_deadline(job, now)
    if left is not None and left <= 0:
        return make("FailureTarget", "DeadlineExceeded", "Job was active longer than specified deadline", now)
    return (_failed_indexes(tally) or _success_policy(tally)) if indexes.is_indexed(job) else None


def _failed_indexes(tally: Tally) -> JobCondition | None:
    spec, failed = tally.job.spec, len(tally.failed_indexes)
    if spec.backoff_limit_per_index is None:
        return None
    if spec.max_failed_indexes is not None and failed > spec.max_failed_indexes:
        message = "Job has exceeded the specified maximal number of failed indexes"
        return make("FailureTarget", "MaxFailedIndexesExceeded", message, tally.now)
    if failed and failed + len(tally.done) >= (spec.completions or 0):
        return make("FailureTarget", "FailedIndexes", "Job has failed indexes", tally.now)
    return None


def _success_policy(tally: Tally) -> JobCondition | None:
    policy, completions = tally.job.spec.success_policy, tally.job.spec.completions or 0
    for at, rule in enumerate(policy.rules if policy is not None else ()):
        if rule.succeeded_indexes is None:
            enough = len(tally.done) >= (rule.succeeded_count or 0)
        else:
            wanted = indexes.parse(rule.succeeded_indexes, completions)
            least = len(wanted) if rule.succeeded_count is None else rule.succeeded_count
            enough = len(wanted & tally.done) >= least
        if enough:
            return make("SuccessCriteriaMet", "SuccessPolicy", f"Matched rules at index {at}", tally.now)
    return None


def completions_reached(tally: Tally, active: int) -> JobCondition | None:
    """That enough pods succeeded, when they did and none is active any more."""
    completions = tally.job.spec.completions
    if active or (tally.succeeded == 0 if completions is None else tally.succeeded < completions):
        return None
    message = "Reached expected number of succeeded pods"
    return make("SuccessCriteriaMet", "CompletionsReached", message, tally.now)


def tell_suspension(job: Job, now: datetime) -> str:
    """Put the condition Suspended right; returns the reason of the event about it, or "" when nothing changed."""
    held = get_condition(job.status.conditions, "Suspended")
    if is_suspended(job):
        if held is not None and held.status == "True":
            return ""
        told = make("Suspended", "JobSuspended", "Job suspended", now)
    else:
        if held is None or held.status != "True":
            return ""
        told = make("Suspended", "JobResumed", "Job resumed", now, "False")
    if held is not None:
        job.status.conditions[job.status.conditions.index(held)] = told
    else:
        job.status.conditions.append(told)
    return "Suspended" if is_suspended(job) else "Resumed"
