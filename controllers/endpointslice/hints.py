"""Hints that tell a data plane which endpoints to prefer: `spec.trafficDistribution` and topology mode Auto."""

from __future__ import annotations

import math
from collections.abc import Iterable

from controllers.endpointslice.endpoints import ZONE
from minik8s.api.core_v1 import Node, Service
from minik8s.api.discovery_v1 import Endpoint, EndpointHints, ForNode, ForZone
from minik8s.machinery import quantity
from minik8s.machinery.conditions import is_true

MODE_ANNOTATIONS = ("service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints")
OVERLOAD = 0.2
"""How much more than its share the endpoints of a zone may get in mode Auto."""
_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


def wants_auto(service: Service) -> bool:
    """Whether its annotation asks for hints in proportion to the zones' CPUs."""
    mode = next((service.metadata.annotations[a] for a in MODE_ANNOTATIONS if a in service.metadata.annotations), "")
    return mode in ("Auto", "auto")


def give_hints(service: Service, endpoints: list[Endpoint], nodes: Iterable[Node]) -> str:
    """Set the hints of all endpoints; returns why there are none although mode Auto asked for them."""
    distribution = service.spec.traffic_distribution or ""
    if wants_auto(service):
        return _allocate([e for e in endpoints if _is_ready(e)], cpu_shares(nodes))
    if distribution in ("PreferClose", "PreferSameZone", "PreferSameNode"):
        for endpoint in endpoints:
            if _is_ready(endpoint):
                endpoint.hints = _near(endpoint, distribution == "PreferSameNode")
    return ""


def _is_ready(endpoint: Endpoint) -> bool:
    return endpoint.conditions.ready is not False


def _near(endpoint: Endpoint, node: bool) -> EndpointHints | None:
    zones = [ForZone(name=endpoint.zone)] if endpoint.zone else []
    nodes = [ForNode(name=endpoint.node_name)] if node and endpoint.node_name else []
    return EndpointHints(for_zones=zones, for_nodes=nodes) if zones or nodes else None


def cpu_shares(nodes: Iterable[Node]) -> dict[str, float]:
    """Each zone's share of the CPUs of ready worker nodes; empty when a node tells too little."""
    cpus: dict[str, float] = {}
    for node in nodes:
        if any(label in node.metadata.labels for label in _CONTROL_PLANE) or not is_true(
            node.status.conditions, "Ready"
        ):
            continue
        zone, cpu = node.metadata.labels.get(ZONE), node.status.allocatable.get("cpu")
        if not zone or not cpu:
            return {}
        cpus[zone] = cpus.get(zone, 0.0) + float(quantity.parse(cpu))
    total = sum(cpus.values())
    return {zone: cpu / total for zone, cpu in cpus.items()} if total and len(cpus) > 1 else {}


def _allocate(ready: list[Endpoint], shares: dict[str, float]) -> str:
    if not shares:
        return "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes"
    if len(ready) < len(shares):
        return "Insufficient number of endpoints"
    if any(not endpoint.zone for endpoint in ready):
        return "One or more endpoints do not have a zone specified"
    least = {zone: max(math.ceil(share * len(ready) / (1 + OVERLOAD)), 1) for zone, share in shares.items()}
    if sum(least.values()) > len(ready):
        return "Insufficient number of endpoints"
    by_zone: dict[str, list[Endpoint]] = {zone: [] for zone in shares}
    spare: list[Endpoint] = []
    for endpoint in ready:
        own = by_zone.get(endpoint.zone or "")
        if own is not None:
            own.append(endpoint)
        else:
            spare.append(endpoint)
    for zone, own in by_zone.items():
        goal = max(round(shares[zone] * len(ready)), least[zone])
        while len(own) > goal:
            spare.append(own.pop())
    for zone in sorted(by_zone, key=lambda z: len(by_zone[z]) - shares[z] * len(ready)):
        while spare and len(by_zone[zone]) < least[zone]:
            by_zone[zone].append(spare.pop())
    for endpoint in spare:
        zone = min(by_zone, key=lambda z: len(by_zone[z]) / shares[z])
        by_zone[zone].append(endpoint)
    for zone, given in by_zone.items():
        for endpoint in given:
            endpoint.hints = EndpointHints(for_zones=[ForZone(name=zone)])
    return ""
