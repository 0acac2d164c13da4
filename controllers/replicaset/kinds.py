"""What tells the two kinds of the replica controller apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from minik8s.api import apps_v1, core_v1
from minik8s.machinery.selectors import Selector, from_label_selector, from_labels


@dataclasses.dataclass(frozen=True, slots=True)
class ReplicaKind:
    """One kind that keeps replicas."""

    name: str
    cls: type[Any]
    condition: type[Any]
    selector: Callable[[Any], Selector]
    counts_terminating: bool


def _set_selector(owner: apps_v1.ReplicaSet) -> Selector:
    return from_label_selector(owner.spec.selector)


def _controller_selector(owner: core_v1.ReplicationController) -> Selector:
    return from_labels(owner.spec.selector)


REPLICA_SET = ReplicaKind("replicaset-controller", apps_v1.ReplicaSet, apps_v1.ReplicaSetCondition, _set_selector, True)
REPLICATION_CONTROLLER = ReplicaKind(
    "replication-controller",
    core_v1.ReplicationController,
    core_v1.ReplicationControllerCondition,
    _controller_selector,
    False,
)
