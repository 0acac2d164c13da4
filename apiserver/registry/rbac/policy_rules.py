"""Rules of roles, and the roles they make up."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from minik8s.api.rbac_v1 import PolicyRule


def _validate(rule: PolicyRule, path: str, errors: Errors, *, namespaced: bool) -> None:
    if not rule.verbs:
        errors.required(f"{path}.verbs", "verbs must contain at least one value")
    urls = rule.non_resource_urls
    if urls:
        here = f"{path}.nonResourceURLs"
        if namespaced:
            errors.invalid(here, urls, "namespaced rules cannot apply to non-resource URLs")
        if rule.api_groups or rule.resources or rule.resource_names:
            errors.invalid(here, urls, "rules cannot apply to both regular resources and non-resource URLs")
        return
    if not rule.api_groups:
        errors.required(f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not rule.resources:
        errors.required(f"{path}.resources", "resource rules must supply at least one resource")


def validate_rules(rules: list[PolicyRule], errors: Errors, *, namespaced: bool) -> None:
    """Verbs on resources, or, in the whole cluster, on paths."""
    for index, rule in enumerate(rules):
        _validate(rule, f"rules[{index}]", errors, namespaced=namespaced)
