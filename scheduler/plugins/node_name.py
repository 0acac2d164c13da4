"""NodeName: a Pod that names its node fits no other (seen in what-if questions; named Pods need no scheduler)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from scheduler.arrays import Rows
from scheduler.plugin import SKIP, Rejection, State, Status
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import NODE, Action, Event
from scheduler.state.cluster import Cluster

REASON = "node(s) didn't match the requested node name"


class NodeName:
    """Filters all nodes but the one named."""

    name = "NodeName"
    counts_pods = False

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """Nothing to do for a Pod that names no node."""
        return None if pod.pod.spec.node_name else SKIP

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """All other nodes."""
        columns = self._cluster.columns
        others = np.ones(columns.capacity, dtype=np.bool_)
        row = columns.row_of.get(pod.pod.spec.node_name)
        if row is not None:
            others[row] = False
        return (Rejection(others[rows], REASON, False),)

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """When that node appears."""
        return event.is_(NODE, Action.ADD) and event.new.metadata.name == pod.pod.spec.node_name
