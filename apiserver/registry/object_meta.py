"""Metadata: names, labels, annotations, owners, finalizers, and what of them may change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import in_order
from apiserver.registry.labels import validate_labels
from minik8s.api.object_meta import ManagedFieldsEntry, ObjectMeta, OwnerReference

ANNOTATIONS_MAX = 256 * 1024
NameCheck = Callable[[str], tuple[str, ...]]
_MANAGER_MAX = 128
_SUBRESOURCE_MAX = 256
_STANDARD_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})
_NOT_QUALIFIED = "name is neither a standard finalizer name nor is it fully qualified"
_PREFIX_CHECKS: dict[NameCheck, NameCheck] = {
    formats.dns_subdomain: formats.dns_subdomain_prefix,
    formats.dns_label: formats.dns_label_prefix,
    formats.long_name: formats.long_name_prefix,
    formats.path_segment: formats.path_segment_prefix,
}


def validate_annotations(annotations: dict[str, str], path: str, errors: Errors) -> None:
    """Keys, and the size of all of them together."""
    size = 0
    for key, value in annotations.items():
        size += len(key) + len(value)
        found = formats.qualified_name(key.lower())
        if found:
            errors.invalid_each(path, key, found)
    # Counting bytes exactly costs more than counting characters, of which there are never more.
    if size * 4 > ANNOTATIONS_MAX:
        size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
        if size > ANNOTATIONS_MAX:
            errors.too_long(path, ANNOTATIONS_MAX)


def _validate_owner(owner: OwnerReference, path: str, errors: Errors) -> None:
    group, _, version = owner.api_version.rpartition("/")
    if not version or "/" in group:
        errors.invalid(f"{path}.apiVersion", owner.api_version, "version must not be empty")
    for name, value in (("kind", owner.kind), ("name", owner.name), ("uid", owner.uid)):
        if not value:
            errors.invalid(f"{path}.{name}", value, "must not be empty")
    if owner.kind == "Event" and not group and version == "v1":
        errors.invalid(path, in_order(_owner_form(owner)), "/v1, Kind=Event is disallowed from being an owner")


def _owner_form(owner: OwnerReference) -> dict[str, Any]:
    form: dict[str, Any] = {
        "apiVersion": owner.api_version,
        "kind": owner.kind,
        "name": owner.name,
        "uid": owner.uid,
    }
    if owner.controller is not None:
        form["controller"] = owner.controller
    if owner.block_owner_deletion is not None:
        form["blockOwnerDeletion"] = owner.block_owner_deletion
    return form


def _validate_owners(owners: list[OwnerReference], path: str, errors: Errors) -> None:
    first = ""
    for owner in owners:
        _validate_owner(owner, path, errors)
        if owner.controller:
            mine = f"{owner.kind}/{owner.name}"
            if first:
                errors.invalid(
                    path,
                    in_order([_owner_form(other) for other in owners]),
                    "Only one reference can have Controller set to true. "
                    f'Found "true" in references for {first} and {mine}',
                )
            else:
                first = mine


def validate_finalizer(name: str, path: str, errors: Errors) -> None:
    """A finalizer's name: qualified, or one of Kubernetes' own."""
    errors.invalid_each(path, name, formats.qualified_name(name))
    validate_own_finalizer(name, path, errors)


def validate_own_finalizer(name: str, path: str, errors: Errors) -> None:
    """Names without a domain are Kubernetes' own."""
    if "/" not in name and name not in _STANDARD_FINALIZERS:
        errors.invalid(path, name, _NOT_QUALIFIED)


def _validate_finalizers(finalizers: list[str], path: str, errors: Errors) -> None:
    for name in finalizers:
        errors.invalid_each(path, name, formats.qualified_name(name))
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        errors.invalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set")


def validate_manager(name: str, path: str, errors: Errors) -> None:
    """A field manager: short and printable."""
    if len(name.encode()) > _MANAGER_MAX:
        errors.too_long(path, _MANAGER_MAX)
    at = 0
    for character in name:
        if not character.isprintable():
            code = f"U+{ord(character):04X}"
            errors.invalid(path, name, f"invalid character {code} (at position {at})")
        at += len(character.encode())


def _validate_managed_fields(entries: list[ManagedFieldsEntry], path: str, errors: Errors) -> None:
    for index, entry in enumerate(entries):
        here = f"{path}[{index}]"
        if entry.operation not in ("Apply", "Update"):
            errors.invalid(f"{here}.operation", entry.operation, "must be `Apply` or `Update`")
        if entry.fields_type not in ("", "FieldsV1"):
            errors.invalid(f"{here}.fieldsType", entry.fields_type, "must be `FieldsV1`")
        if len(entry.manager) > 32 or not entry.manager.isascii() or not entry.manager.isprintable():
            validate_manager(entry.manager, f"{here}.manager", errors)
        if len(entry.subresource.encode()) > _SUBRESOURCE_MAX:
            errors.too_long(f"{here}.subresource", _SUBRESOURCE_MAX)


