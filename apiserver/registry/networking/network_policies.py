"""NetworkPolicies: which pods may talk to which."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from apiserver.registry import formats
from apiserver.registry.addresses import check_cidr, cidr_warnings, parse_cidr
from apiserver.registry.errors import Errors
from apiserver.registry.labels import validate_label_selector
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.networking_v1 import IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec

_PROTOCOLS = ("TCP", "UDP", "SCTP")
_TYPES = ("Ingress", "Egress")


def _validate_port(port: NetworkPolicyPort, path: str, errors: Errors) -> None:
    if port.protocol is not None and port.protocol not in _PROTOCOLS:
        errors.not_supported(f"{path}.protocol", port.protocol, _PROTOCOLS)
    number, end = port.port, port.end_port
    if number is None:
        if end is not None:
            errors.invalid(f"{path}.endPort", end, "may not be specified when `port` is not specified")
    elif isinstance(number, str):
        if end is not None:
            errors.invalid(f"{path}.endPort", end, "may not be specified when `port` is non-numeric")
        errors.invalid_each(f"{path}.port", number, formats.port_name(number))
    else:
        if not 0 < number < 65536:
            errors.invalid(f"{path}.port", number, formats.PORT_RANGE)
        if end is not None:
            if end < number:
                errors.invalid(f"{path}.endPort", number, "must be greater than or equal to `port`")
            if not 0 < end < 65536:
                errors.invalid(f"{path}.endPort", end, formats.PORT_RANGE)


def _within(inner: ipaddress.IPv4Network | ipaddress.IPv6Network, outer: object) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner != outer and inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner != outer and inner.subnet_of(outer)
    return False


def _validate_block(block: IPBlock, path: str, errors: Errors, stored: set[str]) -> None:
    if not block.cidr:
        errors.required(f"{path}.cidr")
        return
    check_cidr(block.cidr, f"{path}.cidr", errors, stored)
    outer = parse_cidr(block.cidr)
    if outer is None:
        return
    for index, value in enumerate(block.except_):
        here = f"{path}.except[{index}]"
        check_cidr(value, here, errors, stored)
        inner = parse_cidr(value)
        if inner is not None and not _within(inner, outer):
            errors.invalid(here, value, "must be a strict subset of `cidr`")


def _validate_peer(peer: NetworkPolicyPeer, path: str, errors: Errors, stored: set[str]) -> None:
    validate_label_selector(peer.pod_selector, f"{path}.podSelector", errors)
    validate_label_selector(peer.namespace_selector, f"{path}.namespaceSelector", errors)
    if peer.ip_block is not None:
        _validate_block(peer.ip_block, f"{path}.ipBlock", errors, stored)
    selectors = peer.pod_selector is not None or peer.namespace_selector is not None
    if peer.ip_block is None and not selectors:
        errors.required(path, "must specify a peer")
    elif peer.ip_block is not None and selectors:
        errors.forbidden(path, "may not specify both ipBlock and another peer")


def _validate_spec(spec: NetworkPolicySpec, errors: Errors, stored: set[str]) -> None:
    validate_label_selector(spec.pod_selector, "spec.podSelector", errors)
    for index, ingress in enumerate(spec.ingress):
        _validate_rule(ingress.ports, ingress.from_, f"spec.ingress[{index}]", "from", errors, stored)
    for index, egress in enumerate(spec.egress):
        _validate_rule(egress.ports, egress.to, f"spec.egress[{index}]", "to", errors, stored)
    if len(spec.policy_types) > len(_TYPES):
        errors.invalid("spec.policyTypes", spec.policy_types, "may not specify more than two policyTypes")
        return
    for index, name in enumerate(spec.policy_types):
        if name not in _TYPES:
            errors.not_supported(f"spec.policyTypes[{index}]", name, _TYPES)


def _validate_rule(
    ports: list[NetworkPolicyPort],
    peers: list[NetworkPolicyPeer],
    path: str,
    name: str,
    errors: Errors,
    stored: set[str],
) -> None:
    for index, port in enumerate(ports):
        _validate_port(port, f"{path}.ports[{index}]", errors)
    for index, peer in enumerate(peers):
        _validate_peer(peer, f"{path}.{name}[{index}]", errors, stored)


def _ranges(spec: NetworkPolicySpec) -> Iterator[tuple[str, str]]:
    """Every range with its path."""
    rules = [(f"spec.ingress[{at}].from", rule.from_) for at, rule in enumerate(spec.ingress)]
    rules += [(f"spec.egress[{at}].to", rule.to) for at, rule in enumerate(spec.egress)]
    for path, peers in rules:
        for index, peer in enumerate(peers):
            if peer.ip_block is not None:
                here = f"{path}[{index}].ipBlock"
                yield f"{here}.cidr", peer.ip_block.cidr
                for at, value in enumerate(peer.ip_block.except_):
                    yield f"{here}.except[{at}]", value


class NetworkPolicyStrategy(Strategy[NetworkPolicy]):
    """Who may talk to some pods, and whom they may talk to."""

    short_names = ("netpol",)

    def default(self, obj: NetworkPolicy, request: Request) -> None:
        """Ports speak TCP; what comes in is always ruled, what goes out when there are rules for it."""
        spec = obj.spec
        for ports in (*(rule.ports for rule in spec.ingress), *(rule.ports for rule in spec.egress)):
            for port in ports:
                port.protocol = "TCP" if port.protocol is None else port.protocol
        if not spec.policy_types:
            spec.policy_types = ["Ingress", "Egress"] if spec.egress else ["Ingress"]

    def prepare_for_create(self, obj: NetworkPolicy, request: Request) -> None:
        """The first generation."""
        obj.metadata.generation = 1

    def validate(self, obj: NetworkPolicy, request: Request) -> Errors:
        """Selectors, ports and ranges."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        _validate_spec(obj.spec, errors, set())
        return errors

    def warnings_on_create(self, obj: NetworkPolicy) -> list[str]:
        """Unusual spellings of ranges."""
        return [warning for path, value in _ranges(obj.spec) for warning in cidr_warnings(value, path)]

    def prepare_for_update(self, new: NetworkPolicy, old: NetworkPolicy, request: Request) -> None:
        """A changed spec counts."""
        count_generation(new, old)

    def validate_update(self, new: NetworkPolicy, old: NetworkPolicy, request: Request) -> Errors:
        """As a new object; ranges that were there before are left alone."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, errors, {value for _, value in _ranges(old.spec)})
        return errors

    def warnings_on_update(self, new: NetworkPolicy, old: NetworkPolicy) -> list[str]:
        """Unusual spellings of ranges."""
        return self.warnings_on_create(new)


STRATEGY = NetworkPolicyStrategy()
