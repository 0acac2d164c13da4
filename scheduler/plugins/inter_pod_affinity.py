"""InterPodAffinity: Pods that want to be near other Pods, or away from them, and Pods there that want others away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from scheduler.arrays import Ids, Ints, RowList, Rows
from scheduler.plugin import MAX_SCORE, SKIP, Rejection, State, Status
from scheduler.pods.info import PodInfo
from scheduler.pods.terms import (
    PREFERRED_AFFINITY,
    PREFERRED_ANTI,
    REQUIRED_AFFINITY,
    REQUIRED_ANTI,
    Term,
)
from scheduler.queueing.events import NODE, POD, Action, Event
from scheduler.state.cluster import Cluster
from scheduler.state.counts import Query

REASON_AFFINITY = "node(s) didn't match pod affinity rules"
REASON_ANTI = "node(s) didn't match pod anti-affinity rules"
REASON_EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"


class _Domains(NamedTuple):
    """A topology key's column and Pods by its domains."""

    ids: Ids
    sums: Ints


class _Rules(NamedTuple):
    near: list[_Domains]
    near_itself: bool
    away: list[_Domains]
    kept_away: list[_Domains]


class InterPodAffinity:
    """Filters by required terms, scores by preferred ones. Args: `hardPodAffinityWeight`,
    `ignorePreferredTermsOfExistingPods`.
    """

    name = "InterPodAffinity"
    counts_pods = True

    def __init__(self, cluster: Cluster, args: Mapping[str, Any]) -> None:
        self._cluster = cluster
        weight = args.get("hardPodAffinityWeight")
        self._hard_weight = 1 if weight is None else int(weight)
        if not 0 <= self._hard_weight <= 100:
            raise ValueError(f"hardPodAffinityWeight: {self._hard_weight} must be 0 to 100")
        self._ignore_existing = bool(args.get("ignorePreferredTermsOfExistingPods"))

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """Count by domain what the Pod's terms mean, and the Pods there that want it away."""
        template = pod.template
        carried = self._cluster.carried
        near = [t.term for t in template.terms if t.kind == REQUIRED_AFFINITY]
        away = [t.term for t in template.terms if t.kind == REQUIRED_ANTI]
        existing = list(carried.meaning(REQUIRED_ANTI, template)) if carried.any_of(REQUIRED_ANTI) else []
        if not near and not away and not existing:
            return SKIP
        counts = self._cluster.counts
        near_counts = counts.of(Query(tuple(near))) if near else None
        labels = self._cluster.namespace_labels
        state.data[self.name] = _Rules(
            [self._domains(term.topology_key, near_counts) for term in near if near_counts is not None],
            all(t.matches(template.namespace, template.labels, labels) for t in near),
            [self._domains(term.topology_key, counts.of(Query((term,)))) for term in away],
            [self._domains(one.term.term.topology_key, one.rows) for one in existing],
        )
        return None

    def _domains(self, key: str, counts: Ints) -> _Domains:
        column = self._cluster.columns.labels.column(key)
        sums = np.bincount(column.ids, weights=counts, minlength=len(column.values)).astype(np.int64)
        sums[0] = 0
        return _Domains(column.ids, sums)

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes away from what the Pod must be near, or near what must be apart."""
        rules: _Rules = state.data[self.name]
        found = []
        left = self._cluster.columns.valid[rows].copy()
        if rules.near:
            lacking = np.zeros_like(left)
            nobody = np.zeros_like(left)
            for domains in rules.near:
                where = domains.ids[rows]
                lacking |= where == 0
                nobody |= domains.sums[where] <= 0
            # The first of a group that wants to be together may go anywhere with the labels.
            first = rules.near_itself and not any(d.sums.any() for d in rules.near)
            wrong = lacking if first else lacking | nobody
            found.append(Rejection(wrong & left, REASON_AFFINITY, False))
            left &= ~wrong
        for together, reason in ((rules.away, REASON_ANTI), (rules.kept_away, REASON_EXISTING)):
            if together:
                wrong = np.zeros_like(left)
                for domains in together:
                    where = domains.ids[rows]
                    wrong |= (where != 0) & (domains.sums[where] > 0)
                found.append(Rejection(wrong & left, reason))
                left &= ~wrong
        return found

    def pre_score(self, state: State, pod: PodInfo, rows: RowList) -> Status | None:
        """Add up the weights by domain, of the Pod's own terms and of those that Pods there carry."""
        template = pod.template
        wanted: list[tuple[int, str, Ints]] = []
        for one in template.terms:
            if one.kind in (PREFERRED_AFFINITY, PREFERRED_ANTI):
                sign = 1 if one.kind == PREFERRED_AFFINITY else -1
                wanted.append((sign * one.weight, one.term.topology_key, self._cluster.counts.of(Query((one.term,)))))
        own = bool(wanted)
        carried = self._cluster.carried
        kinds = []
        if self._hard_weight and (own or not self._ignore_existing):
            kinds.append(REQUIRED_AFFINITY)
        if own or not self._ignore_existing:
            kinds += [PREFERRED_AFFINITY, PREFERRED_ANTI]
        for kind in kinds:
            for held in carried.meaning(kind, template):
                weight = self._hard_weight if kind == REQUIRED_AFFINITY else held.term.weight
                sign = -1 if kind == PREFERRED_ANTI else 1
                wanted.append((sign * weight, held.term.term.topology_key, held.rows))
        if not wanted:
            return SKIP
        by_key: dict[str, Ints] = {}
        for weight, key, counts in wanted:
            by_key[key] = by_key[key] + counts * weight if key in by_key else counts * weight
        summed = [self._domains(key, counts) for key, counts in by_key.items()]
        if not any(domains.sums.any() for domains in summed):
            return SKIP
        state.data[f"{self.name}/score"] = summed
        return None

    def score(self, state: State, pod: PodInfo, rows: Rows) -> Ints:
        """The sum over a node's domains."""
        summed: list[_Domains] = state.data[f"{self.name}/score"]
        total: Ints = summed[0].sums[summed[0].ids[rows]]
        for domains in summed[1:]:
            total = total + domains.sums[domains.ids[rows]]
        return total

    def normalize(self, state: State, pod: PodInfo, scores: Ints, rows: RowList) -> Ints:
        """The lowest becomes 0, the highest 100."""
        lowest, highest = int(scores.min()), int(scores.max())
        if lowest == highest:
            return np.zeros_like(scores)
        return (MAX_SCORE * ((scores - lowest) / (highest - lowest))).astype(np.int64)

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """A Pod it wants near came or changed, one it must be apart from went or changed, or a node came."""
        if event.resource == NODE:
            return self._node_helps(event, pod)
        if not event.is_(POD, Action.ADD | Action.DELETE | Action.POD_LABEL):
            return False
        if any(one is not None and one.uid == pod.uid for one in (event.old, event.new)):
            return True
        before, after = event.old, event.new
        own = pod.template.terms
        if after is not None and any(t.kind == REQUIRED_AFFINITY and self._means(t.term, after) for t in own):
            return True
        if before is None:
            return False
        if any(t.kind == REQUIRED_ANTI and self._means(t.term, before) for t in own):
            return True
        return any(t.kind == REQUIRED_ANTI and self._means(t.term, pod) for t in before.template.terms)

    def _node_helps(self, event: Event, pod: PodInfo) -> bool:
        if not event.is_(NODE, Action.ADD | Action.NODE_LABEL):
            return False
        if any(t.kind == REQUIRED_ANTI for t in pod.template.terms) or self._cluster.carried.any_of(REQUIRED_ANTI):
            return True
        labels = event.new.metadata.labels
        return all(t.term.topology_key in labels for t in pod.template.terms if t.kind == REQUIRED_AFFINITY)

    def _means(self, term: Term, pod: PodInfo) -> bool:
        return term.matches(pod.namespace, pod.template.labels, self._cluster.namespace_labels)
