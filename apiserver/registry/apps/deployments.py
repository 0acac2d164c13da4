"""Deployments."""

from __future__ import annotations

from apiserver.registry.apps.replica_template import (
    changed_template,
    validate_collision_count,
    validate_counts,
    validate_not_above,
    validate_replicated,
)
from apiserver.registry.errors import Errors
from apiserver.registry.int_or_percent import amount, check_at_most_everything, check_int_or_percent
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.defaults import default_pod_spec
from apiserver.registry.pod_spec.disabled import drop_disabled_template
from apiserver.registry.pod_spec.template import template_rules
from apiserver.registry.pod_spec.warnings import pod_name_warnings, template_warnings
from apiserver.registry.strategy import Request, ScalePaths, StatusStrategy, Strategy, count_generation
from minik8s.api.apps_v1 import (
    Deployment,
    DeploymentSpec,
    DeploymentStatus,
    DeploymentStrategy,
    RollingUpdateDeployment,
)

_STRATEGIES = ("Recreate", "RollingUpdate")
_SHARE = "25%"


def _validate_rolling(rolling: RollingUpdateDeployment, path: str, errors: Errors) -> None:
    check_int_or_percent(rolling.max_unavailable, f"{path}.maxUnavailable", errors)
    check_int_or_percent(rolling.max_surge, f"{path}.maxSurge", errors)
    if amount(rolling.max_unavailable) == 0 and amount(rolling.max_surge) == 0:
        errors.invalid(f"{path}.maxUnavailable", rolling.max_unavailable, "may not be 0 when `maxSurge` is 0")
    check_at_most_everything(rolling.max_unavailable, f"{path}.maxUnavailable", errors)


def _validate_strategy(strategy: DeploymentStrategy, errors: Errors) -> None:
    path = "spec.strategy.rollingUpdate"
    match strategy.type:
        case "Recreate":
            if strategy.rolling_update is not None:
                errors.forbidden(path, "may not be specified when strategy `type` is 'Recreate'")
        case "RollingUpdate":
            if strategy.rolling_update is None:
                errors.required(path, "this should be defaulted and never be nil")
            else:
                _validate_rolling(strategy.rolling_update, path, errors)
        case _:
            errors.not_supported("spec.strategy", internal_form(strategy), _STRATEGIES)


def _validate_spec(spec: DeploymentSpec, old: DeploymentSpec | None, errors: Errors) -> None:
    errors.not_negative("spec.replicas", spec.replicas or 0)
    before = old.template if old is not None else None
    validate_replicated(spec.selector, spec.template, before, spec.replicas or 0, errors, template_rules(before))
    _validate_strategy(spec.strategy, errors)
    errors.not_negative("spec.minReadySeconds", spec.min_ready_seconds)
    if spec.revision_history_limit is not None:
        errors.not_negative("spec.revisionHistoryLimit", spec.revision_history_limit)
    deadline = spec.progress_deadline_seconds
    if deadline is not None:
        errors.not_negative("spec.progressDeadlineSeconds", deadline)
        if deadline <= spec.min_ready_seconds:
            errors.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


class DeploymentKindStrategy(Strategy[Deployment]):
    """Pods of one template, replaced by those of the next bit by bit."""

    short_names = ("deploy",)
    categories = ("all",)
    scale = ScalePaths()

    def default(self, obj: Deployment, request: Request) -> None:
        """One pod; a quarter at a time; ten old templates kept; ten minutes to get on."""
        spec = obj.spec
        default_pod_spec(spec.template.spec)
        spec.replicas = 1 if spec.replicas is None else spec.replicas
        spec.strategy.type = spec.strategy.type or "RollingUpdate"
        if spec.strategy.type == "RollingUpdate":
            rolling = spec.strategy.rolling_update = spec.strategy.rolling_update or RollingUpdateDeployment()
            rolling.max_unavailable = _SHARE if rolling.max_unavailable is None else rolling.max_unavailable
            rolling.max_surge = _SHARE if rolling.max_surge is None else rolling.max_surge
        spec.revision_history_limit = 10 if spec.revision_history_limit is None else spec.revision_history_limit
        if spec.progress_deadline_seconds is None:
            spec.progress_deadline_seconds = 600

    def prepare_for_create(self, obj: Deployment, request: Request) -> None:
        """Nothing runs yet."""
        obj.status = DeploymentStatus()
        drop_disabled_template(obj.spec.template, None)
        obj.metadata.generation = 1

    def validate(self, obj: Deployment, request: Request) -> Errors:
        """Selector, template and rollout."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        _validate_spec(obj.spec, None, errors)
        return errors

    def warnings_on_create(self, obj: Deployment) -> list[str]:
        """Names that make bad host names; what is unwise in the template."""
        return pod_name_warnings(obj.metadata.name) + template_warnings(obj.spec.template)

    def prepare_for_update(self, new: Deployment, old: Deployment, request: Request) -> None:
        """The status stays; annotations count as a change, since they are copied to ReplicaSets."""
        new.status = old.status
        drop_disabled_template(new.spec.template, old.spec.template)
        count_generation(new, old)
        if new.metadata.annotations != old.metadata.annotations:
            new.metadata.generation = old.metadata.generation + 1

    def validate_update(self, new: Deployment, old: Deployment, request: Request) -> Errors:
        """As a new object; the selector stays."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, old.spec, errors)
        errors.immutable("spec.selector", new.spec.selector, old.spec.selector)
        return errors

    def warnings_on_update(self, new: Deployment, old: Deployment) -> list[str]:
        """What is unwise in a changed template."""
        return template_warnings(new.spec.template) if changed_template(new.metadata, old.metadata) else []


class DeploymentStatusStrategy(StatusStrategy[Deployment]):
    """How far the rollout has come."""

    reset_fields = ("spec", "metadata.labels")

    def prepare_for_update(self, new: Deployment, old: Deployment, request: Request) -> None:
        """Spec and labels stay."""
        super().prepare_for_update(new, old, request)
        new.metadata.labels = old.metadata.labels

    def validate_update(self, new: Deployment, old: Deployment, request: Request) -> Errors:
        """Counts that fit each other."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        status = new.status
        parts = (
            ("updatedReplicas", status.updated_replicas),
            ("readyReplicas", status.ready_replicas),
            ("availableReplicas", status.available_replicas),
        )
        validate_counts(
            (
                ("observedGeneration", status.observed_generation),
                ("replicas", status.replicas),
                *parts,
                ("unavailableReplicas", status.unavailable_replicas),
                ("terminatingReplicas", status.terminating_replicas),
                ("collisionCount", status.collision_count),
            ),
            errors,
        )
        validate_not_above(parts, status.replicas, errors)
        if status.available_replicas > status.ready_replicas:
            errors.invalid(
                "status.availableReplicas", status.available_replicas, "cannot be greater than readyReplicas"
            )
        validate_collision_count(status.collision_count, old.status.collision_count, errors)
        return errors


STRATEGY = DeploymentKindStrategy()
STRATEGY.subresources = {"status": DeploymentStatusStrategy()}
