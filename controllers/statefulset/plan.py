"""One look at a StatefulSet: its places, who is in them, who is too many, and the counts of its status."""

from __future__ import annotations

from datetime import datetime

from controllers.shared import pods
from controllers.statefulset.identity import ordinal_of, replicas, revision_of, start
from minik8s.api.apps_v1 import StatefulSet, StatefulSetStatus
from minik8s.api.core_v1 import Pod
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.intstr import scaled_value


class View:
    """The pods by ordinal; `current` and `update` are revision names."""

    def __init__(self, owner: StatefulSet, mine: list[Pod], current: str, update: str, now: datetime) -> None:
        self.owner, self.pods, self.now = owner, mine, now
        self.current, self.update = current, update
        first, end = start(owner), start(owner) + replicas(owner)
        there = {ordinal_of(owner, pod): pod for pod in mine}
        self.places: dict[int, Pod | None] = {ordinal: there.get(ordinal) for ordinal in range(first, end)}
        self.condemned = [there[ordinal] for ordinal in sorted(there, reverse=True) if not first <= ordinal < end]
        self.ordered = owner.spec.pod_management_policy != "Parallel"

    def is_available(self, pod: Pod | None) -> bool:
        """Whether a pod works and has for long enough."""
        return (
            self.works(pod) and pod is not None and pods.is_available(pod, self.owner.spec.min_ready_seconds, self.now)
        )

    def works(self, pod: Pod | None) -> bool:
        """Whether a pod runs, is ready, and is not being deleted."""
        return pod is not None and is_ready(pod) and pod.metadata.deletion_timestamp is None

    @property
    def first_unhealthy(self) -> Pod | None:
        """The unhealthy pod with the lowest ordinal: the one that others wait for."""
        everyone = [pod for pod in self.places.values() if pod is not None] + self.condemned
        ill = [pod for pod in everyone if not self.works(pod)]
        return min(ill, key=lambda pod: ordinal_of(self.owner, pod), default=None)

    def wants_current(self, ordinal: int) -> bool:
        """Whether a missing pod is made from the revision the set comes from."""
        strategy = self.owner.spec.update_strategy
        if strategy.type != "RollingUpdate":
            return False
        if strategy.rolling_update is None:
            return ordinal < start(self.owner) + self.owner.status.current_replicas
        return ordinal < start(self.owner) + (strategy.rolling_update.partition or 0)

    def to_replace(self) -> list[Pod]:
        """Pods of an old revision to delete now, highest ordinals first; the next waits until those are back."""
        rolling = self.owner.spec.update_strategy.rolling_update
        limit = 1
        if rolling is not None and rolling.max_unavailable is not None:
            limit = max(scaled_value(rolling.max_unavailable, replicas(self.owner), round_up=True), 1)
        least = start(self.owner) + ((rolling.partition or 0) if rolling is not None else 0)
        doomed: list[Pod] = []
        missing = 0
        for ordinal in sorted(self.places, reverse=True):
            if ordinal < least or missing >= limit:
                break
            pod = self.places[ordinal]
            if pod is None:
                missing += 1
            elif revision_of(pod) != self.update and pod.metadata.deletion_timestamp is None:
                doomed.append(pod)
                missing += 1
            elif not self.is_available(pod):
                missing += 1
        return doomed


def is_ready(pod: Pod) -> bool:
    """Whether a pod runs and is ready."""
    return pod.status.phase == "Running" and pods.is_ready(pod)


def status_of(view: View) -> StatefulSetStatus:
    """The status the set should show; its own is left as it is."""
    owner, status = view.owner, deep_copy(view.owner.status)
    there = [pod for pod in view.pods if pod.status.phase]
    staying = [pod for pod in there if pod.metadata.deletion_timestamp is None]
    status.collision_count = status.collision_count or 0
    status.observed_generation = owner.metadata.generation
    status.replicas = len(there)
    status.ready_replicas = sum(is_ready(pod) for pod in there)
    status.available_replicas = sum(
        is_ready(pod) and pods.is_available(pod, owner.spec.min_ready_seconds, view.now) for pod in there
    )
    status.current_replicas = sum(revision_of(pod) == view.current for pod in staying)
    status.updated_replicas = sum(revision_of(pod) == view.update for pod in staying)
    status.current_revision, status.update_revision = view.current, view.update
    counts = {status.updated_replicas, status.ready_replicas, status.replicas}
    if owner.spec.update_strategy.type == "RollingUpdate" and counts == {replicas(owner)}:
        status.current_replicas, status.current_revision = status.updated_replicas, view.update
    return status
