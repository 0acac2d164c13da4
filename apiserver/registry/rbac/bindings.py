"""What bindings have in common: a role and those it is given to."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from minik8s.api.rbac_v1 import ClusterRoleBinding, RoleBinding, RoleRef, Subject

GROUP = "rbac.authorization.k8s.io"
_KINDS = ("ServiceAccount", "User", "Group")
Binding = RoleBinding | ClusterRoleBinding


def default_binding(binding: Binding) -> None:
    """Roles, users and groups belong to this API group."""
    binding.role_ref.api_group = binding.role_ref.api_group or GROUP
    for subject in binding.subjects:
        if subject.kind in ("User", "Group"):
            subject.api_group = subject.api_group or GROUP


def _validate_role(role: RoleRef, kinds: Sequence[str], errors: Errors) -> None:
    if role.api_group != GROUP:
        errors.not_supported("roleRef.apiGroup", role.api_group, (GROUP,))
    if role.kind not in kinds:
        errors.not_supported("roleRef.kind", role.kind, kinds)
    if not role.name:
        errors.required("roleRef.name")
    else:
        errors.invalid_each("roleRef.name", role.name, formats.path_segment(role.name))


def _validate_subject(subject: Subject, path: str, errors: Errors, *, namespaced: bool) -> None:
    if not subject.name:
        errors.required(f"{path}.name")
    match subject.kind:
        case "ServiceAccount":
            if subject.name:
                errors.invalid_each(f"{path}.name", subject.name, formats.dns_subdomain(subject.name))
            if subject.api_group:
                errors.not_supported(f"{path}.apiGroup", subject.api_group, ("",))
            if not namespaced and not subject.namespace:
                errors.required(f"{path}.namespace")
        case "User" | "Group":
            if subject.api_group != GROUP:
                errors.not_supported(f"{path}.apiGroup", subject.api_group, (GROUP,))
        case _:
            errors.not_supported(f"{path}.kind", subject.kind, _KINDS)


def validate_binding(binding: Binding, kinds: Sequence[str], errors: Errors, *, namespaced: bool) -> None:
    """A role of one of `kinds`, and subjects."""
    validate_metadata(binding.metadata, errors, namespaced=namespaced, name=formats.path_segment)
    _validate_role(binding.role_ref, kinds, errors)
    for index, subject in enumerate(binding.subjects):
        _validate_subject(subject, f"subjects[{index}]", errors, namespaced=namespaced)


def validate_binding_change(new: Binding, old: Binding, errors: Errors) -> None:
    """The role stays: another role is another binding."""
    validate_metadata_update(new.metadata, old.metadata, errors)
    if new.role_ref != old.role_ref:
        errors.invalid("roleRef", internal_form(new.role_ref), "cannot change roleRef")
