"""What must happen on each node: pods missing, pods too many, pods that ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime

from controllers.daemonset.placement import GENERATION_LABEL, Placement, generation, node_of
from controllers.shared import pods
from controllers.shared.history import HASH_LABEL
from minik8s.api.apps_v1 import DaemonSet
from minik8s.api.core_v1 import Node, Pod
from minik8s.machinery.intstr import scaled_value


@dataclasses.dataclass(slots=True)
class View:
    """One DaemonSet and what the caches know of its nodes and pods; `digest` is its present revision's hash."""

    owner: DaemonSet
    nodes: list[Node]
    pods: dict[str, list[Pod]]
    digest: str
    now: datetime
    placed: dict[str, tuple[bool, bool]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Place once: every step below asks again."""
        placement = Placement(self.owner)
        self.placed = {node.metadata.name: placement.of(node) for node in self.nodes}

    def available(self, pod: Pod) -> bool:
        """Whether a pod has been ready for long enough."""
        return pods.is_available(pod, self.owner.spec.min_ready_seconds, self.now)

    def updated(self, pod: Pod) -> bool:
        """Whether a pod is of the present template."""
        labels = pod.metadata.labels
        number = generation(self.owner)
        if number and labels.get(GENERATION_LABEL) == number:
            return True
        return bool(self.digest) and labels.get(HASH_LABEL) == self.digest

    @property
    def desired(self) -> int:
        """Nodes that should have a pod."""
        return sum(should for should, _ in self.placed.values())

    def limits(self) -> tuple[int, int]:
        """Pods above one a node, and nodes without a working pod, that a roll-out may have. Raises IntOrStringError."""
        desired, rolling = self.desired, self.owner.spec.update_strategy.rolling_update
        if desired == 0 or rolling is None:
            return 0, 0
        surge = scaled_value(0 if rolling.max_surge is None else rolling.max_surge, desired, round_up=True)
        unavailable = rolling.max_unavailable
        missing = scaled_value(1 if unavailable is None else unavailable, desired, round_up=True)
        return surge, missing if surge or missing else 1


def by_node(found: list[Pod]) -> dict[str, list[Pod]]:
    """Pods by the node they are on or pinned to, each node's oldest first."""
    grouped: dict[str, list[Pod]] = {}
    for pod in found:
        if name := node_of(pod):
            grouped.setdefault(name, []).append(pod)
    for group in grouped.values():
        group.sort(key=lambda pod: (not pod.spec.node_name, pod.metadata.creation_timestamp or "", pod.metadata.name))
    return grouped


def plan(view: View, surge: int, failed: Callable[[Pod], bool]) -> tuple[list[str], list[Pod]]:
    """The nodes that need a pod, and the pods to delete.

    `failed` is asked about each failed pod: whether it may be replaced now.
    """
    missing: list[str] = []
    doomed: list[Pod] = []
    for name, (should, may_stay) in view.placed.items():
        there = view.pods.get(name, [])
        if should and not there:
            missing.append(name)
        elif may_stay:
            doomed += _too_many(view, there, surge, failed)
        else:
            doomed += [pod for pod in there if pod.metadata.deletion_timestamp is None]
    for name, there in view.pods.items():
        if name not in view.placed:
            # The node is gone and nobody will bind these.
            doomed += [pod for pod in there if not pod.spec.node_name and pod.metadata.deletion_timestamp is None]
    return missing, doomed


def _too_many(view: View, there: list[Pod], surge: int, failed: Callable[[Pod], bool]) -> list[Pod]:
    doomed: list[Pod] = []
    running: list[Pod] = []
    for pod in there:
        if pod.metadata.deletion_timestamp is not None:
            continue
        if pods.is_terminal(pod):
            if failed(pod):
                doomed.append(pod)
        else:
            running.append(pod)
    if len(running) <= 1:
        return doomed
    if surge == 0:
        return doomed + running[1:]
    new = next((pod for pod in running if view.updated(pod)), None)
    old = next((pod for pod in running if not view.updated(pod)), None)
    doomed += [pod for pod in running if pod is not new and pod is not old]
    if new is not None and old is not None and (not pods.is_ready(old) or view.available(new)):
        doomed.append(old)
    return doomed


def pair(view: View, there: list[Pod]) -> tuple[Pod | None, Pod | None, bool]:
    """A node's pod of the present template and its old one; False when there are several of either."""
    new: Pod | None = None
    old: Pod | None = None
    for pod in there:
        if pod.metadata.deletion_timestamp is not None:
            continue
        if view.updated(pod):
            if new is not None:
                return None, None, False
            new = pod
        else:
            if old is not None:
                return None, None, False
            old = pod
    return new, old, True
