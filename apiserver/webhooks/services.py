"""Where a Service leads that a webhook or an aggregated API is behind."""

from __future__ import annotations

import random
from typing import NamedTuple

from apiserver.auth.protocols import Reader
from minik8s.api.core_v1 import Service
from minik8s.api.discovery_v1 import EndpointSlice
from minik8s.machinery.quoting import quote

_NAME_LABEL = "kubernetes.io/service-name"


class NoAddress(Exception):
    """A Service leads nowhere; the text says why."""


class Address(NamedTuple):
    """A host (name or address) and a port."""

    host: str
    port: int


def ready_addresses(reader: Reader, name: str, namespace: str, port_name: str) -> list[Address]:
    """The ready endpoints behind one port of a Service."""
    found = []
    for part in reader.list(EndpointSlice, namespace):
        if part.metadata.labels.get(_NAME_LABEL) != name:
            continue
        numbers = [each.port for each in part.ports if (each.name or "") == port_name and each.port]
        for endpoint in part.endpoints:
            if endpoint.conditions is None or endpoint.conditions.ready is not False:
                found += [Address(address, number) for address in endpoint.addresses for number in numbers]
    return found


class Services:
    """Finds addresses: the Service's own, or (`to_endpoints`) one of its endpoints (--enable-aggregator-routing)."""

    def __init__(self, reader: Reader, *, to_endpoints: bool = False) -> None:
        self._reader = reader
        self._to_endpoints = to_endpoints

    def find(self, namespace: str, name: str, port: int) -> Address:
        """The address to connect to. Raises NoAddress."""
        service = self._reader.get(Service, name, namespace)
        if service is None:
            raise NoAddress(f"service {quote(name)} not found")
        spec = service.spec
        if spec.type == "ExternalName":
            return Address(spec.external_name or "", port)
        found = next((each for each in spec.ports if each.port == port), None)
        if found is None:
            raise NoAddress(f"no service port {port} found for service {quote(name)}")
        if self._to_endpoints or spec.cluster_ip in ("None", ""):
            places = ready_addresses(self._reader, name, namespace, found.name)
            if not places:
                raise NoAddress(f"no endpoints available for service {quote(name)}")
            return random.choice(places)
        return Address(spec.cluster_ip, port)
