"""One device of a slice: its attributes, capacities, taints, counters, and the machines that reach it."""

from __future__ import annotations

import re

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.labels import validate_label_key, validate_node_selector
from apiserver.registry.resource.capacities import check_capacity
from apiserver.registry.resource.parts import (
    EFFECTS,
    check_binding_conditions,
    check_each,
    check_label,
    check_qualified,
    check_set,
)
from minik8s.api.resource_v1 import (
    Counter,
    CounterSet,
    Device,
    DeviceAttribute,
    DeviceCounterConsumption,
    DeviceTaint,
)

_ATTRIBUTES_MAX = 32
_VALUES_MAX = 48
_TEXT_MAX = 64
_KEY_MAX = 63 + 1 + 32
_TAINTS_MAX = 16
_CONSUMED_MAX = 2
_COUNTERS_MAX = 32
_ONE_VALUE = "exactly one value must be specified"
_NODES = (
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true "
    "in the ResourceSlice spec"
)
_NO_NODES = (
    "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the "
    "ResourceSlice spec"
)
_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
    r"(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)


def _shortened(key: str, limit: int) -> str:
    """A key as a path shows it: the middle of a long one is left out."""
    if len(key) <= limit:
        return key
    rest = limit - 3
    return f"{key[: (rest + 1) // 2]}...{key[len(key) - rest // 2 :]}"


def _check_text(text: str, path: str, errors: Errors) -> None:
    if len(text.encode()) > _TEXT_MAX:
        errors.too_long(path, _TEXT_MAX)


def _check_version(text: str, path: str, errors: Errors) -> None:
    if _VERSION.fullmatch(text) is None:
        errors.invalid(path, text, "must be a string compatible with semver.org spec 2.0.0")
    _check_text(text, path, errors)


def _check_attribute(attribute: DeviceAttribute, path: str, errors: Errors) -> None:
    given = sum(
        value is not None for value in (attribute.bool_, attribute.int_, attribute.string, attribute.version)
    ) + sum(bool(values) for values in (attribute.bools, attribute.ints, attribute.strings, attribute.versions))
    if attribute.string is not None:
        _check_text(attribute.string, f"{path}.string", errors)
    if attribute.version is not None:
        _check_version(attribute.version, f"{path}.version", errors)
    for index, text in enumerate(attribute.strings):
        _check_text(text, f"{path}.strings[{index}]", errors)
    for index, text in enumerate(attribute.versions):
        _check_version(text, f"{path}.versions[{index}]", errors)
    if given == 0:
        errors.invalid(path, "", _ONE_VALUE)
    elif given > 1:
        errors.invalid(path, internal_form(attribute), _ONE_VALUE)


def _values(attribute: DeviceAttribute) -> int:
    listed = len(attribute.bools) + len(attribute.ints) + len(attribute.strings) + len(attribute.versions)
    return listed or 1


def _check_taint(taint: DeviceTaint, path: str, errors: Errors) -> None:
    validate_label_key(taint.key, f"{path}.key", errors)
    if taint.value:
        errors.invalid_each(f"{path}.value", taint.value, formats.label_value(taint.value))
    if not taint.effect:
        errors.required(f"{path}.effect")
    elif taint.effect not in EFFECTS:
        errors.not_supported(f"{path}.effect", taint.effect, EFFECTS)


def _check_counters(counters: dict[str, Counter], path: str, errors: Errors) -> None:
    if not counters:
        errors.required(path)
    elif len(counters) > _COUNTERS_MAX:
        errors.too_many(path, len(counters), _COUNTERS_MAX)
    else:
        for name in counters:
            check_label(name, path, errors)


def _check_set(name: str, path: str, errors: Errors) -> None:
    if name:
        check_label(name, path, errors)
    else:
        errors.required(path)


def check_counter_set(counters: CounterSet, path: str, errors: Errors) -> None:
    """Counters that devices share, under a name."""
    _check_set(counters.name, f"{path}.name", errors)
    _check_counters(counters.counters, f"{path}.counters", errors)


def _check_consumption(consumed: DeviceCounterConsumption, path: str, errors: Errors) -> None:
    _check_set(consumed.counter_set, f"{path}.counterSet", errors)
    _check_counters(consumed.counters, f"{path}.counters", errors)


def _check_nodes(device: Device, path: str, errors: Errors) -> None:
    given = []
    if device.node_name is not None:
        if device.node_name:
            given.append("`nodeName`")
            errors.invalid_each(f"{path}.nodeName", device.node_name, formats.dns_subdomain(device.node_name))
        else:
            errors.invalid(f"{path}.nodeName", "", "must not be empty")
    if device.node_selector is not None:
        given.append("`nodeSelector`")
        validate_node_selector(device.node_selector, f"{path}.nodeSelector", errors)
    if device.all_nodes:
        given.append("`allNodes`")
    elif device.all_nodes is not None:
        errors.invalid(f"{path}.allNodes", False, "must be either unset or set to true")
    if not given:
        errors.required(path, _NODES)
    elif len(given) > 1:
        errors.invalid(path, f"{{{', '.join(given)}}}", _NODES)


def check_device(device: Device, path: str, errors: Errors, *, per_device: bool, old: Device | None) -> None:
    """A device; `per_device` has it say which machines reach it, taints that are as in `old` are left alone."""
    check_label(device.name, f"{path}.name", errors)
    count = len(device.attributes) + len(device.capacity)
    if count > _ATTRIBUTES_MAX:
        why = f"the total number of attributes and capacities must not exceed {_ATTRIBUTES_MAX}"
        errors.invalid(path, count, why)
    values = sum(map(_values, device.attributes.values()))
    if values > _VALUES_MAX:
        errors.invalid(path, values, f"the total number of attribute values must not exceed {_VALUES_MAX}")
    here = f"{path}.attributes"
    for name, attribute in device.attributes.items():
        check_qualified(name, here, errors)
        _check_attribute(attribute, f"{here}[{_shortened(name, _KEY_MAX)}]", errors)
    here, shared = f"{path}.capacity", bool(device.allow_multiple_allocations)
    for name, capacity in device.capacity.items():
        check_qualified(name, here, errors)
        check_capacity(capacity, f"{here}[{_shortened(name, _KEY_MAX)}]", errors, shared=shared)
    if old is None or device.taints != old.taints:
        check_each(device.taints, _TAINTS_MAX, f"{path}.taints", errors, _check_taint)
    check_set(
        device.consumes_counters,
        _CONSUMED_MAX,
        f"{path}.consumesCounters",
        errors,
        _check_consumption,
        lambda each: each.counter_set,
    )
    if per_device:
        _check_nodes(device, path, errors)
    elif device.node_name is not None or device.node_selector is not None or device.all_nodes is not None:
        errors.invalid(path, None, _NO_NODES)
    check_binding_conditions(device.binding_conditions, device.binding_failure_conditions, path, errors)
