"""Whether a request fits the quotas of its namespace, and what they hold afterwards: no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from apiserver.admission.plugin import AdmissionRequest, Operation
from minik8s.api.core_v1 import ResourceQuota, ScopedResourceSelectorRequirement
from minik8s.machinery import quantity
from minik8s.quota.amounts import above, added, exceeding, only, told, without_zeros
from minik8s.quota.usage import Evaluator


def scopes_of(quota: ResourceQuota) -> list[ScopedResourceSelectorRequirement]:
    """All scopes an object must be within to be charged to the quota."""
    found = [ScopedResourceSelectorRequirement(scope_name=scope, operator="Exists") for scope in quota.spec.scopes]
    if quota.spec.scope_selector is not None:
        found += quota.spec.scope_selector.match_expressions
    return found


def _charges(quota: ResourceQuota, evaluator: Evaluator, obj: Any) -> bool:
    if not any(evaluator.concerns(name) for name in quota.status.hard):
        return False
    return all(evaluator.in_scope(selector, obj) for selector in scopes_of(quota))


class LimitedResource(msgspec.Struct, rename="camel"):
    """A resource that may be used only where a quota covers it (from the plugin's configuration)."""

    api_group: str = ""
    resource: str = ""
    match_contains: list[str] = []
    match_scopes: list[ScopedResourceSelectorRequirement] = []


def _uncovered(
    limited: Sequence[LimitedResource],
    request: AdmissionRequest,
    evaluator: Evaluator,
    usage: Mapping[str, str],
    quotas: Sequence[ResourceQuota],
    charged: Sequence[ResourceQuota],
) -> None:
    here = [one for one in limited if (one.api_group, one.resource) == (request.group, request.resource)]
    if not here:
        return
    covered = {name for quota in charged for name in quota.status.hard if evaluator.concerns(name)}
    needed = {
        name
        for one in here
        for name, value in usage.items()
        if quantity.cmp(value, "0") > 0 and any(part in name for part in one.match_contains)
    }
    if needed - covered:
        raise request.forbidden(f"insufficient quota to consume: {','.join(sorted(needed - covered))}")
    scopes = [scope for one in here for scope in one.match_scopes if evaluator.in_scope(scope, request.obj)]
    held = {
        scope.scope_name for quota in quotas for scope in scopes_of(quota) if evaluator.in_scope(scope, request.obj)
    }
    lacking = sorted(scope.scope_name for scope in scopes if scope.scope_name not in held)
    if lacking:
        raise request.forbidden(f"insufficient quota to match these scopes: {lacking}")


def check(
    quotas: Sequence[ResourceQuota],
    request: AdmissionRequest,
    evaluator: Evaluator,
    now: float,
    limited: Sequence[LimitedResource] = (),
) -> list[ResourceQuota]:
    """The quotas as they are with the request charged; those it does not touch are the same objects.

    Raises StatusError (403) when it does not fit.
    """
    obj = request.obj
    charged = [quota for quota in quotas if _charges(quota, evaluator, obj)]
    for quota in charged:
        names = sorted(name for name in quota.status.hard if evaluator.concerns(name))
        problem = evaluator.constraints(names, obj)
        if problem:
            raise request.forbidden(f"failed quota: {quota.metadata.name}: {problem}")
        if any(name not in quota.status.used for name in names):
            raise request.forbidden(f"status unknown for quota: {quota.metadata.name}, resources: {','.join(names)}")
    usage = evaluator.usage(obj, now)
    negative = sorted(name for name, value in usage.items() if quantity.cmp(value, "0") < 0)
    if negative:
        raise request.forbidden(f"quota usage is negative for resource(s): {','.join(negative)}")
    grown = usage
    if request.operation is Operation.UPDATE:
        grown = above(usage, evaluator.usage(request.old, now))
    if limited and without_zeros(grown):
        _uncovered(limited, request, evaluator, grown, quotas, charged)
    result = list(quotas)
    for index, quota in enumerate(quotas):
        if not any(quota is one for one in charged):
            continue
        # An object that was not charged to this quota before is charged in full.
        counted_before = request.operation is Operation.UPDATE and _charges(quota, evaluator, request.old)
        delta = without_zeros(grown if counted_before or request.operation is Operation.CREATE else usage)
        wanted = only(delta, quota.status.hard)
        if not wanted:
            continue
        used = added(quota.status.used, wanted)
        over = exceeding(only(used, wanted), quota.status.hard) if request.subresource != "status" else []
        if over:
            raise request.forbidden(
                f"exceeded quota: {quota.metadata.name}, requested: {told(wanted, over)}, "
                f"used: {told(quota.status.used, over)}, limited: {told(quota.status.hard, over)}"
            )
        result[index] = msgspec.structs.replace(quota, status=msgspec.structs.replace(quota.status, used=used))
    return result
