"""CEL selectors over devices."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from minik8s.api.resource_v1 import Device, DeviceAttribute
from minik8s.machinery import quantity

if TYPE_CHECKING:
    from minik8s.machinery.cel import Program

_STRING = re.compile(r"\"([^\"]*)\"|'([^']*)'")


class SelectorFailed(Exception):
    """An expression is broken, or cannot be evaluated for a device."""


@lru_cache(maxsize=512)
def _program(expression: str) -> Program:
    from minik8s.machinery.cel import CompileError, compile_expression
    from minik8s.machinery.cel.devices import device_environment

    try:
        return compile_expression(expression, device_environment())
    except CompileError as error:
        raise SelectorFailed(f"CEL compile error: {error}") from None


def selects(expression: str, driver: str, device: Device) -> bool:
    """Whether an expression selects a device. Raises SelectorFailed."""
    from minik8s.machinery.cel import EvalError

    program = _program(expression)
    try:
        return program.evaluate({"device": _value(expression, driver, device)}) is True
    except EvalError as error:
        raise SelectorFailed(f"CEL runtime error: {error}") from None


def _value(expression: str, driver: str, device: Device) -> dict[str, Any]:
    from minik8s.machinery.cel.library.quantities import QuantityValue

    attributes: dict[str, dict[str, Any]] = {}
    capacity: dict[str, dict[str, Any]] = {}
    # A domain that a device knows nothing of is an empty map, not an error.
    for one, other in _STRING.findall(expression):
        attributes[one or other] = {}
        capacity[one or other] = {}
    for name, attribute in device.attributes.items():
        domain, _, key = name.rpartition("/")
        attributes.setdefault(domain or driver, {})[key] = plain(attribute)
    for name, amount in device.capacity.items():
        domain, _, key = name.rpartition("/")
        capacity.setdefault(domain or driver, {})[key] = QuantityValue(quantity.parse(amount.value))
    return {
        "driver": driver,
        "attributes": attributes,
        "capacity": capacity,
        "allowMultipleAllocations": bool(device.allow_multiple_allocations),
    }


def plain(attribute: DeviceAttribute) -> Any:
    """An attribute's value."""
    if attribute.version is not None:
        return _version(attribute.version)
    for value in (attribute.int_, attribute.bool_, attribute.string):
        if value is not None:
            return value
    return attribute.ints or attribute.bools or attribute.strings or [_version(v) for v in attribute.versions]


def _version(text: str) -> Any:
    from minik8s.machinery.cel.library.semvers import SemverValue

    numbers, _, pre = text.partition("+")[0].partition("-")
    parts = [int(part) for part in numbers.split(".")]
    return SemverValue((parts[0], parts[1], parts[2]), tuple(pre.split(".")) if pre else ())
