"""Where would Pods go, and why not elsewhere? Nodes and Pods in, placements and reasons out; nothing is written.

    what_if(nodes=[...], pods=[...], scheduled=[...])

Pods are placed one after the other in the queue's order, each counted where it went. The plugins are the daemon's.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable
from typing import Any

from minik8s.api.core_v1 import Namespace, Node, Pod
from scheduler import attempt
from scheduler import explain as explanation
from scheduler.explain import Explanation
from scheduler.handle import Handle
from scheduler.listers import Listers
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
        found = explanation.explain(self.profile, info) if explain else Explanation()
        outcome = attempt.place(self.profile, info)
        if outcome.diagnosis is not None:
            return Placement(
                info.key, "", outcome.diagnosis.message, outcome.nominate or "", found.excluded, found.scores
            )
        info.node, info.assumed = outcome.node, True
        self.cluster.add_pod(info)
        attempt.reserve(self.profile, outcome.state, info, outcome.node)
        return Placement(info.key, outcome.node, "", "", found.excluded, found.scores)


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
