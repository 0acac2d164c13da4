"""Rules that say which requests a webhook or a policy is about."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.labels import validate_label_selector
from minik8s.api.admissionregistration_v1 import MatchResources, NamedRuleWithOperations, Rule, RuleWithOperations
from minik8s.api.meta_v1 import LabelSelector

MATCH_POLICIES = ("Equivalent", "Exact")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")


def default_rule(rule: Rule) -> None:
    """Of any scope."""
    if rule.scope is None:
        rule.scope = "*"


def default_match(match: MatchResources) -> None:
    """Equivalent resources, everywhere."""
    match.match_policy = "Equivalent" if match.match_policy is None else match.match_policy
    match.namespace_selector = match.namespace_selector or LabelSelector()
    match.object_selector = match.object_selector or LabelSelector()
    for rule in (*match.resource_rules, *match.exclude_resource_rules):
        default_rule(rule)


def _check_alone(values: list[str], path: str, what: str, errors: Errors) -> None:
    if not values:
        errors.required(path)
    if len(values) > 1 and "*" in values:
        errors.invalid(path, values, f"if '*' is present, must not specify other {what}")


def _validate_resources(resources: list[str], path: str, errors: Errors) -> None:
    if not resources:
        errors.required(path)
    whole: set[str] = set()
    everywhere: set[str] = set()
    plain = False
    for index, value in enumerate(resources):
        here = f"{path}[{index}]"
        if not value:
            errors.required(here)
            continue
        resource, slash, sub = value.partition("/")
        if not slash:
            plain = plain or value != "*"
            continue
        if resource in whole:
            errors.invalid(here, value, f"if '{resource}/*' is present, must not specify {value}")
        if sub in everywhere:
            errors.invalid(here, value, f"if '*/{sub}' is present, must not specify {value}")
        if sub == "*":
            whole.add(resource)
        if resource == "*":
            everywhere.add(sub)
    if len(resources) > 1 and "*/*" in resources:
        errors.invalid(path, resources, "if '*/*' is present, must not specify other resources")
    if "*" in resources and plain:
        errors.invalid(path, resources, "if '*' is present, must not specify other resources without subresources")


def validate_rule(rule: RuleWithOperations, path: str, errors: Errors) -> None:
    """Operations on resources of groups and versions."""
    _check_alone(rule.operations, f"{path}.operations", "operations", errors)
    for index, operation in enumerate(rule.operations):
        if operation not in _OPERATIONS:
            errors.not_supported(f"{path}.operations[{index}]", operation, _OPERATIONS)
    _check_alone(rule.api_groups, f"{path}.apiGroups", "API groups", errors)
    _check_alone(rule.api_versions, f"{path}.apiVersions", "API versions", errors)
    for index, version in enumerate(rule.api_versions):
        if not version:
            errors.required(f"{path}.apiVersions[{index}]")
    _validate_resources(rule.resources, f"{path}.resources", errors)
    if rule.scope is not None and rule.scope not in _SCOPES:
        errors.not_supported(f"{path}.scope", rule.scope, _SCOPES)


def _validate_named(rule: NamedRuleWithOperations, path: str, errors: Errors) -> None:
    for index, name in enumerate(rule.resource_names):
        errors.invalid_each(f"{path}.resourceNames[{index}]", name, formats.path_segment(name))
        if name in rule.resource_names[:index]:
            errors.duplicate(f"{path}.resourceNames[{index}]", name)
    validate_rule(rule, path, errors)


def validate_match(match: MatchResources, path: str, errors: Errors) -> None:
    """Which objects, where, and which not."""
    if match.match_policy is None:
        errors.required(f"{path}.matchPolicy")
    elif match.match_policy not in MATCH_POLICIES:
        errors.not_supported(f"{path}.matchPolicy", match.match_policy, MATCH_POLICIES)
    for label, selector in (
        ("namespaceSelector", match.namespace_selector),
        ("objectSelector", match.object_selector),
    ):
        if selector is None:
            errors.required(f"{path}.{label}")
        else:
            validate_label_selector(selector, f"{path}.{label}", errors)
    for label, rules in (
        ("resourceRules", match.resource_rules),
        ("excludeResourceRules", match.exclude_resource_rules),
    ):
        for index, rule in enumerate(rules):
            _validate_named(rule, f"{path}.{label}[{index}]", errors)
