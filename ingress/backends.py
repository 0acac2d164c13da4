"""From the backend an Ingress names to the addresses that answer: Services and EndpointSlices, purely."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable

from ingress.values import BadValue, dns_name
from minik8s.api.core_v1 import Service, ServicePort
from minik8s.api.discovery_v1 import Endpoint, EndpointSlice
from minik8s.api.networking_v1 import IngressServiceBackend


class NoBackend(Exception):
    """A backend leads nowhere; the message tells a person why."""


@dataclasses.dataclass(frozen=True, slots=True)
class Backend:
    """A Service's port: where it leads. `endpoints` are `address:port`; `external` a DNS name instead of them."""

    namespace: str
    service: str
    port: int
    endpoints: tuple[str, ...] = ()
    external: str = ""


def resolve(
    namespace: str, wanted: IngressServiceBackend, service: Service | None, slices: Iterable[EndpointSlice]
) -> Backend:
    """Where a backend leads; without endpoints when none answers. Raises NoBackend."""
    name = f"{namespace}/{wanted.name}"
    if service is None:
        raise NoBackend(f'service "{name}" not found')
    if service.spec.type == "ExternalName":
        return _external(namespace, wanted, service)
    port = _port(service, wanted)
    if port is None:
        asked = wanted.port.name or wanted.port.number
        raise NoBackend(f'service "{name}" has no port {asked}')
    return Backend(namespace, wanted.name, port.port, _endpoints(port, list(slices)))


def _port(service: Service, wanted: IngressServiceBackend) -> ServicePort | None:
    for port in service.spec.ports:
        if (port.protocol or "TCP") != "TCP":
            continue
        if port.name == wanted.port.name if wanted.port.name else port.port == wanted.port.number:
            return port
    return None


def _external(namespace: str, wanted: IngressServiceBackend, service: Service) -> Backend:
    port = _port(service, wanted)
    number = port.port if port is not None else wanted.port.number
    try:
        target = dns_name(service.spec.external_name)
    except BadValue as error:
        raise NoBackend(
            f'service "{namespace}/{wanted.name}" has an external name that cannot be used: {error}'
        ) from None
    if target == "localhost" or target.endswith(".localhost"):
        raise NoBackend(f'service "{namespace}/{wanted.name}": localhost cannot be an external name here')
    if not 0 < number < 65536:
        raise NoBackend(f'service "{namespace}/{wanted.name}" has no port {wanted.port.name}')
    return Backend(namespace, wanted.name, number, external=target)


def _endpoints(port: ServicePort, slices: list[EndpointSlice]) -> tuple[str, ...]:
    """Those that are ready; when none is, those that still serve while they end."""
    ready: set[tuple[str, int]] = set()
    ending: set[tuple[str, int]] = set()
    for piece in slices:
        if piece.address_type == "FQDN":
            continue
        for found in piece.ports:
            if (found.name or "") != (port.name or "") or (found.protocol or "TCP") != "TCP" or not found.port:
                continue
            for endpoint in piece.endpoints:
                into = ready if _is_ready(endpoint) else ending if _still_serves(endpoint) else None
                if into is not None and endpoint.addresses:
                    into.add((endpoint.addresses[0], found.port))
    return tuple(sorted(text for pair in ready or ending if (text := _written(*pair))))


def _is_ready(endpoint: Endpoint) -> bool:
    return endpoint.conditions.ready is not False


def _still_serves(endpoint: Endpoint) -> bool:
    return bool(endpoint.conditions.serving and endpoint.conditions.terminating)


def _written(address: str, port: int) -> str:
    """For nginx; "" for what is none. A zone (`fe80::1%eth0`) may be any text to Python."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if "%" in address or not 0 < port < 65536:
        return ""
    return f"[{parsed}]:{port}" if parsed.version == 6 else f"{parsed}:{port}"
