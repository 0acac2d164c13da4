"""Which flow schema a request belongs to, and which flow within it."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.auth.protocols import SERVICE_ACCOUNT_PREFIX, Attributes, User
from minik8s.api.flowcontrol_v1 import (
    FlowSchema,
    NonResourcePolicyRule,
    PolicyRulesWithSubjects,
    ResourcePolicyRule,
    Subject,
)


def _has(listed: Sequence[str], wanted: str) -> bool:
    return wanted in listed or listed == ["*"]


def _is_subject(subject: Subject, user: User) -> bool:
    if subject.user is not None:
        return subject.user.name in ("*", user.name)
    if subject.group is not None:
        return subject.group.name == "*" or subject.group.name in user.groups
    if subject.service_account is not None:
        prefix = f"{SERVICE_ACCOUNT_PREFIX}{subject.service_account.namespace}:"
        name = subject.service_account.name
        return user.name.startswith(prefix) if name == "*" else user.name == prefix + name
    return False


def _matches_resource(rule: ResourcePolicyRule, attributes: Attributes) -> bool:
    resource = attributes.resource
    if attributes.subresource:
        resource = f"{resource}/{attributes.subresource}"
    if not (
        _has(rule.verbs, attributes.verb)
        and _has(rule.resources, resource)
        and _has(rule.api_groups, attributes.api_group)
    ):
        return False
    return _has(rule.namespaces, attributes.namespace) if attributes.namespace else rule.cluster_scope


def _matches_path(rule: NonResourcePolicyRule, attributes: Attributes) -> bool:
    if not _has(rule.verbs, attributes.verb):
        return False
    for pattern in rule.non_resource_urls:
        if pattern in ("*", attributes.path):
            return True
        if attributes.path.startswith(pattern.removesuffix("*").rstrip("/") + "/"):
            return True
    return False


def _matches_rule(rule: PolicyRulesWithSubjects, attributes: Attributes) -> bool:
    if not any(_is_subject(subject, attributes.user) for subject in rule.subjects):
        return False
    if attributes.resource_request:
        return any(_matches_resource(one, attributes) for one in rule.resource_rules)
    return any(_matches_path(one, attributes) for one in rule.non_resource_rules)


def matches(schema: FlowSchema, attributes: Attributes) -> bool:
    """Whether the request belongs to the schema."""
    return any(_matches_rule(rule, attributes) for rule in schema.spec.rules)


def in_order(schemas: Sequence[FlowSchema]) -> list[FlowSchema]:
    """Schemas in the order they are tried."""
    return sorted(schemas, key=lambda schema: (schema.spec.matching_precedence, schema.metadata.name))


def flow_of(schema: FlowSchema, attributes: Attributes) -> str:
    """What tells the flows of a schema apart: the user, the namespace or nothing."""
    method = schema.spec.distinguisher_method
    if method is None:
        return ""
    return attributes.user.name if method.type == "ByUser" else attributes.namespace
