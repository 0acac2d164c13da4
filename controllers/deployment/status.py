"""The status of a Deployment, from its ReplicaSets."""

from __future__ import annotations

from datetime import datetime

from controllers.deployment import conditions, sets
from minik8s.api.apps_v1 import Deployment, DeploymentStatus, ReplicaSet
from minik8s.machinery.copy import deep_copy


def status_of(owner: Deployment, new: ReplicaSet | None, all_sets: list[ReplicaSet], now: datetime) -> DeploymentStatus:
    """The counts, and the condition Available; the other conditions as they are."""
    available = sets.available_replicas(all_sets)
    terminating = [one.status.terminating_replicas for one in all_sets]
    status = DeploymentStatus(
        observed_generation=owner.metadata.generation,
        replicas=sets.actual_replicas(all_sets),
        updated_replicas=sets.actual_replicas([new] if new is not None else []),
        ready_replicas=sum(one.status.ready_replicas for one in all_sets),
        available_replicas=available,
        unavailable_replicas=max(sets.replicas(all_sets) - available, 0),
        collision_count=owner.status.collision_count,
        terminating_replicas=None if None in terminating else sum(count or 0 for count in terminating),
        conditions=deep_copy(owner.status.conditions),
    )
    enough = available >= sets.wanted(owner) - sets.max_unavailable(owner)
    conditions.put(
        status,
        conditions.AVAILABLE,
        "True" if enough else "False",
        "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        "Deployment has minimum availability." if enough else "Deployment does not have minimum availability.",
        now,
    )
    return status
