"""What a service must be."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.addresses import check_cidr, check_endpoint_ip, check_ip, ip_problems, parse_ip
from apiserver.registry.core.service_addresses import validate_addresses, validate_addresses_kept
from apiserver.registry.core.service_types import (
    externally_accessible,
    is_headless,
    needs_health_check,
)
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.labels import validate_labels
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.containers import PROTOCOLS
from minik8s.api.core_v1 import Service, ServicePort, ServiceSpec

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_POLICIES = ("Cluster", "Local")
_DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
_MAX_AFFINITY_SECONDS = 86400
_OLD_HINTS = "service.kubernetes.io/topology-aware-hints"
_MODE = "service.kubernetes.io/topology-mode"
_SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_LOAD_BALANCER_ONLY = "may only be used when `type` is 'LoadBalancer'"


def _validate_port(port: ServicePort, needs_name: bool, names: set[str], path: str, errors: Errors) -> None:
    if needs_name and not port.name:
        errors.required(f"{path}.name")
    elif port.name:
        errors.invalid_each(f"{path}.name", port.name, formats.dns_label(port.name))
        if port.name in names:
            errors.duplicate(f"{path}.name", port.name)
        names.add(port.name)
    if not 0 < port.port < 65536:
        errors.invalid(f"{path}.port", port.port, formats.PORT_RANGE)
    if not port.protocol:
        errors.required(f"{path}.protocol")
    elif port.protocol not in PROTOCOLS:
        errors.not_supported(f"{path}.protocol", port.protocol, PROTOCOLS)
    formats.check_port(port.target_port, f"{path}.targetPort", errors)
    if port.app_protocol is not None:
        errors.invalid_each(f"{path}.appProtocol", port.app_protocol, formats.qualified_name(port.app_protocol))


def _validate_type(spec: ServiceSpec, errors: Errors) -> None:
    headless = is_headless(spec)
    if not spec.ports and not headless and spec.type != "ExternalName":
        errors.required("spec.ports")
    if spec.type in ("LoadBalancer", "NodePort") and headless:
        errors.invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {spec.type} services")
    if spec.type == "ExternalName":
        for name, found in (
            ("clusterIPs", bool(spec.cluster_ips)),
            ("ipFamilies", bool(spec.ip_families)),
            ("ipFamilyPolicy", spec.ip_family_policy is not None),
        ):
            if found:
                errors.forbidden(f"spec.{name}", "may not be set for ExternalName services")
        name = spec.external_name.removesuffix(".")
        if name:
            errors.invalid_each("spec.externalName", name, formats.dns_subdomain(name))
        else:
            errors.required("spec.externalName")


def _validate_affinity(spec: ServiceSpec, errors: Errors) -> None:
    affinity, config = spec.session_affinity, spec.session_affinity_config
    if not affinity:
        errors.required("spec.sessionAffinity")
    elif affinity not in ("ClientIP", "None"):
        errors.not_supported("spec.sessionAffinity", affinity, ("ClientIP", "None"))
    path = "spec.sessionAffinityConfig"
    if affinity == "ClientIP":
        why = "when session affinity type is ClientIP"
        if config is None:
            errors.required(path, why)
        elif config.client_ip is None:
            errors.required(f"{path}.clientIP", why)
        elif config.client_ip.timeout_seconds is None:
            errors.required(f"{path}.clientIP.timeoutSeconds", why)
        elif not 0 < config.client_ip.timeout_seconds <= _MAX_AFFINITY_SECONDS:
            errors.invalid(
                f"{path}.clientIP.timeoutSeconds",
                config.client_ip.timeout_seconds,
                f"must be greater than 0 and less than {_MAX_AFFINITY_SECONDS}",
            )
    elif affinity == "None" and config is not None:
        errors.forbidden(path, "must not be set when session affinity is None")


def _validate_port_numbers(spec: ServiceSpec, errors: Errors) -> None:
    if spec.type == "ClusterIP":
        for index, port in enumerate(spec.ports):
            if port.node_port:
                errors.forbidden(f"spec.ports[{index}].nodePort", "may not be used when `type` is 'ClusterIP'")
    taken: set[tuple[str, int]] = set()
    for index, port in enumerate(spec.ports):
        if port.node_port:
            if (port.protocol, port.node_port) in taken:
                errors.duplicate(f"spec.ports[{index}].nodePort", port.node_port)
            taken.add((port.protocol, port.node_port))
    used: set[tuple[str, int]] = set()
    for index, port in enumerate(spec.ports):
        if (port.protocol, port.port) in used:
            form = internal_form(ServicePort(protocol=port.protocol, port=port.port))
            errors.duplicate(f"spec.ports[{index}]", form)
        used.add((port.protocol, port.port))


def _validate_source_ranges(service: Service, old: Service | None, errors: Errors) -> None:
    spec = service.spec
    value = service.metadata.annotations.get(_SOURCE_RANGES)
    if spec.load_balancer_source_ranges:
        path = "spec.LoadBalancerSourceRanges"
        if spec.type != "LoadBalancer":
            errors.forbidden(path, _LOAD_BALANCER_ONLY)
        stored = [range_.strip() for range_ in old.spec.load_balancer_source_ranges] if old is not None else []
        for index, range_ in enumerate(spec.load_balancer_source_ranges):
            check_cidr(range_.strip(), f"{path}[{index}]", errors, stored)
    elif value is not None:
        path = f"metadata.annotations[{_SOURCE_RANGES}]"
        if spec.type != "LoadBalancer":
            errors.forbidden(path, _LOAD_BALANCER_ONLY)
        if (old is None or old.metadata.annotations.get(_SOURCE_RANGES, "") != value) and value.strip():
            for range_ in value.strip().split(","):
                check_cidr(range_.strip(), path, errors)


def _validate_load_balancer_class(spec: ServiceSpec, old: ServiceSpec | None, errors: Errors) -> None:
    path, name = "spec.loadBalancerClass", spec.load_balancer_class
    if spec.type == "LoadBalancer":
        if old is not None and old.type == "LoadBalancer" and old.load_balancer_class != name:
            errors.invalid(path, name, "may not change once set")
        if name is not None:
            errors.invalid_each(path, name, formats.qualified_name(name))
    elif name is not None:
        errors.forbidden(path, _LOAD_BALANCER_ONLY)


def _validate_policies(spec: ServiceSpec, errors: Errors) -> None:
    policy, path = spec.external_traffic_policy, "spec.externalTrafficPolicy"
    if not externally_accessible(spec):
        if policy:
            errors.invalid(path, policy, "may only be set for externally-accessible services")
    elif not policy:
        errors.required(path)
    elif policy not in _POLICIES:
        errors.not_supported(path, policy, _POLICIES)
    number, path = spec.health_check_node_port, "spec.healthCheckNodePort"
    if not needs_health_check(spec):
        if number:
            errors.invalid(
                path,
                number,
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
            )
    elif not 0 <= number < 65536:
        errors.invalid(path, number, formats.PORT_RANGE)
    inside, path = spec.internal_traffic_policy, "spec.internalTrafficPolicy"
    if inside is None:
        if spec.type in ("NodePort", "LoadBalancer", "ClusterIP"):
            errors.required(path)
    elif inside not in _POLICIES:
        errors.not_supported(path, inside, _POLICIES)
    distribution = spec.traffic_distribution
    if distribution is not None and distribution not in _DISTRIBUTIONS:
        errors.not_supported("spec.trafficDistribution", distribution, _DISTRIBUTIONS)


def _validate(service: Service, old: Service | None, errors: Errors) -> None:
    spec, annotations = service.spec, service.metadata.annotations
    if _MODE in annotations and _OLD_HINTS in annotations and annotations[_MODE] != annotations[_OLD_HINTS]:
        errors.invalid(
            f"metadata.annotations[{_MODE}]",
            annotations[_MODE],
            f"must match annotations[{_OLD_HINTS}] when both are specified",
        )
    _validate_type(spec, errors)
    names: set[str] = set()
    for index, port in enumerate(spec.ports):
        _validate_port(port, len(spec.ports) > 1, names, f"spec.ports[{index}]", errors)
    if spec.selector:
        validate_labels(spec.selector, "spec.selector", errors)
    _validate_affinity(spec, errors)
    stored = old.spec.external_ips if old is not None else ()
    for index, address in enumerate(spec.external_ips):
        path = f"spec.externalIPs[{index}]"
        if address not in stored and ip_problems(address):
            check_ip(address, path, errors)
        else:
            check_endpoint_ip(address, path, errors)
    if not spec.type:
        errors.required("spec.type")
    elif spec.type not in _TYPES:
        errors.not_supported("spec.type", spec.type, _TYPES)
    _validate_port_numbers(spec, errors)
    _validate_source_ranges(service, old, errors)
    if spec.type == "LoadBalancer":
        if spec.allocate_load_balancer_node_ports is None:
            errors.required("allocateLoadBalancerNodePorts")
    elif spec.allocate_load_balancer_node_ports is not None:
        errors.forbidden("spec.allocateLoadBalancerNodePorts", _LOAD_BALANCER_ONLY)
    _validate_load_balancer_class(spec, None, errors)
    _validate_policies(spec, errors)


def validate_new_service(service: Service) -> Errors:
    """A new service, before anything is handed out to it."""
    errors = Errors()
    validate_addresses(service.spec, None, errors)
    if errors:
        # Nothing can be handed out, and nothing else is looked at.
        return errors
    validate_metadata(service.metadata, errors, namespaced=True, name=formats.dns_label)
    _validate(service, None, errors)
    return errors


def validate_service_change(new: Service, old: Service) -> Errors:
    """A service that replaces another: addresses stay, the load balancer's class stays."""
    errors = Errors()
    validate_addresses(new.spec, old.spec, errors)
    if errors:
        return errors
    validate_metadata_update(new.metadata, old.metadata, errors)
    validate_addresses_kept(new.spec, old.spec, errors)
    _validate_load_balancer_class(new.spec, old.spec, errors)
    if needs_health_check(old.spec) and needs_health_check(new.spec):
        if new.spec.health_check_node_port != old.spec.health_check_node_port:
            errors.forbidden("spec.healthCheckNodePort", "field is immutable")
    _validate(new, old, errors)
    return errors


