"""Where would Pods go, and why not elsewhere? Nodes and Pods in, placements and reasons out; nothing is written.

    what_if(nodes=[...], pods=[...], scheduled=[...])

Pods are placed one after the other in the queue's order, each counted where it went. The plugins are the daemon's.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable
from typing import Any

import numpy as np

from minik8s.api.core_v1 import Namespace, Node, Pod
from scheduler import attempt
from scheduler.evaluate import NoFit
from scheduler.handle import Handle
from scheduler.listers import Listers
from scheduler.plugin import State
from scheduler.pods.info import PodInfo
from scheduler.profile import Profile
from scheduler.settings import Choice
from scheduler.state.cluster import Cluster


@dataclasses.dataclass(frozen=True, slots=True)
class Placement:
    """Where one Pod goes: `node`, or "" with the `message` its condition would carry.

    `excluded` names for every other node the plugin that excluded it and its reasons; `scores` are the nodes left
    with each plugin's weighted score. `nominated` is the node that preemption would clear for it.
    """

    pod: str
    node: str
    message: str = ""
    nominated: str = ""
    excluded: dict[str, tuple[str, list[str]]] = dataclasses.field(default_factory=dict)
    scores: dict[str, dict[str, int]] = dataclasses.field(default_factory=dict)


class WhatIf:
    """A cluster to ask questions of. `objects` are any others that plugins look at (claims, volumes, Services …)."""

    def __init__(
        self,
        nodes: Iterable[Node] = (),
        scheduled: Iterable[Pod] = (),
        objects: Iterable[Any] = (),
        choice: Choice | None = None,
        seed: int = 0,
    ) -> None:
        self.cluster = Cluster()
        others = list(objects)
        self.handle = Handle(cluster=self.cluster, listers=Listers(others))
        for obj in others:
            if isinstance(obj, Namespace):
                self.cluster.set_namespace(obj.metadata.name, obj.metadata.labels)
        for node in nodes:
            self.cluster.put_node(node)
        for pod in scheduled:
            self.cluster.add_pod(PodInfo(pod))
        self.profile = Profile("default-scheduler", self.handle, choice, random.Random(seed))

    def place(self, pod: Pod, explain: bool = False) -> Placement:
        """Place one Pod and count it where it went. `explain` fills `excluded` and `scores`. Raises PluginError."""
        info = PodInfo(pod)
        info.node = ""
        gate = self.profile.gate(info)
        if gate is not None:
            return Placement(info.key, "", gate.message)
        excluded, scores = self._explain(info) if explain else ({}, {})
        outcome = attempt.place(self.profile, info)
        if outcome.diagnosis is not None:
            return Placement(info.key, "", outcome.diagnosis.message, outcome.nominate or "", excluded, scores)
        info.node, info.assumed = outcome.node, True
        self.cluster.add_pod(info)
        attempt.reserve(self.profile, outcome.state, info, outcome.node)
        return Placement(info.key, outcome.node, "", "", excluded, scores)

    def _explain(self, pod: PodInfo) -> tuple[dict[str, tuple[str, list[str]]], dict[str, dict[str, int]]]:
        evaluator, columns = self.profile.evaluator, self.cluster.columns
        state = State()
        rows = np.flatnonzero(columns.valid)
        try:
            evaluator.pre_filter(state, pod)
        except NoFit as error:
            reason = [error.diagnosis.pre_filter]
            plugin = next(iter(error.diagnosis.plugins | error.diagnosis.pending), "")
            return {columns.name(int(row)): (plugin, reason) for row in rows}, {}
        excluded: dict[str, tuple[str, list[str]]] = {}
        for plugin, rejections in evaluator.filter_rows(state, pod, rows):
            for row in rows:
                name = columns.name(int(row))
                reasons = [r.reason for r in rejections if r.mask[row]]
                if reasons and name not in excluded:
                    excluded[name] = (plugin, reasons)
        if state.only is not None:
            for row in rows:
                excluded.setdefault(columns.name(int(row)), (", ".join(state.only_by), ["node(s) not asked for"]))
            for name in state.only:
                if excluded.get(name, ("", [""]))[1] == ["node(s) not asked for"]:
                    del excluded[name]
        left = np.array([row for row in rows if columns.name(int(row)) not in excluded], dtype=np.intp)
        scores: dict[str, dict[str, int]] = {}
        if len(left):
            for plugin, numbers in evaluator.by_plugin(state, pod, left).items():
                for row, number in zip(left, numbers, strict=True):
                    scores.setdefault(columns.name(int(row)), {})[plugin] = int(number)
        return excluded, scores


def what_if(
    nodes: Iterable[Node],
    pods: Iterable[Pod],
    scheduled: Iterable[Pod] = (),
    objects: Iterable[Any] = (),
    choice: Choice | None = None,
    seed: int = 0,
    explain: bool = False,
) -> list[Placement]:
    """Place Pods in the order of the queue: higher priority first, then as given."""
    question = WhatIf(nodes, scheduled, objects, choice, seed)
    waiting = [(question.profile.queue_sort.key(PodInfo(pod), float(at)), pod) for at, pod in enumerate(pods)]
    return [question.place(pod, explain) for _, pod in sorted(waiting, key=lambda one: one[0])]
