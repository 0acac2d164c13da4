"""When a Job counts as failed or as succeeded before all its pods are done."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.batch.indexes import IndexesError, count_indexes
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from minik8s.api.batch_v1 import (
    JobSpec,
    PodFailurePolicy,
    PodFailurePolicyOnExitCodesRequirement,
    PodFailurePolicyOnPodConditionsPattern,
    PodFailurePolicyRule,
    SuccessPolicy,
    SuccessPolicyRule,
)
from minik8s.machinery.field_errors import OMITTED

_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_OPERATORS = ("In", "NotIn")
_STATUSES = ("False", "True", "Unknown")
_RULES_MAX = 20
_PATTERNS_MAX = 20
_VALUES_MAX = 255
_INDEXES_MAX = 64 * 1024


def _valid_values(values: tuple[str, ...]) -> str:
    return "valid values: [" + " ".join(f'"{value}"' for value in values) + "]"


def _check_one_of(value: str, values: tuple[str, ...], path: str, errors: Errors) -> None:
    if not value:
        errors.required(path, _valid_values(values))
    elif value not in values:
        errors.not_supported(path, value, values)


def _validate_exit_codes(
    codes: PodFailurePolicyOnExitCodesRequirement, containers: set[str], path: str, errors: Errors
) -> None:
    _check_one_of(codes.operator, _OPERATORS, f"{path}.operator", errors)
    if codes.container_name is not None and codes.container_name not in containers:
        errors.invalid(
            f"{path}.containerName",
            codes.container_name,
            "must be one of the container or initContainer names in the pod template",
        )
    here, values = f"{path}.values", codes.values
    if not values:
        errors.invalid(here, None, "at least one value is required")
    elif len(values) > _VALUES_MAX:
        errors.too_many(here, len(values), _VALUES_MAX)
    seen: set[int] = set()
    for index, value in enumerate(values):
        if codes.operator == "In" and value == 0:
            errors.invalid(f"{here}[{index}]", value, "must not be 0 for the In operator")
        if value in seen:
            errors.duplicate(f"{here}[{index}]", value)
        seen.add(value)
    if values != sorted(values):
        errors.invalid(here, values, "must be ordered")


def _validate_conditions(patterns: list[PodFailurePolicyOnPodConditionsPattern], path: str, errors: Errors) -> None:
    if len(patterns) > _PATTERNS_MAX:
        errors.too_many(path, len(patterns), _PATTERNS_MAX)
    for index, pattern in enumerate(patterns):
        errors.invalid_each(f"{path}[{index}].type", pattern.type, formats.qualified_name(pattern.type))
        _check_one_of(pattern.status, _STATUSES, f"{path}[{index}].status", errors)


def _validate_failure_rule(
    spec: JobSpec, rule: PodFailurePolicyRule, containers: set[str], path: str, errors: Errors
) -> None:
    if rule.action == "FailIndex":
        if spec.backoff_limit_per_index is None:
            errors.invalid(f"{path}.action", rule.action, "requires the backoffLimitPerIndex to be set")
    else:
        _check_one_of(rule.action, _ACTIONS, f"{path}.action", errors)
    if rule.on_exit_codes is not None:
        _validate_exit_codes(rule.on_exit_codes, containers, f"{path}.onExitCodes", errors)
    if rule.on_pod_conditions:
        _validate_conditions(rule.on_pod_conditions, f"{path}.onPodConditions", errors)
    if rule.on_exit_codes is not None and rule.on_pod_conditions:
        errors.invalid(path, OMITTED, "specifying both OnExitCodes and OnPodConditions is not supported")
    if rule.on_exit_codes is None and not rule.on_pod_conditions:
        errors.invalid(path, OMITTED, "specifying one of OnExitCodes and OnPodConditions is required")


def validate_failure_policy(spec: JobSpec, policy: PodFailurePolicy, path: str, errors: Errors) -> None:
    """Rules by exit codes or by conditions of pods."""
    if len(policy.rules) > _RULES_MAX:
        errors.too_many(f"{path}.rules", len(policy.rules), _RULES_MAX)
    pod = spec.template.spec
    containers = {container.name for container in (*pod.containers, *pod.init_containers)}
    for index, rule in enumerate(policy.rules):
        _validate_failure_rule(spec, rule, containers, f"{path}.rules[{index}]", errors)


def _validate_success_rule(spec: JobSpec, rule: SuccessPolicyRule, path: str, errors: Errors) -> None:
    if rule.succeeded_count is None and rule.succeeded_indexes is None:
        errors.required(path, "at least one of succeededCount or succeededIndexes must be specified")
    named, completions = 0, spec.completions or 0
    if rule.succeeded_indexes is not None:
        here = f"{path}.succeededIndexes"
        if len(rule.succeeded_indexes) > _INDEXES_MAX:
            errors.too_long(here, _INDEXES_MAX)
        try:
            named = count_indexes(rule.succeeded_indexes, completions)
        except IndexesError as error:
            errors.invalid(here, rule.succeeded_indexes, f"error parsing succeededIndexes: {error}")
    if rule.succeeded_count is not None:
        here, count = f"{path}.succeededCount", rule.succeeded_count
        errors.not_negative(here, count)
        if count > completions:
            detail = f"must be less than or equal to {completions} (the number of specified completions)"
            errors.invalid(here, count, detail)
        if rule.succeeded_indexes is not None and count > named:
            errors.invalid(
                here,
                count,
                f"must be less than or equal to {named} (the number of indexes in the specified succeededIndexes "
                "field)",
            )


def validate_success_policy(spec: JobSpec, policy: SuccessPolicy, path: str, errors: Errors) -> None:
    """Rules by indexes or by their number; only Jobs with indexes have them."""
    if spec.completion_mode != "Indexed":
        errors.invalid(path, internal_form(policy), "requires indexed completion mode")
        return
    if not policy.rules:
        errors.required(f"{path}.rules", "at least one rules must be specified when the successPolicy is specified")
    if len(policy.rules) > _RULES_MAX:
        errors.too_many(f"{path}.rules", len(policy.rules), _RULES_MAX)
    for index, rule in enumerate(policy.rules):
        _validate_success_rule(spec, rule, f"{path}.rules[{index}]", errors)
