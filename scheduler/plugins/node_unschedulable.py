"""NodeUnschedulable: nodes that are cordoned (`spec.unschedulable`) take only Pods that tolerate it."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.arrays import Rows
from scheduler.plugin import Rejection, State
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import NODE, POD, Action, Event
from scheduler.state.cluster import Cluster
from scheduler.state.taints import UNSCHEDULABLE, tolerates

REASON = "node(s) were unschedulable"


class NodeUnschedulable:
    """Filters cordoned nodes."""

    name = "NodeUnschedulable"
    local = True

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Cordoned nodes."""
        cordoned = self._cluster.columns.unschedulable[rows]
        if not cordoned.any() or any(tolerates(t, *UNSCHEDULABLE) for t in pod.template.tolerations):
            return ()
        return (Rejection(cordoned, REASON, False),)

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """A node that is not cordoned, or a toleration of the Pod's own."""
        if event.is_(POD, Action.POD_TOLERATION):
            return getattr(event.new, "uid", "") == pod.uid
        return event.is_(NODE, Action.ADD | Action.NODE_TAINT) and not event.new.spec.unschedulable
