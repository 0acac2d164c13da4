"""The spec of Jobs, alone or inside a CronJob."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.batch.job_policies import validate_failure_policy, validate_success_policy
from apiserver.registry.errors import Errors
from apiserver.registry.pod_spec.rules import PodRules
from apiserver.registry.pod_spec.template import validate_template
from apiserver.registry.pod_spec.warnings import template_warnings
from minik8s.api.batch_v1 import JobSpec

_MODES = ("NonIndexed", "Indexed")
_REPLACEMENTS = ("Failed", "TerminatingOrFailed")
_PARALLELISM_MAX = 100_000
_FAILED_MAX = 100_000
_COMPLETIONS_SOFT = 100_000
_MANY = 10_000
_MANAGED_BY_MAX = 63
_NEEDS_INDEXES = "requires indexed completion mode"
_MANY_COMPLETIONS = (
    f"must be less than or equal to {_MANY} when completions are above {_COMPLETIONS_SOFT} and used with backoff limit "
    "per index"
)


def _validate_numbers(spec: JobSpec, path: str, errors: Errors) -> None:
    for name, value in (
        ("parallelism", spec.parallelism),
        ("completions", spec.completions),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        ("backoffLimit", spec.backoff_limit),
        ("ttlSecondsAfterFinished", spec.ttl_seconds_after_finished),
        ("backoffLimitPerIndex", spec.backoff_limit_per_index),
        ("maxFailedIndexes", spec.max_failed_indexes),
    ):
        if value is not None:
            errors.not_negative(f"{path}.{name}", value)
    if spec.max_failed_indexes is not None and spec.backoff_limit_per_index is None:
        errors.required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified")


def _validate_indexed(spec: JobSpec, path: str, errors: Errors) -> None:
    if spec.completions is None:
        errors.required(f"{path}.completions", "when completion mode is Indexed")
    parallelism = spec.parallelism
    if parallelism is not None and parallelism > _PARALLELISM_MAX:
        detail = f"must be less than or equal to {_PARALLELISM_MAX} when completion mode is Indexed"
        errors.invalid(f"{path}.parallelism", parallelism, detail)
    failed, completions = spec.max_failed_indexes, spec.completions
    here = f"{path}.maxFailedIndexes"
    if failed is not None and completions is not None and failed > completions:
        errors.invalid(here, failed, "must be less than or equal to completions")
    if failed is not None and failed > _FAILED_MAX:
        errors.invalid(here, failed, f"must be less than or equal to {_FAILED_MAX}")
    if spec.backoff_limit_per_index is not None and (completions or 0) > _COMPLETIONS_SOFT:
        if failed is None:
            errors.required(here, f"must be specified when completions is above {_COMPLETIONS_SOFT}")
        if parallelism is not None and parallelism > _MANY:
            errors.invalid(f"{path}.parallelism", parallelism, _MANY_COMPLETIONS)
        if failed is not None and failed > _MANY:
            errors.invalid(here, failed, _MANY_COMPLETIONS)


def _validate_mode(spec: JobSpec, path: str, errors: Errors) -> None:
    if spec.completion_mode is not None and spec.completion_mode not in _MODES:
        errors.not_supported(f"{path}.completionMode", spec.completion_mode, _MODES)
    elif spec.completion_mode == "Indexed":
        _validate_indexed(spec, path, errors)
    else:
        for name, value in (
            ("backoffLimitPerIndex", spec.backoff_limit_per_index),
            ("maxFailedIndexes", spec.max_failed_indexes),
        ):
            if value is not None:
                errors.invalid(f"{path}.{name}", value, _NEEDS_INDEXES)


def _validate_replacement(spec: JobSpec, path: str, errors: Errors) -> None:
    value = spec.pod_replacement_policy
    if value is not None:
        allowed = ("Failed",) if spec.pod_failure_policy is not None else _REPLACEMENTS
        if value not in allowed:
            errors.not_supported(f"{path}.podReplacementPolicy", value, allowed)


def _validate_restart(spec: JobSpec, path: str, errors: Errors) -> None:
    here, value = f"{path}.template.spec.restartPolicy", spec.template.spec.restart_policy
    if value in ("", "Always"):
        errors.required(here, 'valid values: "OnFailure", "Never"')
    elif value not in ("OnFailure", "Never"):
        errors.not_supported(here, value, ("OnFailure", "Never"))
    elif spec.pod_failure_policy is not None and value != "Never":
        errors.invalid(here, value, 'only "Never" is supported when podFailurePolicy is specified')


def validate_job_spec(spec: JobSpec, path: str, errors: Errors, rules: PodRules) -> None:
    """Everything but the selector."""
    _validate_numbers(spec, path, errors)
    if spec.managed_by is not None:
        formats.check_domain_prefixed_path(spec.managed_by, f"{path}.managedBy", errors)
        if len(spec.managed_by.encode()) > _MANAGED_BY_MAX:
            errors.too_long(f"{path}.managedBy", _MANAGED_BY_MAX)
    _validate_mode(spec, path, errors)
    if spec.pod_failure_policy is not None:
        validate_failure_policy(spec, spec.pod_failure_policy, f"{path}.podFailurePolicy", errors)
    if spec.success_policy is not None:
        validate_success_policy(spec, spec.success_policy, f"{path}.successPolicy", errors)
    _validate_replacement(spec, path, errors)
    validate_template(spec.template, f"{path}.template", errors, rules)
    _validate_restart(spec, path, errors)


def job_spec_warnings(spec: JobSpec, path: str) -> list[str]:
    """What is unwise: more indexes than can be kept track of, and what the template says."""
    found = []
    if spec.completion_mode == "Indexed":
        if (spec.completions or 0) > _COMPLETIONS_SOFT and (spec.parallelism or 0) > _MANY:
            found.append(
                f"{path}: In Indexed Jobs with a number of completions higher than 10^5 and parallelism higher than "
                "10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail"
            )
    return found + template_warnings(spec.template, f"{path}.template")
