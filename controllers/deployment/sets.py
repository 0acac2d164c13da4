"""What is asked of a Deployment's ReplicaSets: which is new, which are old, how many replicas they have."""

from __future__ import annotations

from collections.abc import Iterable

from minik8s.api.apps_v1 import Deployment, ReplicaSet
from minik8s.api.core_v1 import PodTemplateSpec
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.intstr import scaled_value

HASH_LABEL = "pod-template-hash"


def wanted(owner: Deployment | ReplicaSet) -> int:
    """`spec.replicas`; 1 where nothing is said."""
    return 1 if owner.spec.replicas is None else owner.spec.replicas


def is_active(one: ReplicaSet) -> bool:
    """Whether it should have pods."""
    return wanted(one) > 0


def replicas(sets: Iterable[ReplicaSet]) -> int:
    """Pods asked for by those sets."""
    return sum(wanted(one) for one in sets)


def actual_replicas(sets: Iterable[ReplicaSet]) -> int:
    """Pods those sets report."""
    return sum(one.status.replicas for one in sets)


def available_replicas(sets: Iterable[ReplicaSet]) -> int:
    """Available pods those sets report."""
    return sum(one.status.available_replicas for one in sets)


def oldest_first(sets: Iterable[ReplicaSet]) -> list[ReplicaSet]:
    """By creation, then by name."""
    return sorted(sets, key=lambda one: (one.metadata.creation_timestamp or "", one.metadata.name))


def same_template(one: PodTemplateSpec, other: PodTemplateSpec) -> bool:
    """Whether two templates are the same but for the hash label."""
    return one.spec == other.spec and _plain(one) == _plain(other)


def _plain(template: PodTemplateSpec) -> PodTemplateSpec:
    if HASH_LABEL not in template.metadata.labels and template.metadata.creation_timestamp is None:
        return template
    plain = deep_copy(template)
    plain.metadata.labels.pop(HASH_LABEL, None)
    plain.metadata.creation_timestamp = None
    return plain


def split(owner: Deployment, sets: list[ReplicaSet]) -> tuple[ReplicaSet | None, list[ReplicaSet]]:
    """The set of the deployment's present template (the oldest, should there be several), and all others."""
    ordered = oldest_first(sets)
    new = next((one for one in ordered if same_template(one.spec.template, owner.spec.template)), None)
    return new, [one for one in ordered if new is None or one.metadata.uid != new.metadata.uid]


def everyone(new: ReplicaSet | None, old: list[ReplicaSet]) -> list[ReplicaSet]:
    """Old ones and the new one."""
    return old if new is None else [*old, new]


def is_rolling(owner: Deployment) -> bool:
    """Whether it replaces pods bit by bit."""
    return owner.spec.strategy.type == "RollingUpdate"


def _fenceposts(owner: Deployment) -> tuple[int, int]:
    rolling = owner.spec.strategy.rolling_update
    total = wanted(owner)
    surge = scaled_value(_or_zero(rolling.max_surge if rolling else None), total, round_up=True)
    unavailable = scaled_value(_or_zero(rolling.max_unavailable if rolling else None), total, round_up=False)
    if surge == 0 and unavailable == 0:
        # Percentages of few replicas may both round to nothing: then it must still move.
        unavailable = 1
    return surge, unavailable


def _or_zero(value: int | str | None) -> int | str:
    return 0 if value is None else value


def max_surge(owner: Deployment) -> int:
    """Pods above `spec.replicas` that a roll-out may have."""
    return _fenceposts(owner)[0] if is_rolling(owner) else 0


def max_unavailable(owner: Deployment) -> int:
    """Pods of `spec.replicas` that may be missing during a roll-out."""
    if not is_rolling(owner) or wanted(owner) == 0:
        return 0
    return min(_fenceposts(owner)[1], wanted(owner))


def new_set_size(owner: Deployment, sets: list[ReplicaSet], size: int) -> int:
    """How many replicas the new set, which has `size`, may have now."""
    if not is_rolling(owner):
        return wanted(owner)
    room = wanted(owner) + max_surge(owner) - replicas(sets)
    if room <= 0:
        return size
    return size + min(room, wanted(owner) - size)
