"""ResourceQuotas: how much of what a namespace may hold."""

from __future__ import annotations

from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.resource_lists import round_up
from apiserver.registry.pod_spec.resources import check_quota_name, is_standard_quota, report_name, validate_value
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.core_v1 import ResourceQuota, ResourceQuotaSpec, ResourceQuotaStatus
from minik8s.machinery import quantity

_SCOPES = (
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "VolumeAttributesClass",
    "CrossNamespacePodAffinity",
)
_COMPUTE = ("cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory")
_WITHIN = {
    "BestEffort": ("pods",),
    "VolumeAttributesClass": ("persistentvolumeclaims", "requests.storage"),
    **dict.fromkeys(
        ("Terminating", "NotTerminating", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"),
        ("pods", *_COMPUTE),
    ),
}
_CONFLICTS = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
_EXISTS_ONLY = ("BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity")
_EXISTS_TEXT = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)
_REQUESTS_OVER_LIMITS = ("cpu", "memory", "ephemeral-storage")


def _outside(scope: str, hard: dict[str, str]) -> int:
    within = _WITHIN.get(scope)
    return sum(1 for name in hard if is_standard_quota(name) and within is not None and name not in within)


def _validate_scopes(spec: ResourceQuotaSpec, path: str, errors: Errors) -> None:
    scopes = spec.scopes
    if scopes:
        for scope in scopes:
            if scope not in _SCOPES:
                errors.invalid(f"{path}.scopes", scopes, "unsupported scope")
            for _ in range(_outside(scope, spec.hard)):
                errors.invalid(f"{path}.scopes", scopes, "unsupported scope applied to resource")
        for pair in _CONFLICTS:
            if all(scope in scopes for scope in pair):
                errors.invalid(f"{path}.scopes", scopes, "conflicting scopes")


def _validate_selector(spec: ResourceQuotaSpec, path: str, errors: Errors) -> None:
    if spec.scope_selector is None:
        return
    path = f"{path}.scopeSelector.matchExpressions"
    seen: set[str] = set()
    for requirement in spec.scope_selector.match_expressions:
        scope, operator, values = requirement.scope_name, requirement.operator, requirement.values
        if scope not in _SCOPES:
            errors.invalid(f"{path}.scopeName", scope, "unsupported scope")
        for _ in range(_outside(scope, spec.hard)):
            errors.invalid(path, internal_form(spec.scope_selector), "unsupported scope applied to resource")
        if scope in _EXISTS_ONLY and operator != "Exists":
            errors.invalid(f"{path}.operator", operator, _EXISTS_TEXT)
        if operator in ("In", "NotIn"):
            if not values:
                errors.required(
                    f"{path}.values",
                    "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
                )
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                errors.invalid(
                    f"{path}.values",
                    values,
                    "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
                )
        else:
            errors.invalid(f"{path}.operator", operator, "not a valid selector operator")
        seen.add(scope)
    for pair in _CONFLICTS:
        if all(scope in seen for scope in pair):
            errors.invalid(path, spec.scopes or None, "conflicting scopes")


def _validate_amounts(amounts: dict[str, str], path: str, errors: Errors) -> None:
    for name, value in amounts.items():
        report_name(name, check_quota_name, f"{path}[{name}]", errors)
        validate_value(name, value, f"{path}[{name}]", errors)


def _validate_spec(spec: ResourceQuotaSpec, errors: Errors) -> None:
    _validate_amounts(spec.hard, "spec.hard", errors)
    _validate_scopes(spec, "spec", errors)
    _validate_selector(spec, "spec", errors)


class ResourceQuotaStrategy(Strategy[ResourceQuota]):
    """Bounds for one namespace as a whole."""

    short_names = ("quota",)

    def default(self, obj: ResourceQuota, request: Request) -> None:
        """Amounts to the thousandth."""
        for amounts in (obj.spec.hard, obj.status.hard, obj.status.used):
            round_up(amounts)

    def prepare_for_create(self, obj: ResourceQuota, request: Request) -> None:
        """Nothing is used yet."""
        obj.status = ResourceQuotaStatus()

    def validate(self, obj: ResourceQuota, request: Request) -> Errors:
        """Resources and scopes that fit each other."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        _validate_spec(obj.spec, errors)
        return errors

    def warnings_on_create(self, obj: ResourceQuota) -> list[str]:
        """More requests than limits."""
        found = []
        hard = obj.spec.hard
        for name in _REQUESTS_OVER_LIMITS:
            key = f"requests.{name}"
            if key not in hard and name in ("cpu", "memory"):
                key = name
            limit = f"limits.{name}"
            if key in hard and limit in hard and quantity.cmp(hard[key], hard[limit]) > 0:
                found.append(f"ResourceQuota {key} ({hard[key]}) should be less than {limit} ({hard[limit]})")
        return found

    def prepare_for_update(self, new: ResourceQuota, old: ResourceQuota, request: Request) -> None:
        """The status stays."""
        new.status = old.status

    def validate_update(self, new: ResourceQuota, old: ResourceQuota, request: Request) -> Errors:
        """Scopes never change."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, errors)
        if set(new.spec.scopes) != set(old.spec.scopes):
            errors.invalid("spec.scopes", new.spec.scopes or None, IMMUTABLE)
        return errors


class ResourceQuotaStatusStrategy(StatusStrategy[ResourceQuota]):
    """What is used."""

    def validate_update(self, new: ResourceQuota, old: ResourceQuota, request: Request) -> Errors:
        """Amounts."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        if not new.metadata.resource_version:
            errors.required("resourceVersion")
        _validate_amounts(new.status.hard, "status.hard", errors)
        _validate_amounts(new.status.used, "status.used", errors)
        return errors


STRATEGY = ResourceQuotaStrategy()
STRATEGY.subresources = {"status": ResourceQuotaStatusStrategy()}
