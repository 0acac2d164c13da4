"""Rules of flow schemas: who sends, and what is asked."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from minik8s.api.flowcontrol_v1 import (
    NonResourcePolicyRule,
    PolicyRulesWithSubjects,
    ResourcePolicyRule,
    ServiceAccountSubject,
    Subject,
)

_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
_KINDS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}

_NAMESPACES = "each member of this list must be '*' or a DNS-1123 label"


def _check_all(values: list[str], path: str, errors: Errors, *, needed: str, others: str) -> bool:
    """Something, or everything alone; answers whether single values are worth a look."""
    if not values:
        errors.required(path, needed)
        return False
    if "*" in values:
        if len(values) > 1:
            errors.invalid(path, values, f"if '*' is present, must not specify other {others}")
        return False
    return True


def _check_verbs(verbs: list[str], path: str, errors: Errors) -> None:
    needed = "verbs must contain at least one value"
    if _check_all(verbs, path, errors, needed=needed, others="verbs") and not set(verbs) <= set(_VERBS):
        errors.not_supported(path, verbs, _VERBS)


def _path_problem(value: str) -> str:
    if not value:
        return "must not be empty"
    if value == "/":
        return ""
    if not value.startswith("/"):
        return "must start with slash"
    if " " in value:
        return "must not contain white-space"
    if "//" in value:
        return "must not contain double slash"
    stars = value.count("*")
    return "wildcard can only do suffix matching" if stars > 1 or (stars and not value.endswith("/*")) else ""


def _validate_paths(rule: NonResourcePolicyRule, path: str, errors: Errors) -> None:
    _check_verbs(rule.verbs, f"{path}.verbs", errors)
    here, urls = f"{path}.nonResourceURLs", rule.non_resource_urls
    needed = "nonResourceURLs must contain at least one value"
    if _check_all(urls, here, errors, needed=needed, others="non-resource URLs"):
        for index, url in enumerate(urls):
            if problem := _path_problem(url):
                errors.invalid(f"{here}[{index}]", url, problem)


def _validate_resources(rule: ResourcePolicyRule, path: str, errors: Errors) -> None:
    _check_verbs(rule.verbs, f"{path}.verbs", errors)
    needed = "resource rules must supply at least one api group"
    _check_all(rule.api_groups, f"{path}.apiGroups", errors, needed=needed, others="api groups")
    needed = "resource rules must supply at least one resource"
    _check_all(rule.resources, f"{path}.resources", errors, needed=needed, others="resources")
    here, namespaces = f"{path}.namespaces", rule.namespaces
    if not namespaces and rule.cluster_scope:
        return
    needed = "resource rules that are not cluster scoped must supply at least one namespace"
    if _check_all(namespaces, here, errors, needed=needed, others="namespaces"):
        for index, name in enumerate(namespaces):
            found = formats.dns_label(name)
            errors.invalid_each(f"{here}[{index}]", name, (f"{_NAMESPACES}; {each}" for each in found))


def _validate_account(account: ServiceAccountSubject, path: str, errors: Errors) -> None:
    if not account.name:
        errors.required(f"{path}.name")
    elif account.name != "*":
        errors.invalid_each(f"{path}.name", account.name, formats.dns_subdomain(account.name))
    if not account.namespace:
        errors.required(f"{path}.namespace", "must specify namespace for service account")
    else:
        errors.invalid_each(f"{path}.namespace", account.namespace, formats.dns_label(account.namespace))


def _validate_subject(subject: Subject, path: str, errors: Errors) -> None:
    if subject.kind not in _KINDS:
        errors.not_supported(f"{path}.kind", subject.kind, tuple(_KINDS))
        return
    named = {"Group": subject.group, "ServiceAccount": subject.service_account, "User": subject.user}
    mine = named[subject.kind]
    field = _KINDS[subject.kind]
    if mine is None:
        errors.required(f"{path}.{field}", f"{field} is required when subject kind is '{subject.kind}'")
    elif isinstance(mine, ServiceAccountSubject):
        _validate_account(mine, f"{path}.{field}", errors)
    elif not mine.name:
        errors.required(f"{path}.{field}.name")
    for kind, other in named.items():
        if kind != subject.kind and other is not None:
            errors.forbidden(f"{path}.{_KINDS[kind]}", f"{_KINDS[kind]} is forbidden when subject kind is not '{kind}'")


def validate_flow_rule(rule: PolicyRulesWithSubjects, path: str, errors: Errors) -> None:
    """Senders, and resources or paths."""
    if not rule.subjects:
        errors.required(f"{path}.subjects", "subjects must contain at least one value")
    for index, subject in enumerate(rule.subjects):
        _validate_subject(subject, f"{path}.subjects[{index}]", errors)
    if not rule.resource_rules and not rule.non_resource_rules:
        errors.required(path, "at least one of resourceRules and nonResourceRules has to be non-empty")
    for index, resources in enumerate(rule.resource_rules):
        _validate_resources(resources, f"{path}.resourceRules[{index}]", errors)
    for index, paths in enumerate(rule.non_resource_rules):
        _validate_paths(paths, f"{path}.nonResourceRules[{index}]", errors)
