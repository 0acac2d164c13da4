"""What may change in a pod that exists."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import difference, internal_form
from apiserver.registry.object_meta import validate_metadata_update
from apiserver.registry.pod_spec.annotations import APP_ARMOR, validate_pod_annotations
from apiserver.registry.pod_spec.rules import PodRules
from apiserver.registry.pod_spec.spec import MIRROR_ANNOTATION
from apiserver.registry.pod_spec.tolerations import validate_tolerations
from minik8s.api.core_v1 import Affinity, Container, NodeAffinity, NodeSelectorTerm, Pod, PodSpec, Toleration

Validate = Callable[[Pod, Errors, PodRules], None]
_INT32_MAX = 2**31 - 1
_UPDATABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def validate_annotation_change(new: Pod, old: Pod, errors: Errors, rules: PodRules) -> None:
    """Annotations that say what a pod is stay as they are."""
    mine, theirs = new.metadata.annotations, old.metadata.annotations
    path = "metadata.annotations"
    for key, value in theirs.items():
        if mine.get(key) == value:
            continue
        if key.startswith(APP_ARMOR):
            errors.forbidden(f"{path}[{key}]", "may not remove or update AppArmor annotations")
        if key == MIRROR_ANNOTATION:
            errors.forbidden(f"{path}[{key}]", "may not remove or update mirror pod annotation")
    for key in mine:
        if key in theirs:
            continue
        if key.startswith(APP_ARMOR):
            errors.forbidden(f"{path}[{key}]", "may not add AppArmor annotations")
        if key == MIRROR_ANNOTATION:
            errors.forbidden(f"{path}[{key}]", "may not add mirror pod annotation")
    validate_pod_annotations(mine, new.spec, path, errors, rules)


def _validate_images(new: list[Container], old: list[Container], path: str, errors: Errors) -> bool:
    if len(new) != len(old):
        errors.forbidden(path, "pod updates may not add or remove containers")
        return False
    for index, container in enumerate(new):
        if not container.image:
            errors.required(f"{path}[{index}].image")
        if container.image.strip() != container.image:
            errors.invalid(f"{path}[{index}].image", container.image, "must not have leading or trailing whitespace")
    return True


def _validate_deadline(new: int | None, old: int | None, errors: Errors) -> None:
    path = "spec.activeDeadlineSeconds"
    if new is not None:
        if not 0 <= new <= _INT32_MAX:
            errors.invalid(path, new, f"must be between 0 and {_INT32_MAX}, inclusive")
        if old is not None and old < new:
            errors.invalid(path, new, "must be less than or equal to previous value")
    elif old is not None:
        errors.invalid(path, None, "must not update from a positive integer to nil value")


def _validate_toleration_change(new: list[Toleration], old: list[Toleration], errors: Errors, rules: PodRules) -> None:
    for toleration in old:
        same = any(
            msgspec.structs.replace(toleration, toleration_seconds=other.toleration_seconds) == other for other in new
        )
        if not same:
            errors.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")
            return
    validate_tolerations(new, "spec.tolerations", errors, comparisons=rules.toleration_comparisons)


def _validate_gate_change(new: PodSpec, old: PodSpec, errors: Errors) -> None:
    known = {gate.name for gate in old.scheduling_gates}
    for index, gate in enumerate(new.scheduling_gates):
        if gate.name not in known:
            errors.forbidden(
                f"spec.schedulingGates[{index}].name",
                f"only deletion is allowed, but found new scheduling gate '{gate.name}'",
            )


def _only_adds(new: NodeSelectorTerm, old: NodeSelectorTerm) -> bool:
    if not old.match_expressions and not old.match_fields:
        return not new.match_expressions and not new.match_fields
    return (
        new.match_expressions[: len(old.match_expressions)] == old.match_expressions
        and new.match_fields[: len(old.match_fields)] == old.match_fields
    )


def _required_terms(affinity: NodeAffinity | None) -> list[NodeSelectorTerm]:
    required = affinity.required_during_scheduling_ignored_during_execution if affinity is not None else None
    return required.node_selector_terms if required is not None else []


def _validate_node_affinity_change(new: NodeAffinity | None, old: NodeAffinity | None, errors: Errors) -> None:
    before, after = _required_terms(old), _required_terms(new)
    path = f"spec.affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
    if not before:
        return
    if len(before) != len(after):
        errors.invalid(
            path, internal_form(after), "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        )
        return
    for index, (mine, theirs) in enumerate(zip(after, before, strict=True)):
        if not _only_adds(mine, theirs):
            errors.invalid(
                f"{path}[{index}]", internal_form(mine), "only additions are allowed (no mutations or deletions)"
            )


def _node_affinity(affinity: Affinity | None) -> NodeAffinity | None:
    return affinity.node_affinity if affinity is not None else None


def _free_gated(spec: PodSpec, old: PodSpec, errors: Errors) -> None:
    """A pod that is held back from scheduling may still narrow where it goes."""
    if spec.node_selector != old.node_selector:
        for key, value in old.node_selector.items():
            if spec.node_selector.get(key) != value:
                errors.invalid(
                    "spec.nodeSelector",
                    internal_form(spec.node_selector),
                    "only additions to spec.nodeSelector are allowed (no mutations or deletions)",
                )
        spec.node_selector = old.node_selector
    before, after = _node_affinity(old.affinity), _node_affinity(spec.affinity)
    if before == after:
        return
    _validate_node_affinity_change(after, before, errors)
    mine = spec.affinity
    if mine is None:
        spec.affinity = Affinity(node_affinity=before)
    elif old.affinity is None and mine.pod_affinity is None and mine.pod_anti_affinity is None:
        spec.affinity = None
    else:
        spec.affinity = msgspec.structs.replace(mine, node_affinity=before)


def _with_images_of(new: list[Container], old: list[Container]) -> list[Container]:
    return [msgspec.structs.replace(a, image=b.image) for a, b in zip(new, old, strict=True)]


def validate_pod_change(new: Pod, old: Pod, errors: Errors, rules: PodRules, validate: Validate) -> None:
    """A pod that replaces another through the ordinary endpoint."""
    validate_metadata_update(new.metadata, old.metadata, errors)
    validate(new, errors, rules)
    validate_annotation_change(new, old, errors, rules)
    mine, theirs = new.spec, old.spec
    if not _validate_images(mine.containers, theirs.containers, "spec.containers", errors):
        return
    if not _validate_images(mine.init_containers, theirs.init_containers, "spec.initContainers", errors):
        return
    _validate_deadline(mine.active_deadline_seconds, theirs.active_deadline_seconds, errors)
    _validate_toleration_change(mine.tolerations, theirs.tolerations, errors, rules)
    _validate_gate_change(mine, theirs, errors)
    if mine == theirs:
        return
    spec = msgspec.structs.replace(
        mine,
        containers=_with_images_of(mine.containers, theirs.containers),
        init_containers=_with_images_of(mine.init_containers, theirs.init_containers),
        active_deadline_seconds=theirs.active_deadline_seconds,
        scheduling_gates=theirs.scheduling_gates,
        tolerations=theirs.tolerations,
    )
    grace = theirs.termination_grace_period_seconds
    if grace is not None and grace < 0 and spec.termination_grace_period_seconds == 1:
        spec.termination_grace_period_seconds = grace
    if theirs.scheduling_gates:
        _free_gated(spec, theirs, errors)
    if spec != theirs:
        errors.forbidden(
            "spec", f"pod updates may not change fields other than {_UPDATABLE}\n{difference(theirs, spec)}"
        )


def validate_ephemeral_change(new: Pod, old: Pod, errors: Errors, rules: PodRules, validate: Validate) -> None:
    """Ephemeral containers are added only."""
    validate_metadata_update(new.metadata, old.metadata, errors)
    validate(new, errors, rules)
    validate_annotation_change(new, old, errors, rules)
    if MIRROR_ANNOTATION in old.metadata.annotations:
        errors.clear()
        errors.forbidden("[]", "static pods do not support ephemeral containers")
        return
    path = "spec.ephemeralContainers"
    by_name = {container.name: container for container in new.spec.ephemeral_containers}
    for before in old.spec.ephemeral_containers:
        after = by_name.get(before.name)
        if after is None:
            errors.forbidden(path, f'existing ephemeral containers "{before.name}" may not be removed\n')
        elif after != before:
            errors.forbidden(
                path,
                f'existing ephemeral containers "{before.name}" may not be changed\n{difference(before, after)}',
            )
