"""ReplicaSets."""

from __future__ import annotations

from apiserver.registry.apps.replica_template import (
    changed_template,
    validate_counts,
    validate_not_above,
    validate_replicated,
)
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.defaults import default_pod_spec
from apiserver.registry.pod_spec.disabled import drop_disabled_template
from apiserver.registry.pod_spec.template import template_rules
from apiserver.registry.pod_spec.warnings import pod_name_warnings, template_warnings
from apiserver.registry.strategy import Request, ScalePaths, StatusStrategy, Strategy, count_generation
from minik8s.api.apps_v1 import ReplicaSet, ReplicaSetSpec, ReplicaSetStatus


def _validate_spec(spec: ReplicaSetSpec, old: ReplicaSetSpec | None, errors: Errors) -> None:
    errors.not_negative("spec.replicas", spec.replicas or 0)
    errors.not_negative("spec.minReadySeconds", spec.min_ready_seconds)
    before = old.template if old is not None else None
    validate_replicated(spec.selector, spec.template, before, spec.replicas or 0, errors, template_rules(before))


class ReplicaSetStrategy(Strategy[ReplicaSet]):
    """So many pods of one template."""

    short_names = ("rs",)
    categories = ("all",)
    scale = ScalePaths()

    def default(self, obj: ReplicaSet, request: Request) -> None:
        """One pod."""
        default_pod_spec(obj.spec.template.spec)
        obj.spec.replicas = 1 if obj.spec.replicas is None else obj.spec.replicas

    def prepare_for_create(self, obj: ReplicaSet, request: Request) -> None:
        """Nothing runs yet."""
        obj.status = ReplicaSetStatus()
        drop_disabled_template(obj.spec.template, None)
        obj.metadata.generation = 1

    def validate(self, obj: ReplicaSet, request: Request) -> Errors:
        """Selector and template that fit each other."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        _validate_spec(obj.spec, None, errors)
        return errors

    def warnings_on_create(self, obj: ReplicaSet) -> list[str]:
        """Names that make bad host names; what is unwise in the template."""
        return pod_name_warnings(obj.metadata.name) + template_warnings(obj.spec.template)

    def prepare_for_update(self, new: ReplicaSet, old: ReplicaSet, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        drop_disabled_template(new.spec.template, old.spec.template)
        count_generation(new, old)

    def validate_update(self, new: ReplicaSet, old: ReplicaSet, request: Request) -> Errors:
        """As a new object; the selector stays."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, old.spec, errors)
        errors.immutable("spec.selector", new.spec.selector, old.spec.selector)
        return errors

    def warnings_on_update(self, new: ReplicaSet, old: ReplicaSet) -> list[str]:
        """What is unwise in a changed template."""
        return template_warnings(new.spec.template) if changed_template(new.metadata, old.metadata) else []


class ReplicaSetStatusStrategy(StatusStrategy[ReplicaSet]):
    """How many there are."""

    def validate_update(self, new: ReplicaSet, old: ReplicaSet, request: Request) -> Errors:
        """Counts that fit each other."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        status = new.status
        parts = (
            ("fullyLabeledReplicas", status.fully_labeled_replicas),
            ("readyReplicas", status.ready_replicas),
            ("availableReplicas", status.available_replicas),
        )
        validate_counts(
            (
                ("replicas", status.replicas),
                *parts,
                ("terminatingReplicas", status.terminating_replicas),
                ("observedGeneration", status.observed_generation),
            ),
            errors,
        )
        validate_not_above(parts, status.replicas, errors)
        if status.available_replicas > status.ready_replicas:
            errors.invalid(
                "status.availableReplicas", status.available_replicas, "cannot be greater than readyReplicas"
            )
        return errors


STRATEGY = ReplicaSetStrategy()
STRATEGY.subresources = {"status": ReplicaSetStatusStrategy()}
