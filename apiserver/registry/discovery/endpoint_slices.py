"""EndpointSlices: addresses behind a service, in parts."""

from __future__ import annotations

import ipaddress

import msgspec

from apiserver.registry import formats
from apiserver.registry.addresses import check_canonical_ip, check_endpoint_ip, check_ip, ip_warnings, parse_ip
from apiserver.registry.errors import Errors
from apiserver.registry.labels import validate_labels
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.discovery_v1 import Endpoint, EndpointHints, EndpointPort, EndpointSlice
from minik8s.api.object_meta import ObjectMeta

_TYPES = ("FQDN", "IPv4", "IPv6")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_PORTS_MAX = 20000
_ENDPOINTS_MAX = 1000
_ADDRESSES_MAX = 100
_TOPOLOGY_MAX = 16
_HINTS_MAX = 8
_HOST = "kubernetes.io/hostname"
_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_CONTROLLERS = frozenset({"endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"})


def _validate_ports(ports: list[EndpointPort], errors: Errors) -> None:
    if len(ports) > _PORTS_MAX:
        errors.too_many("ports", len(ports), _PORTS_MAX)
        return
    names: set[str] = set()
    for index, port in enumerate(ports):
        path, name = f"ports[{index}]", port.name or ""
        if name:
            errors.invalid_each(f"{path}.name", name, formats.dns_label(name))
        if name in names:
            errors.duplicate(f"{path}.name", name)
        names.add(name)
        if port.protocol is None:
            errors.required(f"{path}.protocol")
        elif port.protocol not in _PROTOCOLS:
            errors.not_supported(f"{path}.protocol", port.protocol, _PROTOCOLS)
        if port.app_protocol is not None:
            errors.invalid_each(f"{path}.appProtocol", port.app_protocol, formats.qualified_name(port.app_protocol))


def _validate_address(address: str, family: str, path: str, item: str, errors: Errors) -> None:
    if family == "FQDN":
        formats.check_domain(address, item, errors)
        return
    before = len(errors)
    if family == "IPv4":
        check_ip(address, item, errors)
    else:
        check_canonical_ip(address, item, errors)
    if len(errors) > before:
        return
    wanted = ipaddress.IPv4Address if family == "IPv4" else ipaddress.IPv6Address
    if not isinstance(parse_ip(address), wanted):
        errors.invalid(path, address, f"must be an {family} address")
    check_endpoint_ip(address, item, errors)


def _validate_hints(hints: EndpointHints, path: str, errors: Errors) -> None:
    for label, names, check in (
        ("forZones", [zone.name for zone in hints.for_zones], formats.label_value),
        ("forNodes", [node.name for node in hints.for_nodes], formats.dns_subdomain),
    ):
        here = f"{path}.{label}"
        if len(names) > _HINTS_MAX:
            errors.too_many(here, len(names), _HINTS_MAX)
            return
        for index, name in enumerate(names):
            if name in names[:index]:
                errors.duplicate(f"{here}[{index}].name", name)
            errors.invalid_each(f"{here}[{index}].name", name, check(name))


def _validate_endpoint(endpoint: Endpoint, family: str, path: str, errors: Errors) -> None:
    here = f"{path}.addresses"
    if not endpoint.addresses:
        errors.required(here, "must contain at least 1 address")
    elif len(endpoint.addresses) > _ADDRESSES_MAX:
        errors.too_many(here, len(endpoint.addresses), _ADDRESSES_MAX)
    if family in _TYPES:
        for index, address in enumerate(endpoint.addresses):
            _validate_address(address, family, here, f"{here}[{index}]", errors)
    if endpoint.node_name is not None:
        errors.invalid_each(f"{path}.nodeName", endpoint.node_name, formats.dns_subdomain(endpoint.node_name))
    topology = endpoint.deprecated_topology
    if len(topology) > _TOPOLOGY_MAX:
        errors.too_many(f"{path}.deprecatedTopology", len(topology), _TOPOLOGY_MAX)
    validate_labels(topology, f"{path}.deprecatedTopology", errors)
    if endpoint.hostname is not None:
        errors.invalid_each(f"{path}.hostname", endpoint.hostname, formats.dns_label(endpoint.hostname))
    if endpoint.hints is not None:
        _validate_hints(endpoint.hints, f"{path}.hints", errors)


