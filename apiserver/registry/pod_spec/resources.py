"""Resource names and quantities: what containers, pods, quotas and limit ranges may say."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.pod_spec.resource_lists import aggregate_limits, aggregate_requests, is_huge_page, is_pod_level
from minik8s.api.core_v1 import PodSpec, ResourceClaim, ResourceRequirements
from minik8s.machinery import quantity
from minik8s.machinery.resource_names import is_native

NOT_AN_INTEGER = "must be an integer"
_STANDARD_CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
_INTEGER = frozenset(
    {
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    }
)
_STANDARD_QUOTA = _INTEGER | {
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
}
_STANDARD = _STANDARD_QUOTA | {"storage"}
CheckName = Callable[[str], tuple[tuple[str, str], ...]]


def _is_quota_huge_page(name: str) -> bool:
    return name.startswith(("hugepages-", "requests.hugepages-"))


@lru_cache(maxsize=4096)
def is_extended(name: str) -> bool:
    """Whether a resource is one that nodes advertise for themselves."""
    if is_native(name) or name.startswith("requests."):
        return False
    return not formats.qualified_name(f"requests.{name}")


def overcommit_allowed(name: str) -> bool:
    """Whether requests of a resource may be lower than its limit."""
    return is_native(name) and not is_huge_page(name)


def is_standard_quota(name: str) -> bool:
    """Whether a quota may name a resource without a domain."""
    return name in _STANDARD_QUOTA or _is_quota_huge_page(name)


def is_integer(name: str) -> bool:
    """Whether a resource is counted in whole numbers."""
    return name in _INTEGER or is_extended(name)


# Each name check answers (value kind, message) pairs: "invalid" messages, or "unsupported" with no message.


@lru_cache(maxsize=4096)
def check_name(name: str) -> tuple[tuple[str, str], ...]:
    """A resource name: standard, or qualified by a domain."""
    found = formats.qualified_name(name)
    if found:
        return tuple(("invalid", message) for message in found)
    if "/" not in name and name not in _STANDARD and not _is_quota_huge_page(name):
        return (("invalid", "must be a standard resource type or fully qualified"),)
    return ()


@lru_cache(maxsize=4096)
def check_container_name(name: str) -> tuple[tuple[str, str], ...]:
    """A resource a container may ask for."""
    found = check_name(name)
    if "/" not in name:
        if name not in _STANDARD_CONTAINER and not is_huge_page(name):
            return (*found, ("invalid", "must be a standard resource for containers"))
    elif not is_native(name) and not is_extended(name):
        return (*found, ("invalid", "doesn't follow extended resource name standard"))
    return found


@lru_cache(maxsize=4096)
def check_pod_name(name: str) -> tuple[tuple[str, str], ...]:
    """A resource a pod may ask for as a whole."""
    found = check_name(name)
    if not found and not is_pod_level(name):
        return (("unsupported", ""),)
    return found


@lru_cache(maxsize=4096)
def check_quota_name(name: str) -> tuple[tuple[str, str], ...]:
    """A resource a quota may bound."""
    found = check_name(name)
    if "/" not in name and not is_standard_quota(name):
        return (*found, ("invalid", "must be a standard resource for quota"))
    return found


def report_name(name: str, check: CheckName, path: str, errors: Errors) -> None:
    """Add what a check says about a resource name."""
    for kind, message in check(name):
        if kind == "invalid":
            errors.invalid(path, name, message)
        else:
            errors.not_supported(path, name, ("cpu", "hugepages-", "memory"))


@lru_cache(maxsize=8192)
def _value_problems(name: str, value: str) -> tuple[str, ...]:
    parsed = quantity.parse(value)
    negative = ("must be greater than or equal to 0",) if parsed < 0 else ()
    if is_integer(name) and quantity.milli_value(value) % 1000 != 0:
        return (*negative, NOT_AN_INTEGER)
    return negative


def validate_value(name: str, value: str, path: str, errors: Errors) -> None:
    """A quantity of a resource: not negative, whole where only whole numbers count."""
    for message in _value_problems(name, value):
        errors.invalid(path, value, message)


@lru_cache(maxsize=4096)
def huge_pages_divisible(name: str, value: str) -> bool:
    """Whether a quantity is a whole number of the pages its resource names."""
    try:
        size = quantity.parse(name.removeprefix("hugepages-"))
    except quantity.QuantityError:
        return False
    if size <= 0 or size != size.to_integral_value():
        return False
    return quantity.value(value) % int(size) == 0


def _validate_claims(claims: list[ResourceClaim], pod_claims: frozenset[str], path: str, errors: Errors) -> None:
    names: set[str] = set()
    for index, claim in enumerate(claims):
        here = f"{path}[{index}]"
        name = claim.name
        if not name:
            errors.required(here)
            continue
        if name in names:
            errors.duplicate(here, name)
        else:
            key = name
            if claim.request:
                errors.invalid_each(f"{here}.request", claim.request, formats.dns_label(claim.request))
                key = f"{name}/{claim.request}"
            if key in names:
                errors.duplicate(here, key)
            elif not claim.request:
                for other in names:
                    if other.partition("/")[0] == name and "/" in other:
                        errors.duplicate(here, name)
            names.add(key)
        if name not in pod_claims:
            which = f": {', '.join(sorted(pod_claims))}" if pod_claims else " which is empty"
            errors.not_found(here, name, f"must be one of the names in pod.spec.resourceClaims{which}")


def validate_requirements(
    requirements: ResourceRequirements,
    check: CheckName,
    pod_claims: frozenset[str],
    path: str,
    errors: Errors,
    *,
    indivisible_huge_pages: bool = False,
) -> None:
    """Limits and requests: known names, sane values, requests within limits."""
    limits, requests = requirements.limits, requirements.requests
    huge = compute = False
    for name, value in limits.items():
        if check(name) or _value_problems(name, value):
            here = f"{path}.limits[{name}]"
            report_name(name, check, here, errors)
            validate_value(name, value, here, errors)
        if is_huge_page(name):
            huge = True
            if not indivisible_huge_pages and not huge_pages_divisible(name, value):
                errors.invalid(f"{path}.limits[{name}]", value, f"{value} is not positive integer multiple of {name}")
        elif name in ("cpu", "memory"):
            compute = True
    for name, value in requests.items():
        if check(name) or _value_problems(name, value):
            here = f"{path}.requests[{name}]"
            report_name(name, check, here, errors)
            validate_value(name, value, here, errors)
        limit = limits.get(name)
        if limit is not None:
            if value != limit:
                order = quantity.cmp(value, limit)
                if order != 0 and not overcommit_allowed(name):
                    errors.invalid(f"{path}.requests", value, f"must be equal to {name} limit of {limit}")
                elif order > 0:
                    errors.invalid(f"{path}.requests", value, f"must be less than or equal to {name} limit of {limit}")
        elif not overcommit_allowed(name):
            errors.required(f"{path}.limits", "Limit must be set for non overcommitable resources")
        if is_huge_page(name):
            huge = True
            if not indivisible_huge_pages and not huge_pages_divisible(name, value):
                errors.invalid(f"{path}.requests[{name}]", value, f"{value} is not positive integer multiple of {name}")
        elif name in ("cpu", "memory"):
            compute = True
    if huge and not compute:
        errors.forbidden(path, "HugePages require cpu or memory")
    if requirements.claims:
        _validate_claims(requirements.claims, pod_claims, f"{path}.claims", errors)


def validate_pod_resources(
    spec: PodSpec, pod_claims: frozenset[str], path: str, errors: Errors, *, indivisible_huge_pages: bool
) -> None:
    """What a pod asks for as a whole, and that its containers fit into it."""
    wanted = spec.resources
    if wanted is None:
        return
    here = f"{path}.resources"
    if spec.os is not None and spec.os.name == "windows":
        errors.forbidden(here, "may not be set for a windows pod")
        return
    if wanted.claims:
        errors.forbidden(f"{here}.claims", "claims may not be set for Resources at pod-level")
    validate_requirements(
        wanted, check_pod_name, pod_claims, here, errors, indivisible_huge_pages=indivisible_huge_pages
    )
    for name, total in aggregate_requests(spec).items():
        mine = wanted.requests.get(name)
        if mine is not None and quantity.cmp(total, mine) > 0:
            errors.invalid(
                f"{here}.requests[{name}]",
                mine,
                f"must be greater than or equal to aggregate container requests of {total}",
            )
    for name, total in aggregate_limits(spec).items():
        mine = wanted.limits.get(name)
        if is_huge_page(name) and mine is not None and quantity.cmp(total, mine) > 0:
            errors.invalid(
                f"{here}.limits[{name}]",
                mine,
                f"must be greater than or equal to aggregate container limits of {total}",
            )
    for index, container in enumerate(spec.containers):
        for name, limit in container.resources.limits.items():
            mine = wanted.limits.get(name)
            if mine is not None and quantity.cmp(limit, mine) > 0:
                errors.invalid(
                    f"{here}.containers[{index}][{name}].limits",
                    limit,
                    f"must be less than or equal to pod limits of {mine}",
                )
