"""The status of Jobs: what may be said about a Job, and not be taken back."""

from __future__ import annotations

from apiserver.registry.batch.indexes import IndexesError, common_index, count_indexes
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from minik8s.api.batch_v1 import Job, JobStatus, UncountedTerminatedPods
from minik8s.machinery.field_errors import OMITTED

_CONDITIONS = "status.conditions"


def holds(status: JobStatus, condition: str, value: str = "True") -> bool:
    """Whether a condition has a value."""
    return any(each.type == condition and each.status == value for each in status.conditions)


def _validate_uncounted(pods: UncountedTerminatedPods, errors: Errors) -> None:
    seen: set[str] = set()
    for name, uids in (("succeeded", pods.succeeded), ("failed", pods.failed)):
        for index, uid in enumerate(uids):
            path = f"status.uncountedTerminatedPods.{name}[{index}]"
            if not uid:
                errors.invalid(path, uid, "must not be empty")
            elif uid in seen:
                errors.duplicate(path, uid)
            seen.add(uid)


def _validate_counts(status: JobStatus, errors: Errors) -> None:
    for name, value in (
        ("active", status.active),
        ("succeeded", status.succeeded),
        ("failed", status.failed),
        ("ready", status.ready),
        ("terminating", status.terminating),
    ):
        if value is not None:
            errors.not_negative(f"status.{name}", value)
    if status.uncounted_terminated_pods is not None:
        _validate_uncounted(status.uncounted_terminated_pods, errors)


def _finished(status: JobStatus) -> bool:
    return holds(status, "Complete") or holds(status, "Failed")


def _validate_ends(new: JobStatus, old: JobStatus, errors: Errors) -> None:
    """Conditions and times of an end that fit each other; of what has not changed nothing is said."""
    complete, failed, target = (holds(new, each) for each in ("Complete", "Failed", "FailureTarget"))
    met = holds(new, "SuccessCriteriaMet")
    completes, fails = complete != holds(old, "Complete"), failed != holds(old, "Failed")
    retimed = new.completion_time != old.completion_time
    if complete and failed and (completes or fails):
        errors.invalid(_CONDITIONS, OMITTED, "cannot set Complete=True and Failed=true conditions")
    if complete and target and (completes or target != holds(old, "FailureTarget")):
        errors.invalid(_CONDITIONS, OMITTED, "cannot set Complete=True and FailureTarget=true conditions")
    if completes or retimed:
        if new.completion_time is not None and not complete:
            why = "cannot set completionTime when there is no Complete=True condition"
            errors.invalid("status.completionTime", new.completion_time, why)
        if new.completion_time is None and complete:
            errors.required("status.completionTime", "completionTime is required for Complete jobs")
    if (retimed or new.start_time != old.start_time) and new.start_time and new.completion_time:
        if new.completion_time < new.start_time:
            errors.invalid("status.completionTime", new.completion_time, "must be equal to or after `startTime`")
    if failed and not target and (fails or new.failed_indexes != old.failed_indexes):
        why = "cannot set Failed=True condition without the FailureTarget=true condition"
        errors.invalid(_CONDITIONS, OMITTED, why)
    if complete and not met and (completes or met != holds(old, "SuccessCriteriaMet")):
        why = "cannot set Complete=True condition without the SuccessCriteriaMet=true condition"
        errors.invalid(_CONDITIONS, OMITTED, why)


def _validate_finished(new: Job, old: JobStatus, errors: Errors) -> None:
    """Nothing runs any more, and something ran."""
    status, finishes = new.status, _finished(new.status) != _finished(old)
    if status.active > 0 and (finishes or status.active != old.active):
        errors.invalid("status.active", status.active, "active>0 is invalid for finished job")
    never = new.spec.suspend and new.spec.completions == 0
    if status.start_time is None and (finishes or old.start_time is not None) and not never:
        errors.required("status.startTime", "startTime is required for finished job")
    uncounted = status.uncounted_terminated_pods
    if uncounted is not None and (uncounted.succeeded or uncounted.failed):
        if finishes or uncounted != old.uncounted_terminated_pods:
            path = "status.uncountedTerminatedPods"
            errors.invalid(path, internal_form(uncounted), "must be empty for finished job")


