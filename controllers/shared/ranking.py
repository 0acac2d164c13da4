"""Which pods go first when there are too many."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from controllers.shared import pods
from minik8s.api.core_v1 import Pod
from minik8s.machinery.times import parse_time

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def first_to_delete(candidates: list[Pod], related: Iterable[Pod], count: int, now: datetime) -> list[Pod]:
    """The `count` pods whose loss hurts least; `related` are the pods of all replica sets of the same owner.

    Unassigned before assigned, pending before running, not ready before ready, cheaper before dearer, doubled up
    on a node before alone, shortly ready before long, often restarted before seldom, young before old; ages are
    compared by their order of magnitude, so that which of similar pods goes is as good as random.
    """
    if count >= len(candidates):
        return candidates[:count]
    on_node = Counter(p.spec.node_name for p in related if pods.is_active(p) and pods.is_ready(p) and p.spec.node_name)
    return sorted(candidates, key=lambda pod: _rank(pod, on_node, now))[:count]


def _rank(pod: Pod, on_node: Counter[str], now: datetime) -> tuple[Any, ...]:
    ready = pods.is_ready(pod)
    since = pods.ready_since(pod) if ready else None
    created = pod.metadata.creation_timestamp
    return (
        bool(pod.spec.node_name),
        _PHASES.get(pod.status.phase, 0),
        ready,
        deletion_cost(pod),
        -on_node[pod.spec.node_name],
        _magnitude(since, now) if ready else 0,
        -pods.restarts(pod),
        _magnitude(parse_time(created) if created else None, now),
        pod.metadata.uid,
    )


def deletion_cost(pod: Pod) -> int:
    """What its annotation says; 0 without one, or with one that is no 32-bit number."""
    text = pod.metadata.annotations.get(DELETION_COST, "")
    digits = text[1:] if text[:1] == "-" else text
    if not digits.isdigit() or (digits[0] == "0" and digits != "0"):
        return 0
    value = int(text)
    return value if -(2**31) <= value < 2**31 else 0


def _magnitude(moment: datetime | None, now: datetime) -> int:
    """The binary logarithm of an age in nanoseconds; -1 for no time at all, which counts as youngest."""
    if moment is None:
        return -1
    age = (now - moment).total_seconds() * 1e9
    return int(math.log2(age)) if age >= 1 else 0
