"""Which nodes a DaemonSet's pods belong on, and how a pod is pinned to one."""

from __future__ import annotations

from controllers.shared.history import HASH_LABEL
from controllers.shared.node_affinity import NAME_FIELD, required_terms, selects
from controllers.shared.pods import pod_from_template
from controllers.shared.tolerations import tolerates
from minik8s.api.apps_v1 import DaemonSet
from minik8s.api.core_v1 import (
    Affinity,
    Node,
    NodeAffinity,
    NodeSelector,
    NodeSelectorRequirement,
    NodeSelectorTerm,
    Pod,
    Toleration,
)
from minik8s.machinery.copy import deep_copy

GENERATION_ANNOTATION = "deprecated.daemonset.template.generation"
GENERATION_LABEL = "pod-template-generation"
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
_TOLERATED_ON_HOST = ("node.kubernetes.io/network-unavailable", "NoSchedule")


class Placement:
    """The rules of one DaemonSet, asked for many nodes."""

    def __init__(self, owner: DaemonSet) -> None:
        spec = owner.spec.template.spec
        self._node_name = spec.node_name
        self._labels = spec.node_selector
        self._required = required_terms(spec.affinity)
        self._tolerations = [*spec.tolerations, *added_tolerations(owner)]

    def of(self, node: Node) -> tuple[bool, bool]:
        """Whether a pod should be started there, and whether one that is there may stay."""
        if self._node_name and self._node_name != node.metadata.name:
            return False, False
        if not self._labels.items() <= node.metadata.labels.items() or not selects(self._required, node):
            return False, False
        effects = {
            taint.effect for taint in node.spec.taints if not any(tolerates(t, taint) for t in self._tolerations)
        }
        if "NoExecute" in effects:
            return False, False
        return "NoSchedule" not in effects, True


def added_tolerations(owner: DaemonSet) -> list[Toleration]:
    """What every pod of a DaemonSet tolerates: a node's own troubles do not drive its daemons off."""
    wanted = list(_TOLERATED)
    if owner.spec.template.spec.host_network:
        wanted.append(_TOLERATED_ON_HOST)
    return [Toleration(key=key, operator="Exists", effect=effect) for key, effect in wanted]


def generation(owner: DaemonSet) -> str:
    """The number of the template, as the old annotation counts it; "" without one."""
    text = owner.metadata.annotations.get(GENERATION_ANNOTATION, "")
    return text if text.isdigit() else ""


def pod_for(owner: DaemonSet, node: str, digest: str) -> Pod:
    """A new pod of the present template, for one node; the scheduler binds it."""
    pod = pod_from_template(owner.spec.template, owner)
    if number := generation(owner):
        pod.metadata.labels[GENERATION_LABEL] = number
    if digest:
        pod.metadata.labels[HASH_LABEL] = digest
    held = pod.spec.tolerations
    pod.spec.tolerations = held + [one for one in added_tolerations(owner) if one not in held]
    pod.spec.affinity = pinned(pod.spec.affinity, node)
    return pod


def pinned(affinity: Affinity | None, node: str) -> Affinity:
    """An affinity whose every required term also asks for that node."""
    pin = NodeSelectorRequirement(key=NAME_FIELD, operator="In", values=[node])
    made = deep_copy(affinity) if affinity is not None else Affinity()
    made.node_affinity = made.node_affinity or NodeAffinity()
    terms = made.node_affinity.required_during_scheduling_ignored_during_execution
    if terms is None or not terms.node_selector_terms:
        terms = NodeSelector(node_selector_terms=[NodeSelectorTerm()])
    for term in terms.node_selector_terms:
        term.match_fields = [pin]
    made.node_affinity.required_during_scheduling_ignored_during_execution = terms
    return made


def node_of(pod: Pod) -> str:
    """The node a pod is on, or is pinned to; "" when it is pinned to none."""
    if pod.spec.node_name:
        return pod.spec.node_name
    terms = required_terms(pod.spec.affinity)
    for term in terms.node_selector_terms if terms is not None else ():
        for field in term.match_fields:
            if field.key == NAME_FIELD and field.operator == "In" and len(field.values) == 1:
                return field.values[0]
    return ""
