"""What this node's Pod network should be, computed purely from the Nodes."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable

from minik8s.api.core_v1 import Node


@dataclasses.dataclass(frozen=True, slots=True)
class Peer:
    """Another node: its name, where it is, and the network of its Pods."""

    name: str
    address: str
    pod_cidr: str


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """This node's Pod network, its own address, all others that can be reached, and every node's address."""

    pod_cidr: str
    address: str
    peers: tuple[Peer, ...]
    node_addresses: tuple[str, ...]


def internal_ip(node: Node) -> str:
    """The node's first IPv4 InternalIP, or ""."""
    for address in node.status.addresses:
        if address.type == "InternalIP" and ":" not in address.address:
            return address.address
    return ""


def pod_cidr(node: Node) -> str:
    """The node's IPv4 Pod network, or "" while it has none."""
    for cidr in [*node.spec.pod_cidrs, node.spec.pod_cidr]:
        if cidr and ":" not in cidr:
            return str(ipaddress.ip_network(cidr, strict=False))
    return ""


def plan_of(name: str, nodes: Iterable[Node]) -> Plan | None:
    """The plan of the node called `name`; None while it has no Pod network yet."""
    known = sorted(nodes, key=lambda node: node.metadata.name)
    own = next((node for node in known if node.metadata.name == name), None)
    if own is None or not pod_cidr(own):
        return None
    address = internal_ip(own)
    peers = tuple(
        Peer(node.metadata.name, internal_ip(node), pod_cidr(node))
        for node in known
        # Hollow nodes have Pod networks too, but no machine of their own: nothing to route to.
        if node is not own and internal_ip(node) not in ("", address) and pod_cidr(node)
    )
    addresses = sorted({found for node in known if (found := internal_ip(node))}, key=ipaddress.ip_address)
    return Plan(pod_cidr(own), address, peers, tuple(addresses))


def vxlan_mac(address: str) -> str:
    """The hardware address of a node's vxlan device: made from its address, so that nobody has to be asked."""
    return "0a:58:" + ":".join(f"{byte:02x}" for byte in ipaddress.IPv4Address(address).packed)


def vxlan_ip(cidr: str) -> str:
    """The address of a node's vxlan device: the first of its Pod network, which no Pod gets."""
    return str(ipaddress.ip_network(cidr).network_address)
