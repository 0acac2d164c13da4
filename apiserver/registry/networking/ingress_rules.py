"""Rules of Ingresses: hosts, paths and the backends they lead to."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.addresses import parse_ip
from apiserver.registry.errors import Errors
from apiserver.registry.networking.typed_references import validate_typed_reference
from minik8s.api.networking_v1 import HTTPIngressPath, IngressBackend, IngressRule, IngressServiceBackend, IngressTLS

NOT_AN_ADDRESS = "must be a DNS name, not an IP address"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")
_ABSOLUTE = "must be an absolute path"


def _check_host(host: str, path: str, errors: Errors) -> None:
    found = formats.wildcard_subdomain(host) if "*" in host else formats.dns_subdomain(host)
    errors.invalid_each(path, host, found)


def _validate_service(service: IngressServiceBackend, path: str, errors: Errors) -> None:
    if not service.name:
        errors.required(f"{path}.service.name")
    else:
        errors.invalid_each(f"{path}.service.name", service.name, formats.dns_label(service.name))
    port = service.port
    if port.name and port.number:
        errors.invalid(path, "", "cannot set both port name & port number")
    elif port.name:
        errors.invalid_each(f"{path}.service.port.name", port.name, formats.port_name(port.name))
    elif port.number:
        if not 0 < port.number < 65536:
            errors.invalid(f"{path}.service.port.number", port.number, formats.PORT_RANGE)
    else:
        errors.required(path, "port name or number is required")


def validate_backend(backend: IngressBackend, path: str, errors: Errors) -> None:
    """A port of a service, or a resource of any kind."""
    resource, service = backend.resource, backend.service
    if resource is not None and service is not None:
        errors.invalid(path, "", "cannot set both resource and service backends")
    elif resource is not None:
        validate_typed_reference(resource.api_group, resource.kind, resource.name, f"{path}.resource", errors)
    elif service is not None:
        _validate_service(service, path, errors)
    else:
        errors.invalid(path, "", "resource or service backend is required")


def _validate_path(rule: HTTPIngressPath, path: str, errors: Errors) -> None:
    value, here = rule.path, f"{path}.path"
    match rule.path_type:
        case None:
            errors.required(f"{path}.pathType", "pathType must be specified")
            return
        case "Exact" | "Prefix":
            if not value.startswith("/"):
                errors.invalid(here, value, _ABSOLUTE)
            for bad in _BAD_SEQUENCES:
                if bad in value:
                    errors.invalid(here, value, f"must not contain '{bad}'")
            for bad in _BAD_ENDS:
                if value.endswith(bad):
                    errors.invalid(here, value, f"cannot end with '{bad}'")
        case "ImplementationSpecific":
            if value and not value.startswith("/"):
                errors.invalid(here, value, _ABSOLUTE)
        case _:
            errors.not_supported(f"{path}.pathType", rule.path_type, _PATH_TYPES)
    validate_backend(rule.backend, f"{path}.backend", errors)


def validate_rule(rule: IngressRule, path: str, errors: Errors, *, lenient_wildcards: bool) -> None:
    """A host, or all hosts below a domain, and its paths."""
    host = rule.host
    if host:
        if parse_ip(host) is not None:
            errors.invalid(f"{path}.host", host, NOT_AN_ADDRESS)
        _check_host(host, f"{path}.host", errors)
    if rule.http is None or ("*" in host and lenient_wildcards):
        return
    if not rule.http.paths:
        errors.required(f"{path}.http.paths")
    for index, each in enumerate(rule.http.paths):
        _validate_path(each, f"{path}.http.paths[{index}]", errors)


def validate_tls(tls: IngressTLS, path: str, errors: Errors, *, any_secret: bool) -> None:
    """Hosts and the secret with their certificate."""
    for index, host in enumerate(tls.hosts):
        _check_host(host, f"{path}.hosts[{index}]", errors)
    if tls.secret_name and not any_secret:
        errors.invalid_each(f"{path}.secretName", tls.secret_name, formats.dns_subdomain(tls.secret_name))
