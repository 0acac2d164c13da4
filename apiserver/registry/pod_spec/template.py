"""Pod templates: what every kind that makes pods holds."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.labels import validate_labels
from apiserver.registry.object_meta import validate_annotations
from apiserver.registry.pod_spec.annotations import validate_pod_annotations, validate_profiles_agree
from apiserver.registry.pod_spec.rules import PodRules, rules_for
from apiserver.registry.pod_spec.spec import validate_pod_spec
from minik8s.api.core_v1 import PodTemplateSpec


def template_rules(old: PodTemplateSpec | None) -> PodRules:
    """The rules for a template that replaces `old`, or for a new one."""
    return rules_for(old.spec, old.metadata) if old is not None else rules_for(None)


def validate_template(template: PodTemplateSpec, path: str, errors: Errors, rules: PodRules) -> None:
    """Labels, annotations and spec of a template."""
    metadata, spec = template.metadata, template.spec
    validate_template_metadata(template, path, errors, rules)
    validate_pod_spec(spec, None, f"{path}.spec", errors, rules)
    validate_profiles_agree(metadata, spec, f"{path}.spec", errors)
    if spec.ephemeral_containers:
        errors.forbidden(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")


def validate_template_metadata(template: PodTemplateSpec, path: str, errors: Errors, rules: PodRules) -> None:
    """Labels and annotations of a template."""
    metadata = template.metadata
    if metadata.labels:
        validate_labels(metadata.labels, f"{path}.labels", errors)
    if metadata.annotations:
        validate_annotations(metadata.annotations, f"{path}.annotations", errors)
        validate_pod_annotations(metadata.annotations, template.spec, f"{path}.annotations", errors, rules)
