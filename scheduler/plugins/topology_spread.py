"""PodTopologySpread: keeps the number of like Pods even between zones, nodes or other domains."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from scheduler.arrays import ALL, Bools, Ids, Ints, RowList, Rows
from scheduler.listers import Listers
from scheduler.plugin import MAX_SCORE, SKIP, Rejection, State, Status
from scheduler.plugins.node_affinity import required_matches
from scheduler.plugins.spread_constraints import Constraint, ConstraintReader
from scheduler.pods.info import PodInfo
from scheduler.pods.template import Template
from scheduler.queueing.events import NODE, POD, Action, Event
from scheduler.state.cluster import Cluster
from scheduler.state.labels import HOSTNAME
from scheduler.state.taints import TaintSet, first_untolerated

REASON = "node(s) didn't match pod topology spread constraints"
REASON_LABEL = REASON + " (missing required label)"


class _Counted(NamedTuple):
    """A hard constraint with what was counted: Pods by domain, and the fewest in any domain."""

    constraint: Constraint
    ids: Ids
    sums: Ints
    fewest: int


class _Weighed(NamedTuple):
    """A soft constraint with Pods by domain (None: count each node's own) and the weight of its domains' number."""

    constraint: Constraint
    ids: Ids
    sums: Ints | None
    weight: float


class TopologySpread:
    """Filters by hard constraints, scores by soft ones. Args: see `ConstraintReader`."""

    name = "PodTopologySpread"
    counts_pods = True

    def __init__(self, cluster: Cluster, listers: Listers, args: Mapping[str, Any]) -> None:
        self._cluster = cluster
        self._reader = ConstraintReader(listers, args)

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """Count by domain over all nodes that the constraints are about."""
        hard = self._reader.of(pod.template).hard
        if not hard:
            return SKIP
        everywhere = self._having(hard, ALL) & self._cluster.columns.valid
        state.data[self.name] = [self._count(c, pod.template, everywhere) for c in hard]
        return None

    def _count(self, constraint: Constraint, template: Template, among: Bools) -> _Counted:
        column = self._cluster.columns.labels.column(constraint.key)
        eligible = np.flatnonzero(among & self._included(constraint, template))
        sums, present = self._by_domain(constraint, column.ids, eligible, len(column.values))
        number = int(np.count_nonzero(present))
        if number < constraint.min_domains or not number:
            fewest = 0
        else:
            fewest = int(sums[present].min())
        return _Counted(constraint, column.ids, sums, fewest)

    def _by_domain(self, constraint: Constraint, ids: Ids, rows: RowList, domains: int) -> tuple[Ints, Bools]:
        counts = self._cluster.counts.of(constraint.query)
        where = ids[rows]
        sums = np.bincount(where, weights=counts[rows], minlength=domains).astype(np.int64)
        present = np.zeros(domains, dtype=np.bool_)
        present[where] = True
        present[0] = False
        return sums, present

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes without the labels, and domains that would have too many Pods more than the emptiest."""
        counted: list[_Counted] = state.data[self.name]
        lacking = np.zeros_like(self._cluster.columns.valid[rows])
        crowded = lacking.copy()
        for one in counted:
            where = one.ids[rows]
            lacking |= (where == 0) & ~crowded
            most = one.constraint.max_skew + one.fewest - int(one.constraint.selects_self)
            crowded |= (one.sums[where] > most) & (where != 0) & ~lacking
        return (Rejection(lacking, REASON_LABEL, False), Rejection(crowded, REASON))

    def pre_score(self, state: State, pod: PodInfo, rows: RowList) -> Status | None:
        """Count for the soft constraints."""
        constraints = self._reader.of(pod.template)
        soft = constraints.soft
        if not soft:
            return SKIP
        needs_all = not constraints.defaulted
        columns = self._cluster.columns
        scored = rows[self._having(soft, rows)] if needs_all else rows
        among = columns.valid & self._having(soft, ALL) if needs_all else columns.valid
        weighed = []
        for constraint in soft:
            column = columns.labels.column(constraint.key)
            if constraint.key == HOSTNAME:
                weighed.append(_Weighed(constraint, column.ids, None, math.log(len(scored) + 2)))
                continue
            eligible = np.flatnonzero(among & self._included(constraint, pod.template))
            sums, _ = self._by_domain(constraint, column.ids, eligible, len(column.values))
            domains = len(np.unique(column.ids[scored]))
            domains -= int(bool(len(scored)) and bool((column.ids[scored] == 0).any()))
            weighed.append(_Weighed(constraint, column.ids, sums, math.log(domains + 2)))
        state.data[f"{self.name}/score"] = (weighed, needs_all)
        return None

    def score(self, state: State, pod: PodInfo, rows: Rows) -> Ints:
        """The Pods in a node's domains, weighted; the fewer the better (-1: the node is not looked at)."""
        found: tuple[list[_Weighed], bool] = state.data[f"{self.name}/score"]
        weighed, needs_all = found
        total = np.zeros(len(self._cluster.columns.valid[rows]), dtype=np.float64)
        for one in weighed:
            where = one.ids[rows]
            counts = self._cluster.counts.of(one.constraint.query)[rows] if one.sums is None else one.sums[where]
            total += np.where(where != 0, counts * one.weight + (one.constraint.max_skew - 1), 0.0)
        scores = np.floor(total + 0.5).astype(np.int64)
        if needs_all:
            scores[~self._having([w.constraint for w in weighed], rows)] = -1
        return scores

    def normalize(self, state: State, pod: PodInfo, scores: Ints, rows: RowList) -> Ints:
        """The fewest Pods become 100; nodes not looked at 0."""
        looked = scores >= 0
        if not looked.any():
            return np.zeros_like(scores)
        highest, lowest = int(scores[looked].max()), int(scores[looked].min())
        if highest == 0:
            return np.where(looked, MAX_SCORE, 0)
        return np.where(looked, MAX_SCORE * (highest + lowest - scores) // highest, 0)

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """A counted Pod came, went or changed its labels, or a node's labels changed."""
        if event.resource == NODE:
            return event.is_(NODE, Action.ADD | Action.DELETE | Action.NODE_LABEL | Action.NODE_TAINT)
        if not event.is_(POD, Action.ADD | Action.DELETE | Action.POD_LABEL):
            return False
        changed = [one for one in (event.old, event.new) if one is not None]
        if any(one.uid == pod.uid for one in changed):
            return True
        own = self._reader.of(pod.template)
        return any(
            constraint.query.terms[0].matches(one.namespace, one.template.labels, self._cluster.namespace_labels)
            for constraint in own.hard
            for one in changed
        )

    def _having(self, constraints: Sequence[Constraint], rows: Rows) -> Bools:
        """Rows whose nodes have the labels of all constraints."""
        found = np.ones_like(self._cluster.columns.valid[rows])
        for constraint in constraints:
            found &= self._cluster.columns.labels.column(constraint.key).ids[rows] != 0
        return found

    def _included(self, constraint: Constraint, template: Template) -> Bools:
        """Rows that count for a constraint, by its node policies."""
        columns = self._cluster.columns
        found = np.ones_like(columns.valid)
        if constraint.honors_affinity and (template.node_selector or template.required_node_affinity is not None):
            found &= required_matches(columns.labels, template, ALL)
        if constraint.honors_taints:

            def judge(taints: TaintSet) -> int:
                return int(first_untolerated(taints, template.tolerations) is not None)

            found &= columns.taints.judge(columns.taint_set, judge) == 0
        return found
