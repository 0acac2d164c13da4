"""The algebra of policy rules: what one allows, whether some cover others, how they are told to people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apiserver.auth.protocols import Attributes
from minik8s.api.rbac_v1 import PolicyRule

ALL = "*"


def url_matches(pattern: str, path: str) -> bool:
    """Whether a nonResourceURLs entry matches a path; a final `*` stands for any rest."""
    return pattern in (ALL, path) or (pattern.endswith("*") and path.startswith(pattern.rstrip("*")))


def _resource_matches(rule: PolicyRule, resource: str, subresource: str) -> bool:
    combined = f"{resource}/{subresource}" if subresource else resource
    return any(
        entry in (ALL, combined) or (subresource != "" and entry == f"*/{subresource}") for entry in rule.resources
    )


def allows(rule: PolicyRule, attributes: Attributes) -> bool:
    """Whether the rule grants the request."""
    if not (attributes.verb in rule.verbs or ALL in rule.verbs):
        return False
    if not attributes.resource_request:
        return any(url_matches(pattern, attributes.path) for pattern in rule.non_resource_urls)
    return (
        (attributes.api_group in rule.api_groups or ALL in rule.api_groups)
        and _resource_matches(rule, attributes.resource, attributes.subresource)
        and (not rule.resource_names or attributes.name in rule.resource_names)
    )


def breakdown(rule: PolicyRule) -> list[PolicyRule]:
    """The rule as rules of one verb, one group, one resource and at most one name each."""
    parts = []
    for verb in rule.verbs:
        for group in rule.api_groups:
            for resource in rule.resources:
                for name in rule.resource_names or [""]:
                    names = [name] if rule.resource_names else []
                    parts.append(
                        PolicyRule(verbs=[verb], api_groups=[group], resources=[resource], resource_names=names)
                    )
        parts.extend(PolicyRule(verbs=[verb], non_resource_urls=[url]) for url in rule.non_resource_urls)
    return parts


def _all_of(owned: Sequence[str], asked: Sequence[str]) -> bool:
    return ALL in owned or all(one in owned for one in asked)


def _resources_cover(owned: Sequence[str], asked: Sequence[str]) -> bool:
    if ALL in owned:
        return True
    for one in asked:
        if one in owned:
            continue
        _, slash, subresource = one.partition("/")
        if not slash or f"*/{subresource}" not in owned:
            return False
    return True


def _rule_covers(owner: PolicyRule, part: PolicyRule) -> bool:
    if part.non_resource_urls:
        paths = all(any(url_matches(mine, url) for mine in owner.non_resource_urls) for url in part.non_resource_urls)
        return paths and _all_of(owner.verbs, part.verbs)
    if not _all_of(owner.verbs, part.verbs) or not _all_of(owner.api_groups, part.api_groups):
        return False
    if not _resources_cover(owner.resources, part.resources):
        return False
    if not owner.resource_names:
        return True
    return bool(part.resource_names) and all(name in owner.resource_names for name in part.resource_names)


def missing(owned: Iterable[PolicyRule], asked: Iterable[PolicyRule]) -> list[PolicyRule]:
    """The parts of `asked` that `owned` does not grant; empty when it covers all."""
    mine = list(owned)
    return [part for rule in asked for part in breakdown(rule) if not any(_rule_covers(owner, part) for owner in mine)]


def compact(rules: Iterable[PolicyRule]) -> list[PolicyRule]:
    """The same rules with those joined that differ in their verbs only and speak of one resource."""
    joined: dict[tuple[str, str, str], PolicyRule] = {}
    rest = []
    for rule in rules:
        if len(rule.api_groups) == 1 and len(rule.resources) == 1 and len(rule.resource_names) < 2:
            if rule.non_resource_urls:
                rest.append(rule)
                continue
            key = (rule.api_groups[0], rule.resources[0], "".join(rule.resource_names))
            if key in joined:
                joined[key].verbs.extend(verb for verb in rule.verbs if verb not in joined[key].verbs)
            else:
                joined[key] = PolicyRule(
                    verbs=list(rule.verbs),
                    api_groups=list(rule.api_groups),
                    resources=list(rule.resources),
                    resource_names=list(rule.resource_names),
                )
        else:
            rest.append(rule)
    return [*joined.values(), *rest]


def _listed(items: Sequence[str]) -> str:
    return "[" + " ".join(f'"{item}"' for item in items) + "]"


def describe(rule: PolicyRule) -> str:
    """The rule in one line, as refusals name it."""
    parts = []
    for label, items in (
        ("APIGroups", rule.api_groups),
        ("Resources", rule.resources),
        ("NonResourceURLs", rule.non_resource_urls),
        ("ResourceNames", rule.resource_names),
        ("Verbs", rule.verbs),
    ):
        if items:
            parts.append(f"{label}:{_listed(items)}")
    return "{" + ", ".join(parts) + "}"
