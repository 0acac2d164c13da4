"""The status of a PodDisruptionBudget, from its pods."""

from __future__ import annotations

from datetime import datetime, timedelta

from controllers.shared import pods
from minik8s.api.core_v1 import Pod
from minik8s.api.meta_v1 import Condition
from minik8s.api.policy_v1 import PodDisruptionBudget, PodDisruptionBudgetStatus
from minik8s.machinery.conditions import set_condition
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.intstr import scaled_value
from minik8s.machinery.times import format_time, parse_time

DELETION_SECONDS = 120.0
"""An evicted pod that is still there after so long was not deleted after all."""
ALLOWED = "DisruptionAllowed"


def needs_scale(budget: PodDisruptionBudget) -> bool:
    """Whether the pods there are do not tell how many there should be."""
    return budget.spec.max_unavailable is not None or isinstance(budget.spec.min_available, str)


def desired_healthy(budget: PodDisruptionBudget, expected: int) -> int:
    """How many healthy pods must stay. Raises IntOrStringError."""
    spec = budget.spec
    if spec.max_unavailable is not None:
        return max(expected - scaled_value(spec.max_unavailable, expected, round_up=True), 0)
    return scaled_value(spec.min_available, expected, round_up=True) if spec.min_available is not None else 0


def disrupted(
    budget: PodDisruptionBudget, mine: list[Pod], now: datetime
) -> tuple[dict[str, str], list[Pod], float | None]:
    """Pods evicted a moment ago and still to be deleted, those that never were, and seconds to the next look."""
    kept: dict[str, str] = {}
    survived: list[Pod] = []
    again: float | None = None
    there = {pod.metadata.name: pod for pod in mine}
    for name, when in budget.status.disrupted_pods.items():
        pod = there.get(name)
        if pod is None or pod.metadata.deletion_timestamp is not None:
            continue
        left = (parse_time(when) + timedelta(seconds=DELETION_SECONDS) - now).total_seconds()
        if left <= 0:
            survived.append(pod)
        else:
            kept[name] = when
            again = left if again is None else min(again, left)
    return kept, survived, again


def status_of(
    budget: PodDisruptionBudget, mine: list[Pod], expected: int, waiting: dict[str, str], now: datetime
) -> PodDisruptionBudgetStatus:
    """The status; the budget's own is left as it is. Raises IntOrStringError."""
    desired = desired_healthy(budget, expected)
    healthy = sum(
        pod.metadata.deletion_timestamp is None and pod.metadata.name not in waiting and pods.is_ready(pod)
        for pod in mine
    )
    status = deep_copy(budget.status)
    status.current_healthy, status.desired_healthy, status.expected_pods = healthy, desired, expected
    status.disruptions_allowed = max(healthy - desired, 0) if expected > 0 else 0
    status.disrupted_pods = waiting
    enough = status.disruptions_allowed > 0
    _tell(budget, status, "True" if enough else "False", "SufficientPods" if enough else "InsufficientPods", "", now)
    return status


def failed_status(budget: PodDisruptionBudget, error: Exception, now: datetime) -> PodDisruptionBudgetStatus:
    """While nobody knows the numbers nothing may be evicted."""
    status = deep_copy(budget.status)
    status.disruptions_allowed = 0
    _tell(budget, status, "False", "SyncFailed", str(error), now)
    return status


def _tell(
    budget: PodDisruptionBudget, status: PodDisruptionBudgetStatus, value: str, reason: str, message: str, now: datetime
) -> None:
    status.observed_generation = budget.metadata.generation
    condition = Condition(
        type=ALLOWED, status=value, reason=reason, message=message, observed_generation=budget.metadata.generation
    )
    set_condition(status.conditions, condition, format_time(now))
