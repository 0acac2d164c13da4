"""TaintToleration: taints keep Pods away that do not tolerate them; PreferNoSchedule ones lower the score."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from scheduler.arrays import Ints, RowList, Rows
from scheduler.plugin import SKIP, Rejection, State, Status
from scheduler.plugins.normalize import by_highest
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import NODE, POD, Action, Event
from scheduler.state.cluster import Cluster
from scheduler.state.taints import PREFER_NO_SCHEDULE, TaintSet, first_untolerated, tolerates

REASON = "node(s) had untolerated taint(s)"


class TaintToleration:
    """Filters and scores by taints."""

    name = "TaintToleration"
    local = True

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes with a taint that nothing tolerates."""
        columns = self._cluster.columns
        numbers = columns.taint_set[rows]
        if not numbers.any():
            return ()

        def judge(taints: TaintSet) -> int:
            return int(first_untolerated(taints, pod.template.tolerations) is not None)

        return (Rejection(columns.taints.judge(numbers, judge) > 0, REASON, False),)

    def pre_score(self, state: State, pod: PodInfo, rows: RowList) -> Status | None:
        """Without PreferNoSchedule taints all nodes are alike."""
        columns = self._cluster.columns
        soft = any(effect == PREFER_NO_SCHEDULE for taints in columns.taints.sets for _, _, effect in taints)
        return None if soft and columns.taint_set[rows].any() else SKIP

    def score(self, state: State, pod: PodInfo, rows: Rows) -> Ints:
        """How many PreferNoSchedule taints nothing tolerates."""
        columns = self._cluster.columns
        relevant = [t for t in pod.template.tolerations if t.effect in ("", PREFER_NO_SCHEDULE)]

        def judge(taints: TaintSet) -> int:
            soft = [(k, v, e) for k, v, e in taints if e == PREFER_NO_SCHEDULE]
            return sum(not any(tolerates(t, k, v, e) for t in relevant) for k, v, e in soft)

        return columns.taints.judge(np.asarray(columns.taint_set[rows]), judge)

    def normalize(self, state: State, pod: PodInfo, scores: Ints, rows: RowList) -> Ints:
        """The fewer the better."""
        return by_highest(scores, reverse=True)

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """A node whose taints are tolerated, or a toleration of the Pod's own."""
        if event.is_(POD, Action.POD_TOLERATION):
            return getattr(event.new, "uid", "") == pod.uid
        if not event.is_(NODE, Action.ADD | Action.NODE_TAINT):
            return False
        taints = tuple((t.key, t.value, t.effect) for t in event.new.spec.taints)
        return first_untolerated(taints, pod.template.tolerations) is None
