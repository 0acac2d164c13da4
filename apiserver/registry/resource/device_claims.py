"""What a claim asks for: requests for devices, constraints among them, and configuration."""

from __future__ import annotations

from functools import partial

from apiserver.registry import formats
from apiserver.registry.errors import NOT_POSITIVE, Errors
from apiserver.registry.labels import validate_label_key
from apiserver.registry.resource.device_selectors import validate_selectors
from apiserver.registry.resource.parts import (
    EFFECTS,
    check_configuration,
    check_each,
    check_fully_qualified,
    check_label,
    check_set,
    itself,
)
from minik8s.api.resource_v1 import (
    DeviceClaim,
    DeviceClaimConfiguration,
    DeviceConstraint,
    DeviceRequest,
    DeviceSubRequest,
    DeviceToleration,
    ExactDeviceRequest,
)

RequestNames = dict[str, frozenset[str]]
"""The names of a claim's requests, with those of their alternatives."""

LISTED_MAX = 32
_MODES = ("All", "ExactCount")
_ALTERNATIVES_MAX = 8
_KNOWN_NAME = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
_ONE_WAY = "exactly one of `exactly` or `firstAvailable` is required"
_ONE_ATTRIBUTE = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'


def _default_exact(request: ExactDeviceRequest | DeviceSubRequest) -> None:
    request.allocation_mode = request.allocation_mode or "ExactCount"
    if request.allocation_mode == "ExactCount" and request.count == 0:
        request.count = 1
    default_tolerations(request.tolerations)


def default_tolerations(tolerations: list[DeviceToleration]) -> None:
    """Values are compared."""
    for toleration in tolerations:
        toleration.operator = toleration.operator or "Equal"


def default_device_claim(claim: DeviceClaim) -> None:
    """One device for each request."""
    for request in claim.requests:
        if request.exactly is not None:
            _default_exact(request.exactly)
        for each in request.first_available:
            _default_exact(each)


def request_names(claim: DeviceClaim) -> RequestNames:
    """The names that everything else may speak of."""
    return {
        request.name: frozenset(alternative.name for alternative in request.first_available)
        for request in claim.requests
    }


def check_request_reference(names: RequestNames, name: str, path: str, errors: Errors) -> None:
    """The name of a request, or of one and an alternative."""
    parts = name.split("/")
    if len(parts) > 2:
        errors.invalid(path, name, _KNOWN_NAME)
        return
    for part in parts:
        check_label(part, path, errors)
    if parts[0] not in names or (len(parts) == 2 and parts[1] not in names[parts[0]]):
        errors.invalid(path, name, _KNOWN_NAME)


def _check_toleration(toleration: DeviceToleration, path: str, errors: Errors) -> None:
    if toleration.key:
        validate_label_key(toleration.key, f"{path}.key", errors)
    match toleration.operator:
        case "Exists":
            if toleration.value:
                errors.invalid(f"{path}.value", toleration.value, "must be empty for operator `Exists`")
        case "Equal":
            errors.invalid_each(f"{path}.value", toleration.value, formats.label_value(toleration.value))
        case "":
            errors.required(f"{path}.operator")
        case _:
            errors.not_supported(f"{path}.operator", toleration.operator, ("Equal", "Exists"))
    if toleration.effect and toleration.effect not in EFFECTS:
        errors.not_supported(f"{path}.effect", toleration.effect, EFFECTS)


def _check_exact(request: ExactDeviceRequest | DeviceSubRequest, path: str, errors: Errors) -> None:
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
    for index, toleration in enumerate(request.tolerations):
        _check_toleration(toleration, f"{path}.tolerations[{index}]", errors)


def _check_alternative(request: DeviceSubRequest, path: str, errors: Errors) -> None:
    check_label(request.name, f"{path}.name", errors)
    _check_exact(request, path, errors)


def _check_request(request: DeviceRequest, path: str, errors: Errors) -> None:
    check_label(request.name, f"{path}.name", errors)
    if request.exactly is not None and request.first_available:
        errors.invalid(path, None, f"{_ONE_WAY}, but multiple fields are set")
    elif request.first_available:
        check_set(
            request.first_available,
            _ALTERNATIVES_MAX,
            f"{path}.firstAvailable",
            errors,
            _check_alternative,
            lambda each: each.name,
        )
    elif request.exactly is not None:
        _check_exact(request.exactly, f"{path}.exactly", errors)
    else:
        errors.required(path, _ONE_WAY)


def check_requests(names: RequestNames, requests: list[str], path: str, errors: Errors) -> None:
    """Which requests something is about."""
    check_set(requests, LISTED_MAX, path, errors, partial(check_request_reference, names), itself)


def _check_constraint(names: RequestNames, constraint: DeviceConstraint, path: str, errors: Errors) -> None:
    check_requests(names, constraint.requests, f"{path}.requests", errors)
    if constraint.match_attribute is not None:
        check_fully_qualified(constraint.match_attribute, f"{path}.matchAttribute", errors)
    elif constraint.distinct_attribute is not None:
        check_fully_qualified(constraint.distinct_attribute, f"{path}.distinctAttribute", errors)
    else:
        errors.required(path, _ONE_ATTRIBUTE)


def _check_config(names: RequestNames, config: DeviceClaimConfiguration, path: str, errors: Errors) -> None:
    check_requests(names, config.requests, f"{path}.requests", errors)
    check_configuration(config, path, errors)


def validate_device_claim(claim: DeviceClaim, path: str, errors: Errors) -> None:
    """Requests with names of their own; everything else speaks of them."""
    names = request_names(claim)
    check_set(claim.requests, LISTED_MAX, f"{path}.requests", errors, _check_request, lambda each: each.name)
    check_each(claim.constraints, LISTED_MAX, f"{path}.constraints", errors, partial(_check_constraint, names))
    check_each(claim.config, LISTED_MAX, f"{path}.config", errors, partial(_check_config, names))
