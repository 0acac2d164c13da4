"""LimitRanges: bounds and defaults for what single containers, pods and claims ask for."""

from __future__ import annotations

import uuid

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.pod_spec.resource_lists import round_up
from apiserver.registry.pod_spec.resources import check_container_name, check_name, overcommit_allowed, report_name
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.core_v1 import LimitRange, LimitRangeItem
from minik8s.machinery import quantity

_TYPES = ("Pod", "Container", "PersistentVolumeClaim")


def _validate_type(kind: str, path: str, errors: Errors) -> None:
    found = formats.qualified_name(kind)
    errors.invalid_each(path, kind, found)
    if not found and "/" not in kind and kind not in _TYPES:
        errors.invalid(path, kind, "must be a standard limit type or fully qualified")


def _validate_order(item: LimitRangeItem, name: str, path: str, errors: Errors) -> None:
    low, high = item.min.get(name), item.max.get(name)
    default, request = item.default.get(name), item.default_request.get(name)
    if item.type == "Pod":
        default = request = None
    ratio = item.max_limit_request_ratio.get(name)
    cmp = quantity.cmp
    if low is not None and high is not None and cmp(low, high) > 0:
        errors.invalid(f"{path}.min[{name}]", low, f"min value {low} is greater than max value {high}")
    if request is not None:
        here = f"{path}.defaultRequest[{name}]"
        if low is not None and cmp(low, request) > 0:
            errors.invalid(here, request, f"min value {low} is greater than default request value {request}")
        if high is not None and cmp(request, high) > 0:
            errors.invalid(here, request, f"default request value {request} is greater than max value {high}")
        if default is not None and cmp(request, default) > 0:
            errors.invalid(
                here, request, f"default request value {request} is greater than default limit value {default}"
            )
    if default is not None:
        here = f"{path}.default[{name}]"
        if low is not None and cmp(low, default) > 0:
            errors.invalid(here, low, f"min value {low} is greater than default value {default}")
        if high is not None and cmp(default, high) > 0:
            errors.invalid(here, high, f"default value {default} is greater than max value {high}")
    if ratio is not None:
        here = f"{path}.maxLimitRequestRatio[{name}]"
        if cmp(ratio, "1") < 0:
            errors.invalid(here, ratio, f"ratio {ratio} is less than 1")
        if low is not None and high is not None:
            least = quantity.parse(low)
            most = float(quantity.parse(high) / least) if least else float("inf")
            if float(quantity.parse(ratio)) > most:
                errors.invalid(here, ratio, f"ratio {ratio} is greater than max/min = {most:f}")
    if not overcommit_allowed(name) and default is not None and request is not None and cmp(default, request):
        errors.invalid(
            f"{path}.defaultRequest[{name}]",
            request,
            f"default value {default} must equal to defaultRequest value {request} in {name}",
        )


def _validate_item(item: LimitRangeItem, path: str, errors: Errors) -> None:
    check = check_container_name if item.type in ("Pod", "Container") else check_name
    for part, resources in (("max", item.max), ("min", item.min)):
        for name in resources:
            report_name(name, check, f"{path}.{part}[{name}]", errors)
    for part, resources in (("default", item.default), ("defaultRequest", item.default_request)):
        if item.type == "Pod":
            if resources:
                errors.forbidden(f"{path}.{part}", "may not be specified when `type` is 'Pod'")
            continue
        for name in resources:
            report_name(name, check, f"{path}.{part}[{name}]", errors)
    if item.type == "PersistentVolumeClaim" and "storage" not in item.min and "storage" not in item.max:
        errors.required(
            f"{path}.limits", "either minimum or maximum storage value is required, but neither was provided"
        )
    for name in item.max_limit_request_ratio:
        report_name(name, check, f"{path}.maxLimitRequestRatio[{name}]", errors)
    parts = [item.max, item.min, item.max_limit_request_ratio]
    if item.type != "Pod":
        parts += [item.default, item.default_request]
    for name in dict.fromkeys(name for part in parts for name in part):
        _validate_order(item, name, path, errors)


def _validate(limits: LimitRange) -> Errors:
    errors = Errors()
    validate_metadata(limits.metadata, errors, namespaced=True)
    seen: set[str] = set()
    for index, item in enumerate(limits.spec.limits):
        path = f"spec.limits[{index}]"
        _validate_type(item.type, f"{path}.type", errors)
        if item.type in seen:
            errors.duplicate(f"{path}.type", item.type)
        seen.add(item.type)
        _validate_item(item, path, errors)
    return errors


class LimitRangeStrategy(Strategy[LimitRange]):
    """Bounds for one namespace."""

    allow_create_on_update = True
    short_names = ("limits",)

    def default(self, obj: LimitRange, request: Request) -> None:
        """A container's maximum is its default limit, its default limit its default request."""
        for item in obj.spec.limits:
            for part in (item.max, item.min, item.default, item.default_request, item.max_limit_request_ratio):
                round_up(part)
            if item.type == "Container":
                item.default = {**item.max, **item.default}
                item.default_request = {**item.min, **item.default, **item.default_request}

    def prepare_for_create(self, obj: LimitRange, request: Request) -> None:
        """One without a name gets one."""
        obj.metadata.name = obj.metadata.name or str(uuid.uuid4())

    def validate(self, obj: LimitRange, request: Request) -> Errors:
        """Names, and that the bounds leave room."""
        return _validate(obj)

    def validate_update(self, new: LimitRange, old: LimitRange, request: Request) -> Errors:
        """As a new object."""
        return _validate(new)


STRATEGY = LimitRangeStrategy()
