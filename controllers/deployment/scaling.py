"""Changing the sizes of a Deployment's ReplicaSets, in proportion where a roll-out is under way."""

from __future__ import annotations

import math

from controllers.deployment import marks, sets
from minik8s.api.apps_v1 import Deployment, ReplicaSet
from minik8s.client.controller import ControllerContext
from minik8s.machinery.copy import deep_copy


class Scaler:
    """Writes the sizes of ReplicaSets."""

    def __init__(self, ctx: ControllerContext) -> None:
        self._ctx = ctx

    async def resize(self, owner: Deployment, one: ReplicaSet, size: int) -> ReplicaSet:
        """The set with `size` replicas and the annotations of the deployment as it is now. Raises ApiError."""
        told = marks.size_annotations(owner)
        if sets.wanted(one) == size and told.items() <= one.metadata.annotations.items():
            return one
        changed = deep_copy(one)
        changed.spec.replicas = size
        changed.metadata.annotations.update(told)
        written = await self._ctx.client.update(changed)
        if (before := sets.wanted(one)) != size:
            direction = "up" if before < size else "down"
            message = f"Scaled {direction} replica set {one.metadata.name} from {before} to {size}"
            self._ctx.recorder.event(owner, "Normal", "ScalingReplicaSet", message)
        return written

    async def change(self, owner: Deployment, one: ReplicaSet, size: int) -> bool:
        """Resize when the size differs; tells whether it did. Raises ApiError."""
        if sets.wanted(one) == size:
            return False
        await self.resize(owner, one, size)
        return True

    async def follow(self, owner: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]) -> None:
        """Bring the sets to a changed `spec.replicas`. Raises ApiError."""
        if (alone := _active_or_latest(new, old)) is not None:
            await self.resize(owner, alone, sets.wanted(owner))
            return
        if new is not None and _is_saturated(owner, new):
            for one in filter(sets.is_active, old):
                await self.change(owner, one, 0)
            return
        if sets.is_rolling(owner):
            for one, size in proportional(owner, sets.everyone(new, old)):
                await self.resize(owner, one, size)


def _active_or_latest(new: ReplicaSet | None, old: list[ReplicaSet]) -> ReplicaSet | None:
    active = list(filter(sets.is_active, sets.everyone(new, old)))
    if len(active) == 1:
        return active[0]
    if active:
        return None
    if new is not None:
        return new
    return sets.oldest_first(old)[-1] if old else None


def _is_saturated(owner: Deployment, new: ReplicaSet) -> bool:
    total = sets.wanted(owner)
    desired = marks.number(new, marks.DESIRED)
    return sets.wanted(new) == total == desired == new.status.available_replicas


def proportional(owner: Deployment, all_sets: list[ReplicaSet]) -> list[tuple[ReplicaSet, int]]:
    """The active sets with the sizes that keep their shares: the largest takes what rounding leaves over."""
    active = list(filter(sets.is_active, all_sets))
    total = sets.wanted(owner)
    allowed = total + sets.max_surge(owner) if total > 0 else 0
    to_add = allowed - sets.replicas(active)
    active = sorted(active, key=lambda one: (one.metadata.creation_timestamp or "", one.metadata.name))
    if to_add > 0:
        active.reverse()
    active.sort(key=lambda one: -sets.wanted(one))
    added, sizes = 0, []
    for one in active:
        share = _share(owner, one, to_add, added)
        added += share
        sizes.append(sets.wanted(one) + share)
    if sizes and to_add:
        sizes[0] = max(sizes[0] + to_add - added, 0)
    return list(zip(active, sizes, strict=True))


def _share(owner: Deployment, one: ReplicaSet, to_add: int, added: int) -> int:
    if to_add == 0 or to_add == added:
        return 0
    fraction, left = _fraction(owner, one), to_add - added
    return min(fraction, left) if to_add > 0 else max(fraction, left)


def _fraction(owner: Deployment, one: ReplicaSet) -> int:
    total, size = sets.wanted(owner), sets.wanted(one)
    if total == 0:
        return -size
    before = marks.number(one, marks.MOST) or owner.status.replicas
    if before == 0:
        return 0
    exact = size * (total + sets.max_surge(owner)) / before
    return math.floor(exact + 0.5) - size
