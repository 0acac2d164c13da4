"""Addresses and address families of services."""

from __future__ import annotations

from apiserver.registry.addresses import ip_problems, is_ipv6, one_of_each_family
from apiserver.registry.core.service_types import is_headless
from apiserver.registry.errors import Errors
from minik8s.api.core_v1 import ServiceSpec

_FAMILIES = ("IPv4", "IPv6")
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_IPS = "spec.clusterIPs"
_FIXED = "may not change once set"


def _validate_families(spec: ServiceSpec, errors: Errors) -> None:
    seen: set[str] = set()
    for index, family in enumerate(spec.ip_families):
        if family not in _FAMILIES:
            errors.not_supported(f"spec.ipFamilies[{index}]", family, _FAMILIES)
        if family in seen:
            errors.duplicate(f"spec.ipFamilies[{index}]", family)
        seen.add(family)
    policy = spec.ip_family_policy
    if policy is not None and policy not in _FAMILY_POLICIES:
        errors.not_supported("spec.ipFamilyPolicy", policy, _FAMILY_POLICIES)


def validate_addresses(spec: ServiceSpec, old: ServiceSpec | None, errors: Errors) -> None:
    """The one address leads the list; at most one address of each family; families that agree."""
    if spec.type == "ExternalName":
        return
    addresses = spec.cluster_ips
    if spec.cluster_ip:
        if not addresses:
            errors.required(_IPS)
        elif addresses[0] != spec.cluster_ip:
            errors.invalid(_IPS, addresses, "first value must match `clusterIP`")
    elif addresses:
        errors.invalid(_IPS, addresses, "must be empty when `clusterIP` is not specified")
    _validate_families(spec, errors)
    stored = old.cluster_ips if old is not None else ()
    bad = False
    for index, address in enumerate(addresses):
        if index == 0 and address == "None":
            if len(addresses) > 1:
                bad = True
                errors.invalid(_IPS, addresses, "'None' must be the first and only value")
            continue
        found = ip_problems(address) if address not in stored else ()
        bad = bad or bool(found)
        errors.invalid_each(f"{_IPS}[{index}]", address, found)
    if len(addresses) > 2:
        errors.invalid(_IPS, addresses, "may only hold up to 2 values")
    if bad:
        return
    if len(addresses) > 1 and not one_of_each_family(addresses):
        errors.invalid(_IPS, addresses, "may specify no more than one IP for each IP family")
    if not is_headless(spec):
        for index, (address, family) in enumerate(zip(addresses, spec.ip_families, strict=False)):
            if family in _FAMILIES and (family == "IPv6") != is_ipv6(address):
                errors.invalid(
                    f"{_IPS}[{index}]",
                    address,
                    f"expected an {family} value as indicated by `ipFamilies[{index}]`",
                )


def validate_addresses_kept(new: ServiceSpec, old: ServiceSpec, errors: Errors) -> None:
    """The primary address and family stay; the second may come and go."""
    if "ExternalName" in (new.type, old.type):
        return
    _validate_ips_kept(new, old, errors)
    _validate_families_kept(new, old, errors)


def _validate_ips_kept(new: ServiceSpec, old: ServiceSpec, errors: Errors) -> None:
    mine, theirs = new.cluster_ips, old.cluster_ips
    if is_headless(new) and is_headless(old):
        return
    first = f"{_IPS}[0]"
    if len(mine) == len(theirs):
        for index, (after, before) in enumerate(zip(mine, theirs, strict=True)):
            if after != before:
                errors.invalid(f"{_IPS}[{index}]", mine, _FIXED)
        return
    if len(mine) < len(theirs):
        if not mine:
            errors.invalid(first, mine or None, "primary clusterIP can not be unset")
        elif mine[0] != theirs[0]:
            errors.invalid(first, mine, _FIXED)
        if len(mine) == 1 and new.ip_family_policy != "SingleStack":
            errors.invalid(
                "spec.ipFamilyPolicy",
                new.ip_family_policy,
                "must be set to 'SingleStack' when releasing the secondary clusterIP",
            )
    elif theirs and mine[0] != theirs[0]:
        errors.invalid(first, mine, _FIXED)


def _validate_families_kept(new: ServiceSpec, old: ServiceSpec, errors: Errors) -> None:
    if is_headless(new) or is_headless(old):
        return
    mine, theirs, path = new.ip_families, old.ip_families, "spec.ipFamilies[0]"
    if len(mine) == len(theirs):
        for after, before in zip(mine, theirs, strict=True):
            if after != before:
                errors.invalid(path, mine, _FIXED)
        return
    if len(mine) < len(theirs):
        if not new.cluster_ips:
            errors.invalid(path, mine or None, "primary ipFamily can not be unset")
        if mine and mine[0] != theirs[0]:
            errors.invalid(path, new.cluster_ips or None, _FIXED)
        if len(mine) == 1 and new.ip_family_policy != "SingleStack":
            errors.invalid(
                "spec.ipFamilyPolicy",
                new.ip_family_policy,
                "must be set to 'SingleStack' when releasing the secondary ipFamily",
            )
    elif theirs and mine[0] != theirs[0]:
        errors.invalid(path, new.cluster_ips or None, _FIXED)
