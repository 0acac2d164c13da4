"""What a claim asks for: requests for devices, constraints among them, and configuration."""

from __future__ import annotations

import msgspec

from apiserver.registry import formats
from apiserver.registry.errors import NOT_POSITIVE, Errors
from apiserver.registry.expressions import check_expression
from apiserver.registry.labels import validate_label_key
from apiserver.registry.pod_spec.volume_sources import validate_driver_name
from minik8s.api.resource_v1 import (
    DeviceClaim,
    DeviceConfiguration,
    DeviceConstraint,
    DeviceRequest,
    DeviceSelector,
    DeviceSubRequest,
    DeviceToleration,
    ExactDeviceRequest,
)
from minik8s.machinery.field_errors import OMITTED

_MODES = ("All", "ExactCount")
_EFFECTS = ("NoExecute", "NoSchedule", "None")
_LISTED_MAX = 32
_ALTERNATIVES_MAX = 8
_TOLERATIONS_MAX = 16
_TEXT_MAX = 10 * 1024
_KNOWN_NAME = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
_ONE_WAY = "exactly one of `exactly` or `firstAvailable` is required"


def _default_exact(request: ExactDeviceRequest | DeviceSubRequest) -> None:
    request.allocation_mode = request.allocation_mode or "ExactCount"
    if request.allocation_mode == "ExactCount" and request.count == 0:
        request.count = 1
    for toleration in request.tolerations:
        toleration.operator = toleration.operator or "Equal"


def default_device_claim(claim: DeviceClaim) -> None:
    """One device for each request."""
    for request in claim.requests:
        if request.exactly is not None:
            _default_exact(request.exactly)
        for each in request.first_available:
            _default_exact(each)


def _too_many(values: list[object], limit: int, path: str, errors: Errors) -> None:
    if len(values) > limit:
        errors.too_many(path, len(values), limit)


def validate_selectors(selectors: list[DeviceSelector], path: str, errors: Errors) -> None:
    """Expressions about a device."""
    _too_many([*selectors], _LISTED_MAX, path, errors)
    for index, selector in enumerate(selectors):
        here = f"{path}[{index}]"
        if selector.cel is None:
            errors.required(f"{here}.cel")
            continue
        expression = selector.cel.expression
        if len(expression.encode()) > _TEXT_MAX:
            errors.too_long(f"{here}.cel.expression", _TEXT_MAX)
        check_expression(expression, f"{here}.cel.expression", errors, variables=("device",), missing="")


def validate_configuration(config: DeviceConfiguration, path: str, errors: Errors) -> None:
    """Parameters for a driver, which nobody else understands."""
    opaque = config.opaque
    if opaque is None:
        errors.required(path, "exactly one field must be set")
        return
    validate_driver_name(opaque.driver, f"{path}.opaque.driver", errors)
    here = f"{path}.opaque.parameters"
    raw = bytes(opaque.parameters) if opaque.parameters is not None else b""
    if not raw or raw == b"null":
        errors.required(here)
    elif len(raw) > _TEXT_MAX:
        errors.too_long(here, _TEXT_MAX)
    elif not isinstance(msgspec.json.decode(raw), dict):
        errors.invalid(here, OMITTED, "parameters must be a valid JSON object")


def _validate_tolerations(tolerations: list[DeviceToleration], path: str, errors: Errors) -> None:
    _too_many([*tolerations], _TOLERATIONS_MAX, path, errors)
    for index, toleration in enumerate(tolerations):
        here = f"{path}[{index}]"
        if toleration.key:
            validate_label_key(toleration.key, f"{here}.key", errors)
        match toleration.operator:
            case "Exists":
                if toleration.value:
                    errors.invalid(f"{here}.value", toleration.value, "must be empty for operator `Exists`")
            case "Equal":
                if not toleration.key:
                    errors.required(f"{here}.key", "must be specified for operator `Equal`")
                errors.invalid_each(f"{here}.value", toleration.value, formats.label_value(toleration.value))
            case "":
                errors.required(f"{here}.operator")
            case _:
                errors.not_supported(f"{here}.operator", toleration.operator, ("Equal", "Exists"))
        if toleration.effect and toleration.effect not in _EFFECTS:
            errors.not_supported(f"{here}.effect", toleration.effect, _EFFECTS)


