"""How much of a device's capacity a request may take: any of some amounts, or a range of them."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.resource.parts import check_set
from minik8s.api.resource_v1 import CapacityRequestPolicy, CapacityRequestPolicyRange, DeviceCapacity
from minik8s.machinery.quantity import add, cmp, value

_VALUES_MAX = 10
_ONE_POLICY = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time'


def check_capacity(capacity: DeviceCapacity, path: str, errors: Errors, *, shared: bool) -> None:
    """A capacity; only what several requests may share (`shared`) has a policy."""
    policy, here = capacity.request_policy, f"{path}.requestPolicy"
    if policy is None:
        return
    if not shared:
        errors.forbidden(here, "allowMultipleAllocations must be true")
    elif policy.valid_values and policy.valid_range is not None:
        errors.forbidden(here, _ONE_POLICY)
    elif policy.valid_values:
        if policy.default is None:
            errors.required(f"{here}.default", "required when validValues is defined")
        else:
            _check_values(policy, policy.default, capacity.value or "0", f"{here}.validValues", errors)
    elif policy.valid_range is not None:
        if policy.default is None:
            errors.required(f"{here}.default", "required when validRange is defined")
        else:
            _check_range(policy.valid_range, policy.default, capacity.value or "0", f"{here}.validRange", errors)


def _check_values(policy: CapacityRequestPolicy, default: str, most: str, path: str, errors: Errors) -> None:
    values = policy.valid_values
    for index in range(1, len(values)):
        if cmp(values[index - 1], values[index]) > 0:
            errors.invalid(f"{path}[{index}]", values[index], "values must be sorted in ascending order")

    def check(option: str, here: str, errors: Errors) -> None:
        if cmp(option, most) > 0:
            errors.invalid(here, option, f"option is larger than capacity value: {most}")

    check_set(values, _VALUES_MAX, path, errors, check, lambda option: str(value(option)))
    if len(values) > _VALUES_MAX or all(cmp(option, default) for option in values):
        errors.invalid(path, default, "default value is not valid according to the requestPolicy")


def _check_range(given: CapacityRequestPolicyRange, default: str, most: str, path: str, errors: Errors) -> None:
    low, high, step = given.min, given.max, given.step
    if low is None:
        errors.required(f"{path}.min", "required when validRange is defined")
        return
    here = f"{path}.min"
    if cmp(low, most) > 0:
        errors.invalid(here, low, f"min is larger than capacity value: {most}")
    if cmp(default, low) < 0:
        errors.invalid(here, default, f"default is less than min: {low}")
    if high is not None:
        here = f"{path}.max"
        if cmp(low, high) > 0:
            errors.invalid(here, low, f"min is larger than max: {high}")
        if cmp(high, most) > 0:
            errors.invalid(here, high, f"max is larger than capacity value: {most}")
        if cmp(default, high) > 0:
            errors.invalid(here, default, f"default is more than max: {high}")
    if step is None:
        return
    here, after = f"{path}.step", add(low, step)
    if cmp(after, most) > 0:
        errors.invalid(here, step, f"one step {after} is larger than capacity value: {most}")
    for amount in (default, high):
        # A step of nothing leads nowhere else.
        away, width = value(amount or low) - value(low), value(step)
        if away % width if width else away:
            errors.invalid(here, amount, f"value is not a multiple of a given step ({step}) from ({low})")
