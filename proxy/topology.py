"""What the node's kernel should do, computed purely from Services and EndpointSlices.

A *front* is one address and port that clients use; it names the endpoints behind it and how to treat the traffic.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable, Iterable

from minik8s.api.core_v1 import Service, ServicePort
from minik8s.api.discovery_v1 import Endpoint as SliceEndpoint
from minik8s.api.discovery_v1 import EndpointSlice

PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name"
HEADLESS_LABEL = "service.kubernetes.io/headless"
DEFAULT_AFFINITY_SECONDS = 10800


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One address behind a front; `local` when it is on this node."""

    ip: str
    port: int
    local: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Front:
    """One address and port that clients use.

    `kind` is cluster, node (any address of the node, `ip` is ""), external or loadbalancer. `inside` are the
    endpoints for clients in the cluster where they differ from those for the rest. `empty` is what happens
    without endpoints: reject or drop. `masquerade` is always, off-cluster or never. `affinity` is seconds, 0 for
    none. `sources` are the networks allowed to use it; empty allows all.
    """

    service: str
    port_name: str
    kind: str
    protocol: str
    ip: str
    port: int
    endpoints: tuple[Endpoint, ...]
    inside: tuple[Endpoint, ...] | None = None
    empty: str = "reject"
    masquerade: str = "off-cluster"
    affinity: int = 0
    sources: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, int]:
        """What makes two fronts collide: protocol, address, port."""
        return (self.protocol, self.ip, self.port)


@dataclasses.dataclass(frozen=True, slots=True)
class NodeView:
    """Who this node is: `zone` from its label, "" if none; `family` is IPv4 or IPv6."""

    name: str
    zone: str = ""
    family: str = "IPv4"


@dataclasses.dataclass(frozen=True, slots=True)
class _Chosen:
    everywhere: tuple[Endpoint, ...]
    local: tuple[Endpoint, ...]


def is_proxied(service: Service) -> bool:
    """Whether the proxy has anything to do for a Service: not headless, not ExternalName, not another proxy's."""
    labels = service.metadata.labels
    return (
        service.spec.type != "ExternalName"
        and service.spec.cluster_ip not in ("", "None")
        and PROXY_NAME_LABEL not in labels
        and HEADLESS_LABEL not in labels
    )


def fronts_of(service: Service, slices: Iterable[EndpointSlice], node: NodeView) -> tuple[Front, ...]:
    """All fronts of one Service on this node."""
    if not is_proxied(service):
        return ()
    usable = [s for s in slices if s.address_type == node.family and s.metadata.deletion_timestamp is None]
    found: list[Front] = []
    for port in service.spec.ports:
        found += _port_fronts(service, port, _choose(service, port, usable, node), node)
    return tuple(found)


def local_endpoint_count(service: Service, slices: Iterable[EndpointSlice], node: NodeView) -> int:
    """How many of this node's own endpoints are ready, for the health check port of the Service.

    Those that end still take what comes, while load balancers are told to send no more.
    """
    addresses = {
        endpoint.addresses[0]
        for piece in slices
        if piece.address_type == node.family and any(_numbers(piece, port) for port in service.spec.ports)
        for endpoint in piece.endpoints
        if endpoint.addresses and endpoint.node_name == node.name and _ready(endpoint)
    }
    return len(addresses)