def _validate_endpoints(slice_: EndpointSlice) -> Errors:
    errors = Errors()
    if len(slice_.endpoints) > _ENDPOINTS_MAX:
        errors.too_many("endpoints", len(slice_.endpoints), _ENDPOINTS_MAX)
        return errors
    for index, endpoint in enumerate(slice_.endpoints):
        _validate_endpoint(endpoint, slice_.address_type, f"endpoints[{index}]", errors)
    return errors


def _validate(slice_: EndpointSlice, errors: Errors, old: EndpointSlice | None = None) -> None:
    validate_metadata(slice_.metadata, errors, namespaced=True)
    family = slice_.address_type
    if not family:
        errors.required("addressType")
    elif family not in _TYPES:
        errors.not_supported("addressType", family, _TYPES)
    _validate_ports(slice_.ports, errors)
    found = _validate_endpoints(slice_)
    # What was let in once stays as it is.
    if found and (old is None or slice_.endpoints != old.endpoints):
        errors += found


def _without_metadata(slice_: EndpointSlice) -> EndpointSlice:
    return msgspec.structs.replace(slice_, metadata=ObjectMeta())


class EndpointSliceStrategy(Strategy[EndpointSlice]):
    """Endpoints of one address family and their ports."""

    def default(self, obj: EndpointSlice, request: Request) -> None:
        """Ports speak TCP and need no name."""
        for port in obj.ports:
            port.name = port.name or ""
            port.protocol = "TCP" if port.protocol is None else port.protocol

    def prepare_for_create(self, obj: EndpointSlice, request: Request) -> None:
        """The first generation; the node of an endpoint has a field of its own."""
        obj.metadata.generation = 1
        for endpoint in obj.endpoints:
            endpoint.deprecated_topology = {}

    def validate(self, obj: EndpointSlice, request: Request) -> Errors:
        """Addresses of one family."""
        errors = Errors()
        _validate(obj, errors)
        return errors

    def warnings_on_create(self, obj: EndpointSlice) -> list[str]:
        """Unusual spellings of addresses, unless Kubernetes' own controllers wrote them; names instead of addresses."""
        if obj.address_type == "FQDN":
            return ["spec.addressType: FQDN endpoints are deprecated"]
        return self._unusual(obj)

    @staticmethod
    def _unusual(obj: EndpointSlice) -> list[str]:
        if obj.metadata.labels.get(_MANAGED_BY) in _CONTROLLERS:
            return []
        return [
            warning
            for index, endpoint in enumerate(obj.endpoints)
            for at, address in enumerate(endpoint.addresses)
            for warning in ip_warnings(address, f"endpoints[{index}].addresses[{at}]")
        ]

    def prepare_for_update(self, new: EndpointSlice, old: EndpointSlice, request: Request) -> None:
        """Everything but metadata counts as a change, and labels too; old topology stays while nothing changes."""
        if _without_metadata(new) != _without_metadata(old) or new.metadata.labels != old.metadata.labels:
            new.metadata.generation = old.metadata.generation + 1
        if new.endpoints == old.endpoints:
            return
        nodes = {each.deprecated_topology.get(_HOST, "") for each in old.endpoints} - {""}
        for endpoint in new.endpoints:
            node = endpoint.deprecated_topology.get(_HOST, "")
            if endpoint.node_name is None and node in nodes and not formats.dns_subdomain(node):
                endpoint.node_name = node
            endpoint.deprecated_topology = {}

    def validate_update(self, new: EndpointSlice, old: EndpointSlice, request: Request) -> Errors:
        """The family stays; endpoints that were there before are left alone."""
        errors = Errors()
        _validate(new, errors, old)
        errors.immutable("addressType", new.address_type, old.address_type)
        return errors

    def warnings_on_update(self, new: EndpointSlice, old: EndpointSlice) -> list[str]:
        """Unusual spellings of addresses."""
        return [] if new.address_type == "FQDN" else self._unusual(new)


STRATEGY = EndpointSliceStrategy()