def validate_service_status(new: Service, old: Service) -> Errors:
    """What the load balancer reports."""
    errors = Errors()
    validate_metadata_update(new.metadata, old.metadata, errors)
    path, found = "status.loadBalancer.ingress", new.status.load_balancer.ingress
    if new.spec.type != "LoadBalancer" and found:
        errors.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")
        return errors
    stored = [ingress.ip for ingress in old.status.load_balancer.ingress if ingress.ip]
    for index, ingress in enumerate(found):
        here = f"{path}[{index}]"
        if ingress.ip:
            check_ip(ingress.ip, f"{here}.ip", errors, stored)
            if ingress.ip_mode is None:
                errors.required(f"{here}.ipMode", "must be specified when `ip` is set")
            elif ingress.ip_mode not in ("Proxy", "VIP"):
                errors.not_supported(f"{here}.ipMode", ingress.ip_mode, ("Proxy", "VIP"))
        elif ingress.ip_mode is not None:
            errors.forbidden(f"{here}.ipMode", "may not be specified when `ip` is not set")
        if ingress.hostname:
            errors.invalid_each(f"{here}.hostname", ingress.hostname, formats.dns_subdomain(ingress.hostname))
            if parse_ip(ingress.hostname) is not None:
                errors.invalid(f"{here}.hostname", ingress.hostname, "must be a DNS name, not an IP address")
    return errors
