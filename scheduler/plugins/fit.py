"""NodeResourcesFit: the Pod's requests must fit into what the node has left; scores by how much is taken then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from minik8s.api.core_v1 import Node
from scheduler import resources
from scheduler.arrays import Ints, Rows
from scheduler.plugin import Rejection, State
from scheduler.plugins.strategies import Strategy, read_strategy
from scheduler.pods.info import PodInfo
from scheduler.pods.template import Template
from scheduler.queueing.events import NODE, POD, Action, Event
from scheduler.state.cluster import Cluster

TOO_MANY_PODS = "Too many pods"


class Fit:
    """Filters and scores by resources. Args: `scoringStrategy`, `ignoredResources`, `ignoredResourceGroups`."""

    name = "NodeResourcesFit"
    local = True

    def __init__(self, cluster: Cluster, args: Mapping[str, Any], ignored: frozenset[str] = frozenset()) -> None:
        self._cluster = cluster
        self._ignored = ignored | frozenset(args.get("ignoredResources") or ())
        self._ignored_groups = frozenset(args.get("ignoredResourceGroups") or ())
        for group in self._ignored_groups:
            if "/" in group:
                raise ValueError(f"ignoredResourceGroups: {group!r} must be a group, without a /")
        self._strategy: Strategy = read_strategy(args.get("scoringStrategy"))

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes that have too little left, by resource; where they would have too little when empty, for good."""
        columns = self._cluster.columns
        full = columns.pods[rows] + 1 > columns.allowed_pods[rows]
        found = [Rejection(full, TOO_MANY_PODS)] if full.any() else []
        for number, amount in pod.template.requests:
            if self._ignores(number):
                continue
            reason = f"Insufficient {resources.name_of(number)}"
            if not columns.has_resource(number):
                found.append(Rejection(np.ones(len(full), dtype=np.bool_), reason, False))
                continue
            allocatable = columns.allocatable[number][rows]
            short = columns.requested[number][rows] + amount > allocatable
            if short.any():
                never = allocatable < amount
                found.append(Rejection(short & ~never, reason))
                found.append(Rejection(never, reason, False))
        return found

    def score(self, state: State, pod: PodInfo, rows: Rows) -> Ints:
        """By the profile's strategy."""
        return self._strategy.score(self._cluster.columns, pod.template, rows)

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """A Pod left or shrank, or a node is big enough for the Pod."""
        if event.is_(POD, Action.DELETE):
            return True
        if event.is_(POD, Action.POD_SCALE_DOWN):
            return True
        if not event.is_(NODE, Action.ADD | Action.NODE_ALLOCATABLE):
            return False
        return self._could_hold(event.new, pod.template)

    def _could_hold(self, node: Node, template: Template) -> bool:
        allocatable = node.status.allocatable
        if resources.amount(resources.MEMORY, allocatable.get(resources.PODS, "0")) < 1:
            return False
        for number, amount in template.requests:
            if self._ignores(number):
                continue
            if resources.amount(number, allocatable.get(resources.name_of(number), "0")) < amount:
                return False
        return True

    def _ignores(self, number: int) -> bool:
        if not self._ignored and not self._ignored_groups:
            return False
        name = resources.name_of(number)
        group, slash, _ = name.partition("/")
        return name in self._ignored or bool(slash and group in self._ignored_groups)
