"""The status of a ReplicaSet, from its pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from controllers.replicaset.kinds import ReplicaKind
from controllers.shared import pods
from minik8s.api.core_v1 import Pod
from minik8s.machinery.conditions import get_condition, remove_condition
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_time


def status_of(
    kind: ReplicaKind, owner: Any, active: list[Pod], terminating: int, failure: Exception | None, now: datetime
) -> Any:
    """The status an owner should show; its own is left as it is."""
    status = deep_copy(owner.status)
    wanted = owner.spec.template.metadata.labels if owner.spec.template else {}
    least = owner.spec.min_ready_seconds
    ready = [pod for pod in active if pods.is_ready(pod)]
    status.replicas = len(active)
    status.fully_labeled_replicas = sum(wanted.items() <= pod.metadata.labels.items() for pod in active)
    status.ready_replicas = len(ready)
    status.available_replicas = sum(pods.is_available(pod, least, now) for pod in ready)
    if kind.counts_terminating:
        status.terminating_replicas = terminating
    _tell_failure(kind, owner, status, len(active), failure, now)
    status.observed_generation = owner.metadata.generation
    return status


def _tell_failure(
    kind: ReplicaKind, owner: Any, status: Any, active: int, failure: Exception | None, now: datetime
) -> None:
    told = get_condition(status.conditions, "ReplicaFailure")
    if failure is None:
        remove_condition(status.conditions, "ReplicaFailure")
    elif told is None:
        wanted = owner.spec.replicas or 0
        reason = "FailedCreate" if active < wanted else "FailedDelete" if active > wanted else ""
        condition = kind.condition(
            type="ReplicaFailure",
            status="True",
            reason=reason,
            message=str(failure),
            last_transition_time=format_time(now),
        )
        status.conditions.append(condition)
