"""NodePorts: a port of the node is held by one Pod only."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from scheduler.arrays import Rows
from scheduler.plugin import SKIP, Rejection, State, Status
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import NODE, POD, Action, Event
from scheduler.state.cluster import Cluster

REASON = "node(s) didn't have free ports for the requested pod ports"


class NodePorts:
    """Filters nodes whose ports are taken."""

    name = "NodePorts"
    local = True

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """Most Pods take no port of the node."""
        return None if pod.template.host_ports else SKIP

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes where another Pod holds one of the ports."""
        taken = np.zeros(self._cluster.columns.capacity, dtype=np.bool_)
        taken[sorted(self._cluster.ports.conflicts(pod.template.host_ports))] = True
        return (Rejection(taken[rows], REASON),)

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """A Pod that held one of the ports left, or a node came."""
        if event.is_(POD, Action.DELETE):
            held = {(p.protocol, p.port) for p in event.old.template.host_ports}
            return any((p.protocol, p.port) in held for p in pod.template.host_ports)
        return event.is_(NODE, Action.ADD)
