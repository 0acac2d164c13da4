"""RollingUpdate: grow the new set and shrink the old ones within the limits."""

from __future__ import annotations

from controllers.deployment import sets
from controllers.deployment.scaling import Scaler
from minik8s.api.apps_v1 import Deployment, ReplicaSet


async def grow(scaler: Scaler, owner: Deployment, new: ReplicaSet, all_sets: list[ReplicaSet]) -> bool:
    """Bring the new set as far up (or down) as allowed; tells whether it changed. Raises ApiError."""
    size = sets.wanted(new)
    if size == sets.wanted(owner):
        return False
    if size > sets.wanted(owner):
        return await scaler.change(owner, new, sets.wanted(owner))
    return await scaler.change(owner, new, sets.new_set_size(owner, all_sets, size))


async def shrink(scaler: Scaler, owner: Deployment, new: ReplicaSet, old: list[ReplicaSet]) -> bool:
    """Take away old pods, those that do not work first; tells whether anything changed. Raises ApiError."""
    old = sets.oldest_first(filter(sets.is_active, old))
    if not old:
        return False
    least = sets.wanted(owner) - sets.max_unavailable(owner)
    missing = sets.wanted(new) - new.status.available_replicas
    spare = sets.replicas([*old, new]) - least - missing
    if spare <= 0:
        return False
    old, cleaned = await _drop_unhealthy(scaler, owner, old, spare)
    surplus = sets.available_replicas([*old, new]) - least
    taken = 0
    for one in old:
        if taken >= surplus:
            break
        count = min(sets.wanted(one), surplus - taken)
        if count > 0:
            await scaler.change(owner, one, sets.wanted(one) - count)
            taken += count
    return cleaned + taken > 0


async def _drop_unhealthy(
    scaler: Scaler, owner: Deployment, old: list[ReplicaSet], most: int
) -> tuple[list[ReplicaSet], int]:
    left, dropped = [], 0
    for one in old:
        count = min(most - dropped, sets.wanted(one) - one.status.available_replicas)
        if count > 0:
            one = await scaler.resize(owner, one, sets.wanted(one) - count)
            dropped += count
        left.append(one)
    return left, dropped