def validate_metadata(
    metadata: ObjectMeta,
    errors: Errors,
    *,
    namespaced: bool,
    name: NameCheck = formats.dns_subdomain,
    qualified_finalizers: bool = True,
    path: str = "metadata",
) -> None:
    """The metadata of a new object; `qualified_finalizers` is what only built-in kinds ask for."""
    if metadata.generate_name:
        prefix = _PREFIX_CHECKS.get(name, name)(metadata.generate_name)
        errors.invalid_each(f"{path}.generateName", metadata.generate_name, prefix)
    if not metadata.name:
        errors.required(f"{path}.name", "name or generateName is required")
    elif found := name(metadata.name):
        errors.invalid_each(f"{path}.name", metadata.name, found)
    validate_common(metadata, errors, namespaced=namespaced, path=path)
    if qualified_finalizers:
        for index, finalizer in enumerate(metadata.finalizers):
            validate_own_finalizer(finalizer, f"{path}.finalizers[{index}]", errors)


def validate_common(metadata: ObjectMeta, errors: Errors, *, namespaced: bool, path: str = "metadata") -> None:
    """Everything but the name."""
    if namespaced:
        if not metadata.namespace:
            errors.required(f"{path}.namespace")
        elif found := formats.dns_label(metadata.namespace):
            errors.invalid_each(f"{path}.namespace", metadata.namespace, found)
    elif metadata.namespace:
        errors.forbidden(f"{path}.namespace", "not allowed on this type")
    if metadata.generation < 0:
        errors.not_negative(f"{path}.generation", metadata.generation)
    if metadata.labels:
        validate_labels(metadata.labels, f"{path}.labels", errors)
    if metadata.annotations:
        validate_annotations(metadata.annotations, f"{path}.annotations", errors)
    if metadata.owner_references:
        _validate_owners(metadata.owner_references, f"{path}.ownerReferences", errors)
    if metadata.finalizers:
        _validate_finalizers(metadata.finalizers, f"{path}.finalizers", errors)
    if metadata.managed_fields:
        _validate_managed_fields(metadata.managed_fields, f"{path}.managedFields", errors)


def validate_metadata_update(
    new: ObjectMeta, old: ObjectMeta, errors: Errors, *, qualified_finalizers: bool = True, path: str = "metadata"
) -> None:
    """What may become of metadata: identity stays, and a dying object gets no new finalizers."""
    if old.deletion_timestamp is not None:
        extra = sorted(set(new.finalizers) - set(old.finalizers))
        if extra:
            shown = ", ".join(f'"{name}"' for name in extra)
            errors.forbidden(
                f"{path}.finalizers",
                "no new finalizers can be added if the object is being deleted, "
                f"found new finalizers []string{{{shown}}}",
            )
    if not new.resource_version:
        errors.invalid(f"{path}.resourceVersion", new.resource_version, "must be specified for an update")
    if new.generation < old.generation:
        errors.invalid(f"{path}.generation", new.generation, "must not be decremented")
    errors.immutable(f"{path}.name", new.name, old.name)
    errors.immutable(f"{path}.namespace", new.namespace, old.namespace)
    errors.immutable(f"{path}.uid", new.uid, old.uid)
    errors.immutable(f"{path}.creationTimestamp", new.creation_timestamp, old.creation_timestamp)
    errors.immutable(f"{path}.deletionTimestamp", new.deletion_timestamp, old.deletion_timestamp)
    errors.immutable(
        f"{path}.deletionGracePeriodSeconds", new.deletion_grace_period_seconds, old.deletion_grace_period_seconds
    )
    if new.labels:
        validate_labels(new.labels, f"{path}.labels", errors)
    if new.annotations:
        validate_annotations(new.annotations, f"{path}.annotations", errors)
    if new.owner_references:
        _validate_owners(new.owner_references, f"{path}.ownerReferences", errors)
    if new.managed_fields:
        _validate_managed_fields(new.managed_fields, f"{path}.managedFields", errors)
    if qualified_finalizers:
        for index, finalizer in enumerate(new.finalizers):
            validate_own_finalizer(finalizer, f"{path}.finalizers[{index}]", errors)


_TEMPLATE_FIELDS = (
    ("name", "name"),
    ("generate_name", "generateName"),
    ("namespace", "namespace"),
    ("self_link", "selfLink"),
    ("uid", "uID"),
    ("resource_version", "resourceVersion"),
    ("generation", "generation"),
    ("creation_timestamp", "creationTimestamp"),
    ("deletion_timestamp", "deletionTimestamp"),
    ("deletion_grace_period_seconds", "deletionGracePeriodSeconds"),
    ("owner_references", "ownerReferences"),
    ("finalizers", "finalizers"),
    ("managed_fields", "managedFields"),
)


def validate_template_metadata(metadata: ObjectMeta, path: str, errors: Errors) -> None:
    """The metadata of something yet to be made: labels and annotations only."""
    validate_annotations(metadata.annotations, f"{path}.annotations", errors)
    validate_labels(metadata.labels, f"{path}.labels", errors)
    for attribute, name in _TEMPLATE_FIELDS:
        value = getattr(metadata, attribute)
        if value or (value is not None and attribute == "deletion_grace_period_seconds"):
            errors.forbidden(f"{path}.{name}", "cannot be set")
