"""Annotations that mean something for pods: mirror pods, deletion cost, old ways to name security profiles."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.pod_spec.rules import PodRules, deletion_cost_wrong
from apiserver.registry.pod_spec.spec import MIRROR_ANNOTATION
from apiserver.registry.pod_spec.volume_paths import local_descending
from apiserver.registry.pod_spec.windows import containers_with_paths
from minik8s.api.core_v1 import AppArmorProfile, PodSpec, SeccompProfile
from minik8s.api.object_meta import ObjectMeta

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_DEFAULTS = ("runtime/default", "docker/default")
_APP_ARMOR_VALUES = {"Unconfined": "unconfined", "RuntimeDefault": "runtime/default"}


def _validate_seccomp(value: str, path: str, errors: Errors) -> None:
    if value in _SECCOMP_DEFAULTS or value == "unconfined":
        return
    if value.startswith("localhost/"):
        local_descending(value.removeprefix("localhost/"), path, errors)
    else:
        errors.invalid(path, value, "must be a valid seccomp profile")


def validate_pod_annotations(
    annotations: dict[str, str], spec: PodSpec, path: str, errors: Errors, rules: PodRules
) -> None:
    """The annotations of a Pod or of a template."""
    if MIRROR_ANNOTATION in annotations and not spec.node_name:
        errors.invalid(
            f"{path}[{MIRROR_ANNOTATION}]",
            annotations[MIRROR_ANNOTATION],
            "must set spec.nodeName if mirror pod annotation is set",
        )
    if not rules.any_deletion_cost and deletion_cost_wrong(ObjectMeta(annotations=annotations)):
        errors.invalid(f"{path}[{DELETION_COST}]", annotations[DELETION_COST], "must be a 32bit integer")
    if SECCOMP_POD in annotations:
        _validate_seccomp(annotations[SECCOMP_POD], f"{path}.{SECCOMP_POD}", errors)
    names: set[str] | None = None
    for key, value in annotations.items():
        if key.startswith(SECCOMP_CONTAINER):
            _validate_seccomp(value, f"{path}.{key}", errors)
        elif key.startswith(APP_ARMOR):
            if names is None:
                names = {container.name for container, _ in containers_with_paths(spec, "")}
            name = key.removeprefix(APP_ARMOR)
            if name not in names:
                errors.invalid(f"{path}[{key}]", name, "container not found")
            if value not in ("", "runtime/default", "unconfined") and not value.startswith("localhost/"):
                errors.invalid(f"{path}[{key}]", value, f'invalid AppArmor profile name: "{value}"')


def _match_seccomp(value: str, profile: SeccompProfile, path: str, errors: Errors) -> None:
    kinds_match = {
        "Unconfined": value == "unconfined",
        "RuntimeDefault": value in _SECCOMP_DEFAULTS,
        "Localhost": value.startswith("localhost/"),
    }
    if not kinds_match.get(profile.type, True):
        errors.forbidden(f"{path}.type", "seccomp type in annotation and field must match")
    elif profile.type == "Localhost" and value.removeprefix("localhost/") != profile.localhost_profile:
        errors.forbidden(f"{path}.localhostProfile", "seccomp profile in annotation and field must match")


def _match_app_armor(value: str, profile: AppArmorProfile, path: str, errors: Errors) -> None:
    expected = _APP_ARMOR_VALUES.get(profile.type)
    if expected is not None:
        if value != expected:
            errors.forbidden(f"{path}.type", "apparmor type in annotation and field must match")
    elif profile.type == "Localhost":
        if not value.startswith("localhost/"):
            errors.forbidden(f"{path}.type", "apparmor type in annotation and field must match")
        elif value.removeprefix("localhost/") != profile.localhost_profile:
            errors.forbidden(f"{path}.localhostProfile", "apparmor profile in annotation and field must match")


def validate_profiles_agree(metadata: ObjectMeta, spec: PodSpec, path: str, errors: Errors) -> None:
    """What annotations and fields say about security profiles must be the same."""
    annotations = metadata.annotations
    if not annotations:
        return
    context = spec.security_context
    if context is not None and context.seccomp_profile is not None and SECCOMP_POD in annotations:
        here = f"{path}.securityContext.seccompProfile"
        _match_seccomp(annotations[SECCOMP_POD], context.seccomp_profile, here, errors)
    for container, at in containers_with_paths(spec, path):
        mine = container.security_context
        value = annotations.get(SECCOMP_CONTAINER + container.name)
        if value is not None and mine is not None and mine.seccomp_profile is not None:
            _match_seccomp(value, mine.seccomp_profile, f"{at}.securityContext.seccompProfile", errors)
    if spec.os is not None and spec.os.name == "windows":
        return
    of_pod = context.app_armor_profile if context is not None else None
    for container, at in containers_with_paths(spec, path):
        mine = container.security_context
        profile = mine.app_armor_profile if mine is not None and mine.app_armor_profile is not None else of_pod
        value = annotations.get(APP_ARMOR + container.name)
        if value is not None and profile is not None:
            _match_app_armor(value, profile, f"{at}.securityContext.appArmorProfile", errors)


def app_armor_field(value: str) -> AppArmorProfile | None:
    """The profile an old annotation names, None when it names none."""
    for kind, text in _APP_ARMOR_VALUES.items():
        if value == text:
            return AppArmorProfile(type=kind)
    name = value.removeprefix("localhost/")
    if name != value and name:
        return AppArmorProfile(type="Localhost", localhost_profile=name)
    return None
