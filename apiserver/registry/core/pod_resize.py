"""Changing the CPU and memory of a running pod."""

from __future__ import annotations

import msgspec

from apiserver.registry.core.pod_changes import Validate
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata_update
from apiserver.registry.pod_spec.qos import compute_qos
from apiserver.registry.pod_spec.rules import PodRules
from apiserver.registry.pod_spec.spec import MIRROR_ANNOTATION
from apiserver.registry.strategy import reset_metadata_for_status
from minik8s.api.core_v1 import Container, Pod, PodSpec, ResourceRequirements

_ONLY = "only cpu and memory resources are mutable"


def _merged(new: list[Container], old: list[Container]) -> list[Container]:
    if any(mine.name != theirs.name for mine, theirs in zip(new, old, strict=True)):
        return new
    return [
        msgspec.structs.replace(theirs, resources=mine.resources, resize_policy=mine.resize_policy)
        for mine, theirs in zip(new, old, strict=True)
    ]


def keep_but_resources(new: Pod, old: Pod) -> None:
    """Take from a pod only what it asks for; a pod with other containers is left for validation to refuse."""
    mine, theirs = new.spec, old.spec
    if len(mine.containers) != len(theirs.containers) or len(mine.init_containers) != len(theirs.init_containers):
        return
    new.spec = msgspec.structs.replace(
        theirs,
        resources=mine.resources,
        containers=_merged(mine.containers, theirs.containers),
        init_containers=_merged(mine.init_containers, theirs.init_containers),
    )
    new.status = old.status
    reset_metadata_for_status(new, old)


def _removed(new: dict[str, str], old: dict[str, str]) -> bool:
    return any(name not in new for name in old)


def _fixed_part(resources: dict[str, str], old: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in resources.items() if name not in ("cpu", "memory")}
    return {**kept, **{name: old[name] for name in ("cpu", "memory") if name in old}}


def _frozen(new: ResourceRequirements, old: ResourceRequirements) -> ResourceRequirements:
    return ResourceRequirements(
        limits=_fixed_part(new.limits, old.limits), requests=_fixed_part(new.requests, old.requests)
    )


def _same_order(new: PodSpec, old: PodSpec, errors: Errors) -> bool:
    before = len(errors)
    for name, mine, theirs in (
        ("containers", new.containers, old.containers),
        ("initContainers", new.init_containers, old.init_containers),
    ):
        if len(mine) != len(theirs):
            errors.forbidden(f"spec.{name}", f"{name} may not be added or removed on resize")
            continue
        for index, (a, b) in enumerate(zip(mine, theirs, strict=True)):
            if a.name != b.name:
                errors.forbidden(f"spec.{name}[{index}].name", f"{name} may not be renamed or reordered on resize")
    return len(errors) == before


def _has_resources(spec: PodSpec) -> bool:
    return spec.resources is not None and bool(spec.resources.requests or spec.resources.limits)


def _validate_pod_level(spec: PodSpec, old: PodSpec, errors: Errors) -> None:
    """Pod-level resources; afterwards `spec` holds the old ones, for comparison."""
    mine, theirs = spec.resources, old.resources
    path = "spec.resources"
    if theirs is not None:
        if mine is None:
            errors.forbidden(path, "pod-level resources cannot be removed")
            return
        if _removed(mine.requests, theirs.requests):
            errors.forbidden(f"{path}.requests", "pod-level resource requests cannot be removed")
        if _removed(mine.limits, theirs.limits):
            errors.forbidden(f"{path}.limits", "pod-level resource limits cannot be removed")
    if mine is not None:
        frozen = _frozen(mine, theirs or ResourceRequirements())
        frozen.claims = mine.claims
        spec.resources = None if theirs is None and frozen == ResourceRequirements() else frozen
    if spec.resources != theirs:
        errors.forbidden("spec", "only cpu and memory resources are mutable at pod-level")


def _validate_container(new: Container, old: Container, path: str, errors: Errors) -> None:
    if _removed(new.resources.requests, old.resources.requests):
        errors.forbidden(f"{path}.resources.requests", "resource requests cannot be removed")
    if _removed(new.resources.limits, old.resources.limits):
        errors.forbidden(f"{path}.resources.limits", "resource limits cannot be removed")


def _thawed(new: Container, old: Container) -> Container:
    return msgspec.structs.replace(new, resources=_frozen(new.resources, old.resources))


def _resizable(pod: Pod) -> bool:
    for status in pod.status.container_statuses:
        if status.state.running is not None:
            return status.resources is not None
    return True


def validate_resize(new: Pod, old: Pod, errors: Errors, rules: PodRules, validate: Validate) -> None:
    """A pod that replaces another through the resize endpoint."""
    validate_metadata_update(new.metadata, old.metadata, errors)
    validate(new, errors, rules)
    refused = ""
    if MIRROR_ANNOTATION in old.metadata.annotations:
        refused = "static pods cannot be resized"
    elif old.spec.os is not None and old.spec.os.name == "windows":
        refused = "windows pods cannot be resized"
    if refused:
        errors.clear()
        errors.forbidden("[]", refused)
        return
    if (old.status.qos_class or compute_qos(old.spec)) != compute_qos(new.spec):
        errors.invalid("spec", new.status.qos_class, "Pod QOS Class may not change as a result of resizing")
    if not _resizable(old):
        errors.forbidden("spec", "Pod running on node without support for resize")
    spec = msgspec.structs.replace(new.spec)
    if _has_resources(old.spec) or _has_resources(new.spec):
        _validate_pod_level(spec, old.spec, errors)
    if old.status.node_allocatable_resource_claim_statuses:
        errors.forbidden("spec", "pods with node allocatable resource claims cannot be resized")
    if not _same_order(new.spec, old.spec, errors):
        return
    for index, (mine, theirs) in enumerate(zip(spec.init_containers, old.spec.init_containers, strict=True)):
        _validate_container(mine, theirs, f"spec.initContainers[{index}]", errors)
    for index, (mine, theirs) in enumerate(zip(spec.containers, old.spec.containers, strict=True)):
        _validate_container(mine, theirs, f"spec.containers[{index}]", errors)
    spec.containers = [_thawed(a, b) for a, b in zip(spec.containers, old.spec.containers, strict=True)]
    for mine, theirs in zip(spec.containers, old.spec.containers, strict=True):
        if mine != theirs:
            errors.forbidden("spec", _ONLY)
    thawed = []
    for index, (mine, theirs) in enumerate(zip(spec.init_containers, old.spec.init_containers, strict=True)):
        path = f"spec.initContainers[{index}]"
        frozen = _thawed(mine, theirs)
        if frozen != theirs:
            errors.forbidden(path, "only cpu and memory resources for init or sidecar containers are mutable")
        if mine != theirs and mine.restart_policy != "Always":
            for policy in mine.resize_policy:
                if policy.restart_policy == "RestartContainer":
                    errors.forbidden(
                        path,
                        "non-sidecar init containers with a resize policy of RestartContainer cannot be resized",
                    )
        thawed.append(frozen)
    spec.init_containers = thawed
    if not errors and spec != old.spec:
        errors.forbidden("spec", _ONLY)
