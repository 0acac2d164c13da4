"""Endpoints: addresses behind a service, before EndpointSlices."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.addresses import check_endpoint_ip, check_ip, ip_warnings
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.containers import PROTOCOLS
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.core_v1 import EndpointAddress, EndpointPort, Endpoints, EndpointSubset

_MANAGED_BY = "endpoints.kubernetes.io/managed-by"
_CONTROLLER = "endpoint-controller"


def _validate_address(address: EndpointAddress, path: str, errors: Errors) -> None:
    check_ip(address.ip, f"{path}.ip", errors)
    if address.hostname:
        errors.invalid_each(f"{path}.hostname", address.hostname, formats.dns_label(address.hostname))
    if address.node_name is not None:
        errors.invalid_each(f"{path}.nodeName", address.node_name, formats.dns_subdomain(address.node_name))
    check_endpoint_ip(address.ip, f"{path}.ip", errors)


def _validate_port(port: EndpointPort, needs_name: bool, path: str, errors: Errors) -> None:
    if needs_name and not port.name:
        errors.required(f"{path}.name")
    elif port.name:
        errors.invalid_each(f"{path}.name", port.name, formats.dns_label(port.name))
    if not 0 < port.port < 65536:
        errors.invalid(f"{path}.port", port.port, formats.PORT_RANGE)
    if not port.protocol:
        errors.required(f"{path}.protocol")
    elif port.protocol not in PROTOCOLS:
        errors.not_supported(f"{path}.protocol", port.protocol, PROTOCOLS)
    if port.app_protocol is not None:
        errors.invalid_each(f"{path}.appProtocol", port.app_protocol, formats.qualified_name(port.app_protocol))


def _validate_subsets(subsets: list[EndpointSubset], errors: Errors) -> None:
    for index, subset in enumerate(subsets):
        path = f"subsets[{index}]"
        if not subset.addresses and not subset.not_ready_addresses:
            errors.required(path, "must specify `addresses` or `notReadyAddresses`")
        for at, address in enumerate(subset.addresses):
            _validate_address(address, f"{path}.addresses[{at}]", errors)
        for at, address in enumerate(subset.not_ready_addresses):
            _validate_address(address, f"{path}.notReadyAddresses[{at}]", errors)
        for at, port in enumerate(subset.ports):
            _validate_port(port, len(subset.ports) > 1, f"{path}.ports[{at}]", errors)


class EndpointsStrategy(Strategy[Endpoints]):
    """Addresses and ports, grouped."""

    allow_create_on_update = True
    short_names = ("ep",)

    def default(self, obj: Endpoints, request: Request) -> None:
        """Ports speak TCP."""
        for subset in obj.subsets:
            for port in subset.ports:
                if not port.protocol:
                    port.protocol = "TCP"

    def validate(self, obj: Endpoints, request: Request) -> Errors:
        """Addresses that traffic may be sent to."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        _validate_subsets(obj.subsets, errors)
        return errors

    def warnings_on_create(self, obj: Endpoints) -> list[str]:
        """Unusual spellings of addresses, unless Kubernetes' own controller wrote them."""
        if obj.metadata.labels.get(_MANAGED_BY) == _CONTROLLER:
            return []
        found = []
        for index, subset in enumerate(obj.subsets):
            for name, addresses in (
                ("addresses", subset.addresses),
                ("notReadyAddresses", subset.not_ready_addresses),
            ):
                for at, address in enumerate(addresses):
                    found += ip_warnings(address.ip, f"subsets[{index}].{name}[{at}].ip")
        return found

    def validate_update(self, new: Endpoints, old: Endpoints, request: Request) -> Errors:
        """As a new object, except that subsets which did not change are left alone."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        validate_metadata(new.metadata, errors, namespaced=True)
        if new.subsets != old.subsets:
            _validate_subsets(new.subsets, errors)
        return errors

    def warnings_on_update(self, new: Endpoints, old: Endpoints) -> list[str]:
        """Unusual spellings of addresses."""
        return self.warnings_on_create(new)


STRATEGY = EndpointsStrategy()