def _port_fronts(service: Service, port: ServicePort, chosen: _Chosen, node: NodeView) -> list[Front]:
    spec = service.spec
    protocol = (port.protocol or "TCP").lower()
    affinity = _affinity(service)
    key = f"{service.metadata.namespace}/{service.metadata.name}"

    def front(kind: str, ip: str, number: int, **more: object) -> Front:
        made = Front(key, port.name, kind, protocol, ip, number, chosen.everywhere, affinity=affinity)
        return dataclasses.replace(made, **more)  # type: ignore[arg-type]

    has_any = bool(chosen.everywhere)
    local_only = spec.internal_traffic_policy == "Local"
    inner = chosen.local if local_only else chosen.everywhere
    inner_empty = "drop" if local_only and has_any else "reject"
    found = [
        front("cluster", ip, port.port, endpoints=inner, empty=inner_empty)
        for ip in _of_family(spec.cluster_ips or [spec.cluster_ip], node)
    ]
    outside: dict[str, object] = {"masquerade": "always"}
    if spec.external_traffic_policy == "Local":
        outside = {"masquerade": "never", "endpoints": chosen.local, "inside": chosen.everywhere}
        outside["empty"] = "drop" if has_any else "reject"
    if port.node_port:
        found.append(front("node", "", port.node_port, **outside))
    found += [front("external", ip, port.port, **outside) for ip in _of_family(spec.external_ips, node)]
    balancers = [i.ip for i in service.status.load_balancer.ingress if i.ip and i.ip_mode != "Proxy"]
    sources = tuple(str(s) for s in _networks(spec.load_balancer_source_ranges, node))
    found += [front("loadbalancer", ip, port.port, sources=sources, **outside) for ip in _of_family(balancers, node)]
    return found


def _affinity(service: Service) -> int:
    if service.spec.session_affinity != "ClientIP":
        return 0
    config = service.spec.session_affinity_config
    seconds = config.client_ip.timeout_seconds if config and config.client_ip else None
    return seconds or DEFAULT_AFFINITY_SECONDS


def _choose(service: Service, port: ServicePort, slices: list[EndpointSlice], node: NodeView) -> _Chosen:
    held: dict[tuple[str, int], tuple[Endpoint, SliceEndpoint]] = {}
    for piece in slices:
        for number in _numbers(piece, port):
            for endpoint in piece.endpoints:
                for address in endpoint.addresses[:1]:
                    made = Endpoint(address, number, endpoint.node_name == node.name)
                    before = held.get((address, number))
                    if before is None or _ready(endpoint) or not _ready(before[1]):
                        held[(address, number)] = (made, endpoint)
    pairs = [held[key] for key in sorted(held)]
    everywhere = _usable(pairs)
    if service.spec.external_traffic_policy != "Local" or service.spec.internal_traffic_policy != "Local":
        everywhere = _near(everywhere, node)
    local = _usable([pair for pair in pairs if pair[0].local])
    return _Chosen(tuple(e for e, _ in everywhere), tuple(e for e, _ in local))


def _numbers(piece: EndpointSlice, port: ServicePort) -> list[int]:
    wanted = (port.name, port.protocol or "TCP")
    return [p.port for p in piece.ports if p.port and (p.name or "", p.protocol or "TCP") == wanted]


Pairs = list[tuple[Endpoint, SliceEndpoint]]


def _ready(endpoint: SliceEndpoint) -> bool:
    return endpoint.conditions.ready is not False


def _usable(pairs: Pairs) -> Pairs:
    """The ready ones; when there are none, those that end but still serve."""
    ready = [pair for pair in pairs if _ready(pair[1])]
    if ready:
        return ready
    return [p for p in pairs if p[1].conditions.terminating and p[1].conditions.serving is not False]


def _near(pairs: Pairs, node: NodeView) -> Pairs:
    """Follow hints where every endpoint has them and at least one points here."""

    def narrowed(names: Callable[[SliceEndpoint], list[str]], here: str) -> Pairs:
        if not here or not all(names(e) for _, e in pairs):
            return []
        return [pair for pair in pairs if here in names(pair[1])]

    on_node = narrowed(lambda e: [n.name for n in e.hints.for_nodes] if e.hints else [], node.name)
    return on_node or narrowed(lambda e: [z.name for z in e.hints.for_zones] if e.hints else [], node.zone) or pairs


def _of_family(addresses: Iterable[str], node: NodeView) -> list[str]:
    found = []
    for address in addresses:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            continue
        if f"IPv{parsed.version}" == node.family:
            found.append(str(parsed))
    return list(dict.fromkeys(found))


def _networks(ranges: Iterable[str], node: NodeView) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    found = []
    for text in ranges:
        try:
            network = ipaddress.ip_network(text.strip(), strict=False)
        except ValueError:
            continue
        if f"IPv{network.version}" == node.family:
            found.append(network)
    return sorted(set(found), key=str)
