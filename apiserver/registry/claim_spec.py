"""What a persistent volume claim asks for, alone or inside a pod or a StatefulSet."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import NOT_POSITIVE, Errors
from apiserver.registry.labels import validate_label_selector
from minik8s.api.core_v1 import PersistentVolumeClaimSpec, TypedLocalObjectReference, TypedObjectReference
from minik8s.machinery import quantity

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")


def validate_access_modes(modes: list[str], path: str, errors: Errors) -> None:
    """Known modes; the exclusive one stands alone."""
    for mode in modes:
        if mode not in ACCESS_MODES:
            errors.not_supported(path, mode, ACCESS_MODES)
    if "ReadWriteOncePod" in modes and any(m in ACCESS_MODES and m != "ReadWriteOncePod" for m in modes):
        errors.forbidden(path, "may not use ReadWriteOncePod with other access modes")


def _validate_source(
    source: TypedLocalObjectReference | TypedObjectReference, path: str, errors: Errors, any_group: bool
) -> None:
    if not source.name:
        errors.required(f"{path}.name")
    if not source.kind:
        errors.required(f"{path}.kind")
    group = source.api_group or ""
    if not group and source.kind != "PersistentVolumeClaim":
        errors.invalid(path, source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")
    if group and not any_group:
        errors.invalid_each(f"{path}.apiGroup", group, formats.dns_subdomain(group))
    namespace = getattr(source, "namespace", None)
    if namespace:
        errors.invalid_each(f"{path}.namespace", namespace, formats.dns_label(namespace))


def validate_claim_spec(
    spec: PersistentVolumeClaimSpec,
    path: str,
    errors: Errors,
    *,
    any_selector_value: bool = False,
    any_source_group: bool = False,
) -> None:
    """Access modes, size, class, mode, and where the content comes from."""
    if not spec.access_modes:
        errors.required(f"{path}.accessModes", "at least 1 access mode is required")
    validate_label_selector(spec.selector, f"{path}.selector", errors, any_value=any_selector_value)
    validate_access_modes(spec.access_modes, f"{path}.accessModes", errors)
    size = spec.resources.requests.get("storage")
    if size is None:
        errors.required(f"{path}.resources[storage]")
    elif quantity.parse(size) <= 0:
        errors.invalid(f"{path}.resources[storage]", size, NOT_POSITIVE)
    if spec.storage_class_name:
        name = spec.storage_class_name
        errors.invalid_each(f"{path}.storageClassName", name, formats.dns_subdomain(name))
    if spec.volume_mode is not None and spec.volume_mode not in VOLUME_MODES:
        errors.not_supported(f"{path}.volumeMode", spec.volume_mode, VOLUME_MODES)
    source, reference = spec.data_source, spec.data_source_ref
    if source is not None:
        _validate_source(source, f"{path}.dataSource", errors, any_source_group)
    if reference is not None:
        _validate_source(reference, f"{path}.dataSourceRef", errors, any_source_group)
    if reference is not None and reference.namespace:
        if source is not None:
            errors.invalid(path, {}, "may not be specified when dataSourceRef.namespace is specified")
    elif source is not None and reference is not None:
        if (source.api_group, source.kind, source.name) != (
            reference.api_group,
            reference.kind,
            reference.name,
        ):
            errors.invalid(path, {}, "must match dataSourceRef")
    if spec.volume_attributes_class_name:
        name = spec.volume_attributes_class_name
        errors.invalid_each(f"{path}.volumeAttributesClassName", name, formats.dns_subdomain(name))
