"""The conditions of a Deployment: Available, Progressing, ReplicaFailure."""

from __future__ import annotations

from datetime import datetime, timedelta

from minik8s.api.apps_v1 import Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet
from minik8s.machinery.conditions import get_condition, remove_condition
from minik8s.machinery.times import format_time, parse_time

AVAILABLE, PROGRESSING, FAILURE = "Available", "Progressing", "ReplicaFailure"
PAUSED, RESUMED = "DeploymentPaused", "DeploymentResumed"
TIMED_OUT = "ProgressDeadlineExceeded"
SET_AVAILABLE = "NewReplicaSetAvailable"
_NEVER = 2**31 - 1


def has_deadline(owner: Deployment) -> bool:
    """Whether its progress is watched."""
    return owner.spec.progress_deadline_seconds not in (None, _NEVER)


def put(
    status: DeploymentStatus, type_: str, value: str, reason: str, message: str, now: datetime, force: bool = False
) -> bool:
    """Set a condition, which is nothing new when status and reason are the same (unless `force`)."""
    old = get_condition(status.conditions, type_)
    if old is not None and old.status == value and old.reason == reason and not force:
        return False
    stamp = format_time(now)
    made = DeploymentCondition(
        type=type_, status=value, reason=reason, message=message, last_update_time=stamp, last_transition_time=stamp
    )
    if old is not None and old.status == value:
        made.last_transition_time = old.last_transition_time
    remove_condition(status.conditions, type_)
    status.conditions.append(made)
    return True


def is_complete(owner: Deployment, status: DeploymentStatus) -> bool:
    """Whether every replica is a new one and available, and no old one is left."""
    total = 1 if owner.spec.replicas is None else owner.spec.replicas
    return (
        status.updated_replicas == total
        and status.replicas == total
        and status.available_replicas == total
        and status.observed_generation >= owner.metadata.generation
    )


def _moved(before: DeploymentStatus, after: DeploymentStatus) -> bool:
    return (
        after.updated_replicas > before.updated_replicas
        or after.replicas - after.updated_replicas < before.replicas - before.updated_replicas
        or after.ready_replicas > before.ready_replicas
        or after.available_replicas > before.available_replicas
    )


def _deadline(owner: Deployment, condition: DeploymentCondition) -> datetime:
    since = parse_time(condition.last_update_time or condition.last_transition_time or "1970-01-01T00:00:00Z")
    return since + timedelta(seconds=owner.spec.progress_deadline_seconds or 0)


def _timed_out(owner: Deployment, condition: DeploymentCondition | None, now: datetime) -> bool:
    if condition is None or condition.reason == SET_AVAILABLE:
        return False
    return condition.reason == TIMED_OUT or _deadline(owner, condition) < now


def tell_progress(owner: Deployment, status: DeploymentStatus, new: ReplicaSet | None, now: datetime) -> None:
    """Say in `status` how the roll-out goes."""
    if not has_deadline(owner):
        remove_condition(status.conditions, PROGRESSING)
        return
    held = get_condition(owner.status.conditions, PROGRESSING)
    if status.replicas == status.updated_replicas and held is not None and held.reason == SET_AVAILABLE:
        return
    who = f'ReplicaSet "{new.metadata.name}"' if new is not None else f'Deployment "{owner.metadata.name}"'
    if is_complete(owner, status):
        put(status, PROGRESSING, "True", SET_AVAILABLE, f"{who} has successfully progressed.", now)
    elif _moved(owner.status, status):
        put(status, PROGRESSING, "True", "ReplicaSetUpdated", f"{who} is progressing.", now, force=True)
    elif _timed_out(owner, get_condition(status.conditions, PROGRESSING), now):
        put(status, PROGRESSING, "False", TIMED_OUT, f"{who} has timed out progressing.", now)


def tell_failure(status: DeploymentStatus, new: ReplicaSet | None, all_sets: list[ReplicaSet], now: datetime) -> None:
    """Show the failure of one of the sets, the new one's first."""
    for one in [*([new] if new is not None else []), *all_sets]:
        found = get_condition(one.status.conditions, FAILURE)
        if found is not None:
            put(status, FAILURE, found.status, found.reason, found.message, now)
            return
    remove_condition(status.conditions, FAILURE)


def seconds_to_deadline(owner: Deployment, status: DeploymentStatus, now: datetime) -> float | None:
    """When to look again whether the roll-out is stuck; None when that cannot happen."""
    held = get_condition(status.conditions, PROGRESSING)
    if not has_deadline(owner) or held is None or held.reason in (TIMED_OUT, SET_AVAILABLE):
        return None
    if is_complete(owner, status):
        return None
    return max((_deadline(owner, held) - now).total_seconds(), 0.0) + 1