def _check_indexes(name: str, text: str, completions: int, errors: Errors) -> None:
    try:
        count_indexes(text, completions)
    except IndexesError as error:
        errors.invalid(f"status.{name}", text, f"error parsing {name}: {error}")


def _validate_indexes(new: Job, old: JobStatus, errors: Errors) -> None:
    status, spec = new.status, new.spec
    completed, failed = status.completed_indexes, status.failed_indexes
    of_completed, of_failed = completed != old.completed_indexes, failed != old.failed_indexes
    if spec.completions is not None:
        if of_completed:
            _check_indexes("completedIndexes", completed, spec.completions, errors)
        if of_failed and failed is not None and spec.backoff_limit_per_index is not None:
            _check_indexes("failedIndexes", failed, spec.completions, errors)
    if of_completed and completed and spec.completion_mode != "Indexed":
        why = "cannot set non-empty completedIndexes when non-indexed completion mode"
        errors.invalid("status.completedIndexes", completed, why)
    if of_failed and failed is not None and spec.backoff_limit_per_index is None:
        why = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        errors.invalid("status.failedIndexes", failed, why)
    if (of_completed or of_failed) and spec.completions is not None and failed is not None:
        both = common_index(completed, failed, spec.completions)
        if both is not None:
            why = f"failedIndexes and completedIndexes overlap at index: {both}"
            errors.invalid("status.failedIndexes", failed, why)


def _validate_success(new: Job, errors: Errors) -> None:
    status, met = new.status, holds(new.status, "SuccessCriteriaMet")
    for condition, shown in (("Failed", "Failed=true"), ("FailureTarget", "FailureTarget=true")):
        if met and holds(status, condition):
            errors.invalid(_CONDITIONS, OMITTED, f"cannot set SuccessCriteriaMet=True and {shown} conditions")
    if new.spec.success_policy is not None and not met and holds(status, "Complete"):
        why = "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True"
        errors.invalid(_CONDITIONS, OMITTED, why)


def _validate_kept(new: Job, old: Job, errors: Errors) -> None:
    """What was said for good."""
    status, before = new.status, old.status
    for condition in ("Failed", "Complete", "FailureTarget"):
        if holds(before, condition) and not holds(status, condition):
            errors.invalid(_CONDITIONS, OMITTED, f"cannot disable the terminal {condition}=True condition")
    if status.failed < before.failed:
        errors.invalid("status.failed", status.failed, "cannot decrease the failed counter")
    # As many pods at once as there are indexes: these may become fewer.
    elastic = new.spec.completion_mode == "Indexed" and new.spec.completions == new.spec.parallelism
    if status.succeeded < before.succeeded and not elastic:
        errors.invalid("status.succeeded", status.succeeded, "cannot decrease the succeeded counter")
    if status.completion_time and before.completion_time and status.completion_time != before.completion_time:
        errors.invalid("status.completionTime", status.completion_time, "field is immutable")
    resumes = holds(before, "Suspended") and holds(status, "Suspended", "False")
    if before.start_time and status.start_time != before.start_time and not new.spec.suspend and not resumes:
        why = "field is immutable for unsuspended job once set"
        errors.invalid("status.startTime", status.start_time, why)
    was_met, met = holds(before, "SuccessCriteriaMet"), holds(status, "SuccessCriteriaMet")
    if was_met and not met:
        errors.invalid(_CONDITIONS, OMITTED, "cannot disable the SuccessCriteriaMet=True condition")
    if holds(before, "Complete") and not was_met and met:
        why = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"
        errors.invalid(_CONDITIONS, OMITTED, why)


def validate_job_status(new: Job, old: Job, errors: Errors) -> None:
    """A status that makes sense; what was so before and has not changed is left alone."""
    status, before = new.status, old.status
    _validate_counts(status, errors)
    _validate_ends(status, before, errors)
    finished = _finished(status)
    if finished:
        _validate_finished(new, before, errors)
    _validate_indexes(new, before, errors)
    if finished and (status.terminating or 0) > 0:
        if not _finished(before) or status.terminating != before.terminating:
            errors.invalid("status.terminating", status.terminating, "terminating>0 is invalid for finished job")
    if status.ready is not None and status.ready > status.active:
        if (status.ready, status.active) != (before.ready, before.active):
            errors.invalid("status.ready", status.ready, "cannot set more ready pods than active")
    _validate_success(new, errors)
    _validate_kept(new, old, errors)
