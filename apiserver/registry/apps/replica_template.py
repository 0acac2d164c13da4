"""What workloads of the apps group share: a selector, a template that fits it, and counts in their status."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.registry.errors import Errors
from apiserver.registry.labels import is_empty, selects, validate_label_selector
from apiserver.registry.pod_spec.rules import PodRules
from apiserver.registry.pod_spec.template import validate_template
from minik8s.api.core_v1 import PodTemplateSpec, Volume
from minik8s.api.meta_v1 import LabelSelector
from minik8s.api.object_meta import ObjectMeta

MISMATCH = "`selector` does not match template `labels`"
_READ_ONLY = (
    "readOnly must be true for replicated pods > 1; GCE PD can only be mounted on multiple machines if it is read-only"
)


def validate_selector(
    selector: LabelSelector | None, template: PodTemplateSpec, errors: Errors, rules: PodRules, *, kind: str
) -> bool:
    """A selector that is there and says something; answers whether it makes sense, and if so it fits the template.

    `kind` is how the message about an empty selector calls the workload.
    """
    if selector is None:
        errors.required("spec.selector")
    else:
        lenient = rules.any_label_value_in_selector
        validate_label_selector(selector, "spec.selector", errors, any_value=lenient)
        if is_empty(selector):
            errors.invalid("spec.selector", selector, f"empty selector is invalid for {kind}")
    matched = selects(selector, template.metadata.labels) if selector is not None else False
    if matched is False:
        errors.invalid("spec.template.metadata.labels", template.metadata.labels or None, MISMATCH)
    return matched is not None


def validate_read_only_disks(volumes: Iterable[Volume], old: Iterable[Volume], path: str, errors: Errors) -> None:
    """A disk that several machines mount is mounted read only; volumes that were there before are left alone."""
    before = list(old)
    for index, volume in enumerate(volumes):
        disk = volume.gce_persistent_disk
        if disk is not None and not disk.read_only and volume not in before:
            errors.invalid(f"{path}[{index}].gcePersistentDisk.readOnly", False, _READ_ONLY)


def validate_restart(template: PodTemplateSpec, errors: Errors, *, kind: str) -> None:
    """Pods of a workload that never ends restart always and have no deadline."""
    path, spec = "spec.template.spec", template.spec
    if spec.restart_policy != "Always":
        errors.not_supported(f"{path}.restartPolicy", spec.restart_policy, ("Always",))
    if spec.active_deadline_seconds is not None:
        errors.forbidden(f"{path}.activeDeadlineSeconds", f"activeDeadlineSeconds in {kind} is not Supported")


def validate_replicated(
    selector: LabelSelector | None,
    template: PodTemplateSpec,
    old: PodTemplateSpec | None,
    replicas: int,
    errors: Errors,
    rules: PodRules,
) -> None:
    """Selector and template of a Deployment or ReplicaSet."""
    if not validate_selector(selector, template, errors, rules, kind="deployment"):
        errors.invalid("spec.selector", selector, "invalid label selector")
        return
    validate_template(template, "spec.template", errors, rules)
    if replicas > 1:
        volumes = old.spec.volumes if old is not None else ()
        validate_read_only_disks(template.spec.volumes, volumes, "spec.template.spec.volumes", errors)
    validate_restart(template, errors, kind="ReplicaSet")


def validate_counts(counts: Iterable[tuple[str, int | None]], errors: Errors) -> None:
    """Numbers of a status that cannot be negative."""
    for name, value in counts:
        if value is not None:
            errors.not_negative(f"status.{name}", value)


def validate_not_above(counts: Iterable[tuple[str, int]], limit: int, errors: Errors) -> None:
    """Parts of the replicas are not more than all of them."""
    for name, value in counts:
        if value > limit:
            errors.invalid(f"status.{name}", value, "cannot be greater than status.replicas")


def validate_collision_count(new: int | None, old: int | None, errors: Errors) -> None:
    """Collisions are counted up."""
    if old is not None and (new is None or new < old):
        errors.invalid("status.collisionCount", new or 0, "cannot be decremented")


def changed_template(new: ObjectMeta, old: ObjectMeta) -> bool:
    """Whether an update counted a new generation, so that its template is worth warnings."""
    return new.generation != old.generation
