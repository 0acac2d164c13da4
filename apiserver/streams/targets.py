"""Where `[scheme:]name[:port]` of a Pod, Service or Node leads."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import socket
from typing import NamedTuple

from apiserver.auth.errors import StatusError, bad_request, not_found
from apiserver.auth.protocols import Reader
from apiserver.streams.kubelets import Kubelets
from minik8s.api.core_v1 import Endpoints, Node, ObjectReference, Pod, Service
from minik8s.api.discovery_v1 import EndpointSlice
from minik8s.api.meta_v1 import Status

_SCHEMES = ("", "http", "https")


class Target(NamedTuple):
    """A backend; `kubelet` says that it is one, to which the server shows its certificate."""

    scheme: str
    host: str
    port: int | None
    kubelet: bool = False

    @property
    def authority(self) -> str:
        """Host and port as in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def to_port(self) -> int:
        """The port to connect to."""
        return self.port or (443 if self.scheme == "https" else 80)


def unavailable(message: str) -> StatusError:
    """503."""
    return StatusError(Status(status="Failure", message=message, reason="ServiceUnavailable", code=503))


def split(name: str, kind: str) -> tuple[str, str, str]:
    """(scheme, name, port) of `[scheme:]name[:port]`; a name alone, or one that ends with a colon. Raises 400."""
    parts = name.split(":")
    match parts:
        case [only] if only:
            return "", only, ""
        case [first, port] if first:
            return "", first, port
        case [scheme, only, port] if scheme in _SCHEMES and only:
            return scheme, only, port
    raise bad_request(f'invalid {kind} request "{name}"')


def proxyable(address: str) -> str:
    """The address, if it may be asked at all: no loopback, no link-local. Raises StatusError (400)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        raise bad_request("address not allowed") from None
    if found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified:
        raise bad_request("address not allowed")
    return address


async def _proxyable_host(host: str) -> str:
    """A host by address or name, if all it stands for may be asked. Raises StatusError (400)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return proxyable(host)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise bad_request(f"lookup {host}: no such host") from None
    for *_, address in found:
        proxyable(str(address[0]).partition("%")[0])
    return host


class Targets:
    """Finds backends in what the watch cache holds."""

    def __init__(self, reader: Reader, kubelets: Kubelets) -> None:
        self._reader = reader
        self._kubelets = kubelets

    async def pod(self, name: str, namespace: str) -> Target:
        """A Pod's address, at the port asked for, or its first container port. Raises StatusError."""
        scheme, pod_name, port = split(name, "pod")
        pod = await self._reader.fetch(Pod, pod_name, namespace)
        if pod is None:
            raise not_found("", "pods", pod_name)
        if not port:
            ports = [each.container_port for container in pod.spec.containers for each in container.ports]
            port = str(ports[0]) if ports else ""
        address = proxyable(pod.status.pod_ip)
        return Target(scheme or "http", address, self._number(port, name, "pod") if port else None)

    async def service(self, name: str, namespace: str) -> Target:
        """One of a Service's ready endpoints; the port is the Service's, by name or number. Raises StatusError."""
        scheme, service_name, port = split(name, "service")
        service = await self._reader.fetch(Service, service_name, namespace)
        if service is None:
            raise not_found("", "services", service_name)
        if port.isdecimal():
            found = next((each for each in service.spec.ports if each.port == int(port)), None)
            if found is None:
                raise unavailable(f'no service port {port} found for service "{service_name}"')
            port = found.name
        places = self._endpoints(service_name, namespace, port)
        if not places:
            endpoints = self._reader.get(Endpoints, service_name, namespace)
            if endpoints is None and not self._slices(service_name, namespace):
                # Kubernetes says of endpoints it does not find that they are no service.
                raise not_found("", "services", service_name)
            whole = endpoints is not None and not endpoints.subsets
            raise unavailable(f'no endpoints available for service "{service_name if whole else name}"')
        address, number = random.choice(places)
        return Target(scheme or "http", address, number)

    def _slices(self, service: str, namespace: str) -> list[EndpointSlice]:
        every = self._reader.list(EndpointSlice, namespace)
        return [part for part in every if part.metadata.labels.get("kubernetes.io/service-name") == service]

    def _endpoints(self, service: str, namespace: str, port: str) -> list[tuple[str, int]]:
        found = []
        for part in self._slices(service, namespace):
            numbers = [each.port for each in part.ports if (each.name or "") == port and each.port]
            for endpoint in part.endpoints:
                if endpoint.conditions is not None and endpoint.conditions.ready is False:
                    continue
                pods = [each for each in endpoint.addresses if self._is_pod(endpoint.target_ref, each, namespace)]
                found += [(address, number) for address in pods for number in numbers]
        if not found and (old := self._reader.get(Endpoints, service, namespace)) is not None:
            for subset in old.subsets:
                numbers = [each.port for each in subset.ports if each.name == port]
                addresses = [each for each in subset.addresses if self._is_pod(each.target_ref, each.ip, namespace)]
                found += [(address.ip, number) for address in addresses for number in numbers]
        return [place for place in found if _allowed(place[0])]

    def _is_pod(self, reference: ObjectReference | None, address: str, namespace: str) -> bool:
        """Whether an address is that of a Pod: who may write endpoints may not send the server anywhere else."""
        if reference is None or reference.namespace != namespace:
            return False
        pod = self._reader.get(Pod, reference.name, namespace)
        return pod is not None and any(each.ip == address for each in pod.status.pod_ips)

    async def node(self, name: str) -> Target:
        """A Node's kubelet, or another port of the Node. Raises StatusError."""
        scheme, node_name, port = split(name, "node")
        if await self._reader.fetch(Node, node_name) is None:
            raise not_found("", "nodes", node_name)
        place = self._kubelets.find(node_name)
        host = await _proxyable_host(place.host)
        if not port or port == str(place.port):
            return Target("https", host, place.port, kubelet=True)
        return Target(scheme or "http", host, self._number(port, name, "node"))

    @staticmethod
    def _number(port: str, name: str, kind: str) -> int:
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise bad_request(f'invalid {kind} request "{name}"')
        return int(port)


def _allowed(address: str) -> bool:
    try:
        proxyable(address)
    except StatusError:
        return False
    return True
