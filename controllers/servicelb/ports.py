"""Which ports of node addresses are free for a load balancer."""

from __future__ import annotations

from collections.abc import Iterable

from minik8s.api.core_v1 import Endpoints, Node, Service

_Port = tuple[int, str]


def ports_of(service: Service) -> set[_Port]:
    """Number and protocol of each of its ports."""
    return {(port.port, port.protocol or "TCP") for port in service.spec.ports}


def goes_first(one: Service, other: Service) -> bool:
    """Whether `one` may take an address both want: who has it keeps it, then the older."""

    def rank(service: Service) -> tuple[bool, str, str, str]:
        meta = service.metadata
        return not service.status.load_balancer.ingress, meta.creation_timestamp or "", meta.namespace, meta.name

    return rank(one) < rank(other)


def taken_by_others(service: Service, others: Iterable[Service]) -> set[str]:
    """Addresses at which another load balancer answers at one of the service's ports, and goes first."""
    mine = ports_of(service)
    return {
        ingress.ip
        for other in others
        if other.metadata.uid != service.metadata.uid and mine & ports_of(other) and goes_first(other, service)
        for ingress in other.status.load_balancer.ingress
    }


def taken_by_nodes(service: Service, nodes: Iterable[Node], api: Endpoints | None) -> set[str]:
    """Addresses at which a kubelet or an API server answers at one of the service's ports."""
    mine = {number for number, protocol in ports_of(service) if protocol == "TCP"}
    found = {
        address.address
        for node in nodes
        if node.status.daemon_endpoints.kubelet_endpoint.port in mine
        for address in node.status.addresses
    }
    for subset in api.subsets if api is not None else ():
        if any(port.port in mine for port in subset.ports):
            found |= {address.ip for address in subset.addresses}
    return found
