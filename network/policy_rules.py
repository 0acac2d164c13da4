"""NetworkPolicies as nftables: per Pod of this node a chain of what it may send and receive, if a policy selects it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from minik8s.api.core_v1 import Namespace, Pod
from minik8s.api.networking_v1 import NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from minik8s.machinery.selectors import from_label_selector

TABLE = "minik8s-policy"
_ANY = ""


class PolicyWorld:
    """What policies are judged against: the Pods with addresses of their own, and namespaces' labels."""

    def __init__(self, pods: Iterable[Pod], namespaces: Iterable[Namespace], node: str) -> None:
        self.pods = sorted((p for p in pods if _wired(p)), key=lambda p: (p.metadata.namespace, p.metadata.name))
        self.labels = {n.metadata.name: n.metadata.labels for n in namespaces}
        self.node = node

    def here(self) -> list[Pod]:
        """The Pods of this node."""
        return [pod for pod in self.pods if pod.spec.node_name == self.node]


def _wired(pod: Pod) -> bool:
    return bool(pod.status.pod_ip) and not pod.spec.host_network and pod.status.phase not in ("Succeeded", "Failed")


def directions(policy: NetworkPolicy) -> set[str]:
    """Ingress, Egress or both; without policyTypes, Ingress always and Egress when it has such rules."""
    if policy.spec.policy_types:
        return set(policy.spec.policy_types)
    return {"Ingress", "Egress"} if policy.spec.egress else {"Ingress"}


def render(policies: Iterable[NetworkPolicy], world: PolicyWorld) -> str:
    """The whole table for `nft -f`, replaced in one transaction; without isolated Pods it only removes the table."""
    sets: dict[str, list[str]] = {}
    chains: list[str] = []
    maps: dict[str, list[str]] = {"Egress": [], "Ingress": []}
    selected = [(p, from_label_selector(p.spec.pod_selector)) for p in policies]
    selected.sort(key=lambda pair: (pair[0].metadata.namespace, pair[0].metadata.name))
    for pod in world.here():
        ours = [
            p for p, s in selected if p.metadata.namespace == pod.metadata.namespace and s.matches(pod.metadata.labels)
        ]
        for direction in ("Egress", "Ingress"):
            applying = [policy for policy in ours if direction in directions(policy)]
            if not applying:
                continue
            name = f"{direction.lower()}-{pod.status.pod_ip}"
            maps[direction].append(f"{pod.status.pod_ip} : jump {name}")
            rules = [r for policy in applying for r in _rules(policy, direction, pod, world, sets)]
            chains.append(f"add chain ip {TABLE} {name}")
            chains += [f"add rule ip {TABLE} {name} {rule}" for rule in [*dict.fromkeys(rules), "drop"]]
    head = [f"add table ip {TABLE}", f"delete table ip {TABLE}"]
    if not chains:
        return "\n".join(head) + "\n"
    head.append(f"add table ip {TABLE}")
    for name, elements in sets.items():
        head.append(f"add set ip {TABLE} {name} {{ type ipv4_addr; flags interval; auto-merge; }}")
        if elements:
            head.append(f"add element ip {TABLE} {name} {{ {', '.join(elements)} }}")
    tail = [
        f"add chain ip {TABLE} forward {{ type filter hook forward priority filter; }}",
        f"add rule ip {TABLE} forward ct state established,related accept",
    ]
    for direction, side in (("Egress", "saddr"), ("Ingress", "daddr")):
        if maps[direction]:
            tail.append(f"add rule ip {TABLE} forward ip {side} vmap {{ {', '.join(maps[direction])} }}")
    return "\n".join([*head, *chains, *tail]) + "\n"


def _rules(
    policy: NetworkPolicy, direction: str, pod: Pod, world: PolicyWorld, sets: dict[str, list[str]]
) -> list[str]:
    found: list[str] = []
    if direction == "Ingress":
        pairs = [(rule.from_, rule.ports) for rule in policy.spec.ingress]
    else:
        pairs = [(rule.to, rule.ports) for rule in policy.spec.egress]
    side = "saddr" if direction == "Ingress" else "daddr"
    for peers, ports in pairs:
        wheres = [(_ANY, list(world.pods))] if not peers else _peers(peers, policy, side, world, sets)
        for where, targets in wheres:
            if not ports:
                found.append(f"{where}return")
                continue
            for port in ports:
                found += [f"{match}return" for match in _ports(port, direction, pod, where, side, targets)]
    return found


def _peers(
    peers: list[NetworkPolicyPeer], policy: NetworkPolicy, side: str, world: PolicyWorld, sets: dict[str, list[str]]
) -> list[tuple[str, list[Pod]]]:
    found: list[tuple[str, list[Pod]]] = []
    chosen: dict[str, Pod] = {}
    for peer in peers:
        if peer.ip_block is not None:
            if ":" in peer.ip_block.cidr:
                continue
            inside = f"ip {side} {peer.ip_block.cidr} "
            excepted = ", ".join(e for e in peer.ip_block.except_ if ":" not in e)
            found.append((inside + (f"ip {side} != {{ {excepted} }} " if excepted else ""), []))
            continue
        chosen.update({pod.status.pod_ip: pod for pod in _selected(peer, policy, world)})
    if chosen:
        elements = sorted(chosen)
        name = "pods-" + hashlib.sha256(",".join(elements).encode()).hexdigest()[:12]
        sets[name] = elements
        found.append((f"ip {side} @{name} ", list(chosen.values())))
    return found


def _selected(peer: NetworkPolicyPeer, policy: NetworkPolicy, world: PolicyWorld) -> list[Pod]:
    spaces = {policy.metadata.namespace}
    if peer.namespace_selector is not None:
        wanted = from_label_selector(peer.namespace_selector)
        spaces = {name for name, labels in world.labels.items() if wanted.matches(labels)}
    pods = [pod for pod in world.pods if pod.metadata.namespace in spaces]
    if peer.pod_selector is None:
        return pods
    selector = from_label_selector(peer.pod_selector)
    return [pod for pod in pods if selector.matches(pod.metadata.labels)]


def _ports(port: NetworkPolicyPort, direction: str, pod: Pod, where: str, side: str, targets: list[Pod]) -> list[str]:
    protocol = (port.protocol or "TCP").lower()
    if port.port is None:
        return [f"{where}meta l4proto {protocol} "]
    if isinstance(port.port, int):
        end = f"-{port.end_port}" if port.end_port else ""
        return [f"{where}{protocol} dport {port.port}{end} "]
    if direction == "Ingress":
        return [f"{where}{protocol} dport {number} " for number in _named(pod, port.port, protocol)]
    return [
        f"ip {side} {target.status.pod_ip} {protocol} dport {number} "
        for target in targets
        for number in _named(target, port.port, protocol)
    ]


def _named(pod: Pod, name: str, protocol: str) -> list[int]:
    return [
        port.container_port
        for container in pod.spec.containers
        for port in container.ports
        if port.name == name and (port.protocol or "TCP").lower() == protocol
    ]