def _validate_exact(request: ExactDeviceRequest | DeviceSubRequest, path: str, errors: Errors) -> None:
    if not request.device_class_name:
        errors.required(f"{path}.deviceClassName")
    else:
        found = formats.dns_subdomain(request.device_class_name)
        errors.invalid_each(f"{path}.deviceClassName", request.device_class_name, found)
    validate_selectors(request.selectors, f"{path}.selectors", errors)
    match request.allocation_mode:
        case "All":
            if request.count:
                detail = "must not be specified when allocationMode is 'All'"
                errors.invalid(f"{path}.count", request.count, detail)
        case "ExactCount":
            if request.count <= 0:
                errors.invalid(f"{path}.count", request.count, NOT_POSITIVE)
        case _:
            errors.not_supported(f"{path}.allocationMode", request.allocation_mode, _MODES)
    _validate_tolerations(request.tolerations, f"{path}.tolerations", errors)


def _check_name(name: str, path: str, errors: Errors) -> None:
    if not name:
        errors.required(path)
    else:
        errors.invalid_each(path, name, formats.dns_label(name))


def _validate_request(request: DeviceRequest, names: set[str], path: str, errors: Errors) -> None:
    _check_name(request.name, f"{path}.name", errors)
    if request.exactly is not None and request.first_available:
        errors.invalid(path, None, _ONE_WAY)
    elif request.exactly is not None:
        _validate_exact(request.exactly, f"{path}.exactly", errors)
    elif request.first_available:
        here = f"{path}.firstAvailable"
        _too_many([*request.first_available], _ALTERNATIVES_MAX, here, errors)
        for index, each in enumerate(request.first_available):
            _check_name(each.name, f"{here}[{index}].name", errors)
            full = f"{request.name}/{each.name}"
            if full in names:
                errors.duplicate(f"{here}[{index}].name", each.name)
            names.add(full)
            _validate_exact(each, f"{here}[{index}]", errors)
    else:
        errors.required(path, _ONE_WAY)


def _check_known(requests: list[str], names: set[str], path: str, errors: Errors) -> None:
    _too_many([*requests], _LISTED_MAX, path, errors)
    for index, name in enumerate(requests):
        if name in requests[:index]:
            errors.duplicate(f"{path}[{index}]", name)
        if name not in names:
            errors.invalid(f"{path}[{index}]", name, _KNOWN_NAME)


def _validate_constraint(constraint: DeviceConstraint, names: set[str], path: str, errors: Errors) -> None:
    _check_known(constraint.requests, names, f"{path}.requests", errors)
    attribute = constraint.match_attribute
    if attribute is None:
        errors.required(f"{path}.matchAttribute")
    elif not attribute:
        errors.required(f"{path}.matchAttribute")
    elif "/" not in attribute:
        errors.invalid(f"{path}.matchAttribute", attribute, "must include a domain")
    else:
        domain, _, name = attribute.partition("/")
        errors.invalid_each(f"{path}.matchAttribute", domain, formats.dns_subdomain(domain))
        errors.invalid_each(f"{path}.matchAttribute", name, formats.c_identifier(name))


def validate_device_claim(claim: DeviceClaim, path: str, errors: Errors) -> None:
    """Requests with names of their own; everything else speaks of them."""
    names: set[str] = set()
    _too_many([*claim.requests], _LISTED_MAX, f"{path}.requests", errors)
    for index, request in enumerate(claim.requests):
        here = f"{path}.requests[{index}]"
        _validate_request(request, names, here, errors)
        if request.name in names:
            errors.duplicate(f"{here}.name", request.name)
        names.add(request.name)
    _too_many([*claim.constraints], _LISTED_MAX, f"{path}.constraints", errors)
    for index, constraint in enumerate(claim.constraints):
        _validate_constraint(constraint, names, f"{path}.constraints[{index}]", errors)
    _too_many([*claim.config], _LISTED_MAX, f"{path}.config", errors)
    for index, config in enumerate(claim.config):
        here = f"{path}.config[{index}]"
        _check_known(config.requests, names, f"{here}.requests", errors)
        validate_configuration(config, here, errors)
