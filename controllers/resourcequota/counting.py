"""What all objects of a namespace cost under one quota."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from minik8s.api.core_v1 import ResourceQuota, ScopedResourceSelectorRequirement
from minik8s.quota.amounts import Amounts, add_to, only
from minik8s.quota.usage import Evaluator, evaluator_of

COSTLY = (
    ("", "pods"),
    ("", "services"),
    ("", "persistentvolumeclaims"),
    ("resource.k8s.io", "resourceclaims"),
    ("", "configmaps"),
    ("", "resourcequotas"),
    ("", "replicationcontrollers"),
    ("", "secrets"),
)
"""(group, resource) of those with names of their own in a quota; all others are `count/<resource>.<group>`."""


def resources_of(names: Iterable[str]) -> set[tuple[str, str]]:
    """(group, resource) of all objects that a quota's names are about."""
    found: set[tuple[str, str]] = set()
    for name in names:
        known = [place for place in COSTLY if evaluator_of(*place).concerns(name)]
        found.update(known)
        if not known and name.startswith("count/"):
            resource, _, group = name.removeprefix("count/").partition(".")
            found.add((group, resource))
    return found


def scopes_of(quota: ResourceQuota) -> list[ScopedResourceSelectorRequirement]:
    """All scopes an object must be within to count."""
    found = [ScopedResourceSelectorRequirement(scope_name=scope, operator="Exists") for scope in quota.spec.scopes]
    if quota.spec.scope_selector is not None:
        found += quota.spec.scope_selector.match_expressions
    return found


def used(quota: ResourceQuota, objects: Callable[[str, str], Iterable[Any] | None], now: float) -> Amounts:
    """The sums by name; `objects` lists a resource in the quota's namespace, or tells None when it cannot.

    A name about which nothing is known keeps what the status says.
    """
    hard, scopes = quota.spec.hard, scopes_of(quota)
    total = only(quota.status.used, hard)
    for group, resource in resources_of(hard):
        listed = objects(group, resource)
        if listed is None:
            continue
        evaluator: Evaluator = evaluator_of(group, resource)
        sums: Amounts = {name: "0" for name in hard if evaluator.concerns(name)}
        for obj in listed:
            if all(evaluator.in_scope(scope, obj) for scope in scopes):
                add_to(sums, only(evaluator.usage(obj, now), sums))
        total.update(sums)
    return total
