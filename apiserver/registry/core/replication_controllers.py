"""ReplicationControllers."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.defaults import default_pod_spec
from apiserver.registry.pod_spec.disabled import drop_disabled_template
from apiserver.registry.pod_spec.template import template_rules, validate_template
from apiserver.registry.pod_spec.warnings import pod_name_warnings, template_warnings
from apiserver.registry.strategy import Request, ScalePaths, StatusStrategy, Strategy, count_generation
from minik8s.api.core_v1 import ReplicationController, ReplicationControllerSpec, ReplicationControllerStatus


def _validate_spec(spec: ReplicationControllerSpec, old: ReplicationControllerSpec | None, errors: Errors) -> None:
    errors.not_negative("spec.minReadySeconds", spec.min_ready_seconds)
    if not spec.selector:
        errors.required("spec.selector")
    if spec.replicas is None:
        errors.required("spec.replicas")
    else:
        errors.not_negative("spec.replicas", spec.replicas)
    template, path = spec.template, "spec.template"
    if template is None:
        errors.required(path)
        return
    labels = template.metadata.labels
    if any(labels.get(key) != value for key, value in spec.selector.items()):
        errors.invalid(f"{path}.metadata.labels", labels or None, "`selector` does not match template `labels`")
    rules = template_rules(old.template if old is not None else None)
    validate_template(template, path, errors, rules)
    if template.spec.restart_policy != "Always":
        errors.not_supported(f"{path}.spec.restartPolicy", template.spec.restart_policy, ("Always",))
    if template.spec.active_deadline_seconds is not None:
        errors.forbidden(
            f"{path}.spec.activeDeadlineSeconds", "activeDeadlineSeconds in ReplicationController is not Supported"
        )


class ReplicationControllerStrategy(Strategy[ReplicationController]):
    """So many pods of one template."""

    garbage_collection = "Orphan"
    short_names = ("rc",)
    categories = ("all",)
    selectable = ("status.replicas",)
    scale = ScalePaths(selector=".spec.selector")

    def default(self, obj: ReplicationController, request: Request) -> None:
        """One pod; selector and labels from the template."""
        spec = obj.spec
        labels = spec.template.metadata.labels if spec.template is not None else {}
        if labels:
            spec.selector = spec.selector or dict(labels)
            obj.metadata.labels = obj.metadata.labels or dict(labels)
        if spec.replicas is None:
            spec.replicas = 1
        if spec.template is not None:
            default_pod_spec(spec.template.spec)

    def prepare_for_create(self, obj: ReplicationController, request: Request) -> None:
        """Nothing runs yet."""
        obj.status = ReplicationControllerStatus()
        drop_disabled_template(obj.spec.template, None)
        obj.metadata.generation = 1

    def validate(self, obj: ReplicationController, request: Request) -> Errors:
        """Selector and template that fit each other."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True, name=formats.long_name)
        _validate_spec(obj.spec, None, errors)
        return errors

    def warnings_on_create(self, obj: ReplicationController) -> list[str]:
        """Names that make bad host names; what is unwise in the template."""
        found = pod_name_warnings(obj.metadata.name)
        return found + (template_warnings(obj.spec.template) if obj.spec.template is not None else [])

    def prepare_for_update(self, new: ReplicationController, old: ReplicationController, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        drop_disabled_template(new.spec.template, old.spec.template)
        count_generation(new, old)

    def validate_update(self, new: ReplicationController, old: ReplicationController, request: Request) -> Errors:
        """As a new object."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, old.spec, errors)
        return errors

    def warnings_on_update(self, new: ReplicationController, old: ReplicationController) -> list[str]:
        """What is unwise in the template."""
        if new.metadata.generation == old.metadata.generation or old.spec.template is None:
            return []
        return template_warnings(old.spec.template)

    def select(self, obj: ReplicationController) -> dict[str, str]:
        """By how many there are."""
        return {"status.replicas": str(obj.status.replicas)}


class ReplicationControllerStatusStrategy(StatusStrategy[ReplicationController]):
    """How many there are."""

    def validate_update(self, new: ReplicationController, old: ReplicationController, request: Request) -> Errors:
        """Counts that fit each other."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        status = new.status
        for name, value in (
            ("replicas", status.replicas),
            ("fullyLabeledReplicas", status.fully_labeled_replicas),
            ("readyReplicas", status.ready_replicas),
            ("availableReplicas", status.available_replicas),
            ("observedGeneration", status.observed_generation),
        ):
            errors.not_negative(f"status.{name}", value)
        for name, value in (
            ("fullyLabeledReplicas", status.fully_labeled_replicas),
            ("readyReplicas", status.ready_replicas),
            ("availableReplicas", status.available_replicas),
        ):
            if value > status.replicas:
                errors.invalid(f"status.{name}", value, "cannot be greater than status.replicas")
        if status.available_replicas > status.ready_replicas:
            errors.invalid(
                "status.availableReplicas", status.available_replicas, "cannot be greater than readyReplicas"
            )
        return errors


STRATEGY = ReplicationControllerStrategy()
STRATEGY.subresources = {"status": ReplicationControllerStatusStrategy()}
