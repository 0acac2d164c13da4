"""Which address families a service gets: what its author asks for, as far as the cluster has them."""

from __future__ import annotations

from apiserver.registry.addresses import is_ipv6
from apiserver.registry.core.service_types import is_headless
from apiserver.registry.errors import Errors
from minik8s.api.core_v1 import Service

SINGLE, PREFER_DUAL, REQUIRE_DUAL = "SingleStack", "PreferDualStack", "RequireDualStack"
_OTHER = {"IPv4": "IPv6", "IPv6": "IPv4"}


def settle_families(service: Service, old: Service | None, served: tuple[str, ...]) -> Errors:
    """Fill in the policy and the families of a new or changed service; what cannot be."""
    spec = service.spec
    errors = Errors()
    if spec.type == "ExternalName":
        return errors
    if old is not None and old.spec.type != "ExternalName":
        spec.ip_family_policy = spec.ip_family_policy or old.spec.ip_family_policy
        if spec.ip_family_policy == SINGLE and old.spec.ip_family_policy != SINGLE:
            # Only the first address of two stays.
            if spec.cluster_ips == old.spec.cluster_ips:
                spec.cluster_ips = spec.cluster_ips[:1]
            if not spec.ip_families or spec.ip_families == old.spec.ip_families:
                spec.ip_families = old.spec.ip_families[:1]
        spec.ip_families = spec.ip_families or list(old.spec.ip_families)
    families = list(spec.ip_families)
    for index, address in enumerate(spec.cluster_ips):
        if address != "None" and index >= len(families):
            families.append("IPv6" if is_ipv6(address) else "IPv4")
    if is_headless(spec) and not spec.selector:
        spec.ip_family_policy = spec.ip_family_policy or REQUIRE_DUAL
        families = families or [served[0]]
        if len(families) == 1 and spec.ip_family_policy != SINGLE:
            families.append(_OTHER[families[0]])
        spec.ip_families = families
        return errors
    for index, family in enumerate(families):
        if family not in served:
            errors.invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster")
    if not spec.ip_family_policy:
        if len(families) == 2:
            errors.invalid(
                "spec.ipFamilyPolicy",
                SINGLE,
                "must be RequireDualStack or PreferDualStack when multiple IP families are specified",
            )
        spec.ip_family_policy = SINGLE
    families = families or [served[0]]
    if spec.ip_family_policy == REQUIRE_DUAL and len(served) < 2:
        errors.invalid("spec.ipFamilyPolicy", REQUIRE_DUAL, "this cluster is not configured for dual-stack services")
    if spec.ip_family_policy != SINGLE and len(families) == 1 and len(served) == 2:
        families.append(_OTHER[families[0]])
    spec.ip_families = families
    return errors
