"""Rules: operations on resources of groups and versions, in a scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from apiserver.admission.matching.targets import Target
from apiserver.admission.plugin import AdmissionRequest
from minik8s.api.admissionregistration_v1 import NamedRuleWithOperations, RuleWithOperations

_REGISTRATION = "admissionregistration.k8s.io"
_EXEMPT = frozenset(
    (
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    )
)


def exempt(request: AdmissionRequest) -> bool:
    """Whether the request is about what configures webhooks and policies: none may lock itself in."""
    return request.group == _REGISTRATION and request.kind in _EXEMPT


def covers(
    rule: RuleWithOperations, operation: str, group: str, version: str, resource: str, subresource: str, placed: bool
) -> bool:
    """Whether a rule is about such requests; `placed` tells whether the object lies in a namespace."""
    if rule.scope == "Namespaced" and not placed or rule.scope == "Cluster" and placed:
        return False
    if "*" not in rule.operations and operation not in rule.operations:
        return False
    if "*" not in rule.api_groups and group not in rule.api_groups:
        return False
    if "*" not in rule.api_versions and version not in rule.api_versions:
        return False
    for each in rule.resources:
        name, _, sub = each.partition("/")
        if name in ("*", resource) and sub in ("*", subresource):
            return True
    return False


def found_by(
    rules: Sequence[RuleWithOperations],
    request: AdmissionRequest,
    own: Target,
    placed: bool,
    equivalents: Callable[[], Sequence[Target]] | None,
    name: str = "",
) -> Target | None:
    """Under which version rules are about a request, None where they are not.

    The request's own version comes first; `equivalents` gives the others, None where only the exact one counts.
    """
    operation, subresource = request.operation.value, request.subresource
    for rule in rules:
        if _named(rule, name) and covers(rule, operation, own.group, own.version, own.resource, subresource, placed):
            return own
    if equivalents is None:
        return None
    others = equivalents()
    for rule in rules if others else ():
        for other in others:
            if _named(rule, name) and covers(
                rule, operation, other.group, other.version, other.resource, subresource, placed
            ):
                return other
    return None


def _named(rule: RuleWithOperations, name: str) -> bool:
    if not isinstance(rule, NamedRuleWithOperations) or not rule.resource_names:
        return True
    return name in rule.resource_names
