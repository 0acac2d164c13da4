"""The status of Jobs: what may be said about a Job, and not be taken back."""

from __future__ import annotations

from apiserver.registry.batch.indexes import IndexesError, count_indexes
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from minik8s.api.batch_v1 import Job, JobStatus, UncountedTerminatedPods
from minik8s.machinery.field_errors import OMITTED

_CONDITIONS = "status.conditions"


def holds(status: JobStatus, condition: str) -> bool:
    """Whether a condition is true."""
    return any(each.type == condition and each.status == "True" for each in status.conditions)


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


def _validate_ends(status: JobStatus, errors: Errors) -> None:
    complete, failed, target = (holds(status, c) for c in ("Complete", "Failed", "FailureTarget"))
    met = holds(status, "SuccessCriteriaMet")
    if complete and failed:
        errors.invalid(_CONDITIONS, OMITTED, "cannot set Complete=True and Failed=true conditions")
    if complete and target:
        errors.invalid(_CONDITIONS, OMITTED, "cannot set Complete=True and FailureTarget=true conditions")
    if status.completion_time is not None and not complete:
        errors.invalid(
            "status.completionTime",
            status.completion_time,
            "completionTime can only be set for Complete jobs",
        )
    if complete and status.completion_time is None:
        errors.required("status.completionTime", "completionTime is required for Complete jobs")
    if status.completion_time is not None and status.start_time is not None:
        if status.completion_time < status.start_time:
            errors.invalid(
                "status.completionTime", status.completion_time, "completionTime cannot be set before startTime"
            )
    if failed and not target:
        errors.invalid(
            _CONDITIONS, OMITTED, "cannot set Failed=True condition without the FailureTarget=true condition"
        )
    if complete and not met:
        errors.invalid(
            _CONDITIONS, OMITTED, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition"
        )
    if met and target:
        errors.invalid(_CONDITIONS, OMITTED, "cannot set FailureTarget=True and SuccessCriteriaMet=true conditions")
    if met and failed:
        errors.invalid(_CONDITIONS, OMITTED, "cannot set Failed=True and SuccessCriteriaMet=true conditions")
    if complete or failed:
        _validate_finished(status, errors)


def _validate_finished(status: JobStatus, errors: Errors) -> None:
    if status.active > 0:
        errors.invalid("status.active", status.active, "active>0 is invalid for finished job")
    if (status.terminating or 0) > 0:
        errors.invalid("status.terminating", status.terminating, "terminating>0 is invalid for finished job")
    if status.start_time is None:
        errors.required("status.startTime", "startTime is required for finished job")
    uncounted = status.uncounted_terminated_pods
    if uncounted is not None and (uncounted.succeeded or uncounted.failed):
        errors.invalid(
            "status.uncountedTerminatedPods",
            internal_form(uncounted),
            "uncountedTerminatedPods needs to be empty for finished job",
        )


def _check_indexes(name: str, text: str, completions: int, errors: Errors) -> None:
    try:
        count_indexes(text, completions)
    except IndexesError as error:
        errors.invalid(f"status.{name}", text, f"error parsing {name}: {error}")


def _validate_indexes(job: Job, errors: Errors) -> None:
    status, spec = job.status, job.spec
    if status.completed_indexes and spec.completion_mode != "Indexed":
        errors.invalid(
            "status.completedIndexes",
            status.completed_indexes,
            "cannot set non-empty completedIndexes when non-indexed completion mode",
        )
    if status.failed_indexes is not None and spec.backoff_limit_per_index is None:
        errors.invalid(
            "status.failedIndexes",
            status.failed_indexes,
            "cannot set non-null failedIndexes when backoffLimitPerIndex is null",
        )
    if spec.completion_mode == "Indexed" and spec.completions is not None:
        _check_indexes("completedIndexes", status.completed_indexes, spec.completions, errors)
        if status.failed_indexes is not None:
            _check_indexes("failedIndexes", status.failed_indexes, spec.completions, errors)


def validate_job_status(new: Job, old: Job, errors: Errors) -> None:
    """A status that makes sense; what was so before and has not changed is left alone."""
    status, before = new.status, old.status
    _validate_counts(status, errors)
    ends = ("conditions", "completion_time", "start_time", "active", "terminating", "uncounted_terminated_pods")
    if any(getattr(status, name) != getattr(before, name) for name in ends):
        _validate_ends(status, errors)
    if (status.completed_indexes, status.failed_indexes) != (before.completed_indexes, before.failed_indexes):
        _validate_indexes(new, errors)
    if status.ready is not None and status.ready > status.active and status.ready != before.ready:
        errors.invalid("status.ready", status.ready, "cannot set more ready pods than active")
    for condition in ("Failed", "Complete", "FailureTarget", "SuccessCriteriaMet"):
        if holds(before, condition) and not holds(status, condition):
            errors.invalid(_CONDITIONS, OMITTED, f"cannot disable the terminal {condition}=True condition")
    if status.failed < before.failed:
        errors.invalid("status.failed", status.failed, "cannot decrease the failed counter")
    if status.succeeded < before.succeeded:
        errors.invalid("status.succeeded", status.succeeded, "cannot decrease the succeeded counter")
    _validate_times(new, old, errors)


def _validate_times(new: Job, old: Job, errors: Errors) -> None:
    status, before = new.status, old.status
    if not new.spec.suspend and before.start_time is not None and status.start_time != before.start_time:
        if status.start_time is None:
            errors.required("status.startTime", "startTime cannot be removed for unsuspended job")
        else:
            errors.required("status.startTime", "startTime cannot be updated for unsuspended job")
    if before.completion_time is not None and status.completion_time != before.completion_time:
        errors.invalid("status.completionTime", status.completion_time, "field is immutable")
