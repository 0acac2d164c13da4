"""Whether a Pod that was bound to this node may run here: the node has the last word."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kubelet.context import NodeContext
from kubelet.pods.declared import every_container, sysctl_name
from kubelet.pods.resources import requests_of
from kubelet.pods.security import effective
from minik8s.api.core_v1 import Node, NodeSelectorRequirement, NodeSelectorTerm, Pod
from minik8s.machinery import quantity
from minik8s.machinery.resource_names import is_extended


class Admission:
    """Judges Pods by what the node has left, its labels, its ports and its taints."""

    def __init__(self, context: NodeContext, node: Callable[[], Node | None]) -> None:
        self._context, self._node = context, node

    def judge(self, pod: Pod, others: list[Pod]) -> tuple[str, str]:
        """("", "") when the Pod may run, else reason and message."""
        if pod.spec.os is not None and pod.spec.os.name not in ("", "linux"):
            return "PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"
        if _groups_of_images_join(pod):
            return (
                "SupplementalGroupsPolicyNotSupported",
                "SupplementalGroupsPolicy=Strict is not supported in this node",
            )
        allocatable = self._context.allocatable
        if allocatable:
            for verdict in (self._count(others, allocatable), self._resources(pod, others, allocatable)):
                if verdict[0]:
                    return verdict
        node = self._node()
        if node is not None and not matches_node(pod, node):
            return "NodeAffinity", "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
        if clash := _port_clash(pod, others):
            return "NodePorts", f"Predicate NodePorts failed: {clash}"
        return self._sysctls(pod)

    def fits(self, pod: Pod, others: list[Pod]) -> str | None:
        """Why a running Pod may not have the resources it asks for now: "" when it may, None when nobody knows yet."""
        allocatable = self._context.allocatable
        return self._resources(pod, others, allocatable)[1] if allocatable else None

    def _count(self, others: list[Pod], allocatable: object) -> tuple[str, str]:
        most = int(self._context.config.max_pods)
        if len(others) + 1 > most:
            return "OutOfpods", (
                f"Node didn't have enough resource: pods, requested: 1, used: {len(others)}, capacity: {most}"
            )
        return "", ""

    def _resources(self, pod: Pod, others: list[Pod], allocatable: object) -> tuple[str, str]:
        assert isinstance(allocatable, dict)
        node = self._node()
        advertised = node.status.allocatable if node is not None else {}
        wanted = requests_of(pod)
        for name, amount in wanted.items():
            capacity = allocatable.get(name, "0")
            if is_extended(name):
                # One the node does not have is the cluster's own, and the scheduler's matter.
                if name not in advertised:
                    continue
                capacity = advertised[name]
            used = "0"
            for other in others:
                used = quantity.add(used, requests_of(other).get(name, "0"))
            if quantity.cmp(quantity.add(used, amount), capacity) > 0 and quantity.cmp(amount, "0") > 0:
                number = quantity.milli_value if name == "cpu" else quantity.value
                return f"OutOf{name}", (
                    f"Node didn't have enough resource: {name}, requested: {number(amount)}, "
                    f"used: {number(used)}, capacity: {number(capacity)}"
                )
        return "", ""

    def _sysctls(self, pod: Pod) -> tuple[str, str]:
        context = pod.spec.security_context
        for sysctl in context.sysctls if context is not None else ():
            name = sysctl_name(sysctl.name)
            allowed = name in _SAFE_SYSCTLS or any(
                name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1]))
                for pattern in self._context.config.allowed_unsafe_sysctls
            )
            if not allowed:
                return "SysctlForbidden", f'forbidden sysctl: "{sysctl.name}" not allowlisted'
        return "", ""


def _groups_of_images_join(pod: Pod) -> bool:
    """Whether a container would get groups of its image that the Pod forbids: Docker adds them unless told a group."""
    shared = pod.spec.security_context
    if shared is None or shared.supplemental_groups_policy != "Strict":
        return False
    return any(effective(pod, container).run_as_group is None for container in every_container(pod.spec))


_SAFE_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_wmem",
    }
)


def matches_node(pod: Pod, node: Node) -> bool:
    """Whether the node is one the Pod selects."""
    labels = node.metadata.labels
    if any(labels.get(key) != value for key, value in pod.spec.node_selector.items()):
        return False
    affinity = pod.spec.affinity.node_affinity if pod.spec.affinity is not None else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity is not None else None
    return required is None or any(_term(term, node) for term in required.node_selector_terms)


def _term(term: NodeSelectorTerm, node: Node) -> bool:
    if not term.match_expressions and not term.match_fields:
        return False
    fields = {"metadata.name": node.metadata.name}
    return all(_holds(r, node.metadata.labels) for r in term.match_expressions) and all(
        _holds(r, fields) for r in term.match_fields
    )


def _holds(requirement: NodeSelectorRequirement, held: dict[str, str]) -> bool:
    value = held.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    try:
        number, bound = int(value or ""), int(requirement.values[0])
    except (ValueError, IndexError):
        return False
    return number > bound if requirement.operator == "Gt" else number < bound


def _ports(pod: Pod) -> set[tuple[str, int, str]]:
    return {
        (port.protocol or "TCP", port.host_port, port.host_ip or "0.0.0.0")
        for container in (*pod.spec.init_containers, *pod.spec.containers)
        for port in container.ports
        if port.host_port
    }


def _port_clash(pod: Pod, others: Iterable[Pod]) -> str:
    mine = _ports(pod)
    for other in others if mine else ():
        for protocol, port, address in _ports(other):
            for wanted in mine:
                same = wanted[:2] == (protocol, port)
                if same and (wanted[2] == address or "0.0.0.0" in (wanted[2], address)):
                    return "node(s) didn't have free ports for the requested pod ports"
    return ""
