"""NodeAffinity: a Pod's `nodeSelector` and node affinity, and the affinity a profile adds to every Pod."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from minik8s.api.core_v1 import Node, NodeSelector, PreferredSchedulingTerm
from minik8s.api.core_v1 import NodeAffinity as ApiNodeAffinity
from scheduler.arrays import Bools, Ints, RowList, Rows
from scheduler.plugin import SKIP, Rejection, State, Status
from scheduler.plugins.normalize import by_highest
from scheduler.pods.info import PodInfo
from scheduler.pods.template import Template
from scheduler.queueing.events import NODE, POD, Action, Event
from scheduler.state.cluster import Cluster
from scheduler.state.labels import Labels

REASON = "node(s) didn't match Pod's node affinity/selector"
REASON_ADDED = "node(s) didn't match scheduler-enforced node affinity"


class NodeAffinity:
    """Filters and scores by node labels; `added` is `addedAffinity` of the profile."""

    name = "NodeAffinity"
    local = True

    def __init__(self, cluster: Cluster, added: ApiNodeAffinity | None = None) -> None:
        self._cluster = cluster
        self._added = added.required_during_scheduling_ignored_during_execution if added else None
        self._added_preferred = added.preferred_during_scheduling_ignored_during_execution if added else []

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """Skip when nothing is asked; a Pod that names nodes by field (a DaemonSet's) needs only those looked at."""
        template = pod.template
        required = template.required_node_affinity
        if self._added is None and required is None and not template.node_selector:
            return SKIP
        names = _named_nodes(required) if required is not None else None
        if names is not None:
            state.restrict(self.name, names)
        return None

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes with other labels."""
        labels = self._cluster.columns.labels
        found = []
        if self._added is not None:
            found.append(Rejection(~labels.match(self._added, rows), REASON_ADDED, False))
        wrong = ~required_matches(labels, pod.template, rows)
        if found:
            wrong &= ~found[0].mask
        return [*found, Rejection(wrong, REASON, False)]

    def pre_score(self, state: State, pod: PodInfo, rows: RowList) -> Status | None:
        """Skip when nothing is preferred."""
        return None if self._added_preferred or pod.template.preferred_node_affinity else SKIP

    def score(self, state: State, pod: PodInfo, rows: Rows) -> Ints:
        """The sum of the weights of the preferences that a node meets."""
        labels = self._cluster.columns.labels
        size = self._cluster.columns.capacity if isinstance(rows, slice) else len(rows)
        total: Ints = np.zeros(size, dtype=np.int64)
        for wanted in (*self._added_preferred, *pod.template.preferred_node_affinity):
            if wanted.weight and not _empty(wanted):
                total += labels.match_term(wanted.preference, rows) * np.int64(wanted.weight)
        return total

    def normalize(self, state: State, pod: PodInfo, scores: Ints, rows: RowList) -> Ints:
        """The more the better."""
        return by_highest(scores)

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """A node that matches."""
        if event.is_(POD, Action.UPDATE):
            return getattr(event.new, "uid", "") == pod.uid
        if not event.is_(NODE, Action.ADD | Action.NODE_LABEL):
            return False
        return self._matches_node(event.new, pod.template)

    def _matches_node(self, node: Node, template: Template) -> bool:
        labels = Labels(1)
        labels.set(0, node.metadata.name, node.metadata.labels)
        if self._added is not None and not labels.match(self._added, slice(None))[0]:
            return False
        return bool(required_matches(labels, template, slice(None))[0])


def required_matches(labels: Labels, template: Template, rows: Rows) -> Bools:
    """Rows that meet the Pod's node selector and required node affinity."""
    found = labels.match_all(template.node_selector, rows)
    required = template.required_node_affinity
    if required is not None:
        found &= labels.match(required, rows)
    return found


def read_added(args: object) -> ApiNodeAffinity | None:
    """`addedAffinity` of the plugin's args. Raises ValueError."""
    if args is None:
        return None
    try:
        return msgspec.convert(args, ApiNodeAffinity)
    except msgspec.ValidationError as error:
        raise ValueError(f"addedAffinity: {error}") from None


def _empty(wanted: PreferredSchedulingTerm) -> bool:
    return not wanted.preference.match_expressions and not wanted.preference.match_fields


def _named_nodes(required: NodeSelector) -> set[str] | None:
    """The node names that the terms (any may match) restrict the Pod to; None when one of them does not."""
    found: set[str] = set()
    for term in required.node_selector_terms:
        names: set[str] | None = None
        for condition in term.match_fields:
            if condition.key == "metadata.name" and condition.operator == "In":
                values = set(condition.values)
                names = values if names is None else names & values
        if names is None:
            return None
        found |= names
    return found
