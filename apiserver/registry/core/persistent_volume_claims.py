"""PersistentVolumeClaims."""

from __future__ import annotations

import msgspec

from apiserver.registry import formats
from apiserver.registry.claim_spec import validate_claim_spec
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import difference
from apiserver.registry.labels import validate_label_selector
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.resource_lists import round_up
from apiserver.registry.pod_spec.volume_defaults import default_claim_spec
from apiserver.registry.pod_spec.warnings import claim_spec_warnings
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.core_v1 import (
    PersistentVolumeClaim,
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimStatus,
    TypedLocalObjectReference,
    TypedObjectReference,
)
from minik8s.machinery import quantity
from minik8s.machinery.resource_names import is_native

_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
_SIZE_PATH = "spec.resources.requests.storage"
_RESIZE_STATUSES = (
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
    "NodeResizePending",
)


def normalize_sources(spec: PersistentVolumeClaimSpec) -> None:
    """The older and the newer field for the source of the content say the same."""
    source, reference = spec.data_source, spec.data_source_ref
    if source is not None and reference is None:
        spec.data_source_ref = TypedObjectReference(api_group=source.api_group, kind=source.kind, name=source.name)
    elif reference is not None and source is None and not reference.namespace:
        spec.data_source = TypedLocalObjectReference(
            api_group=reference.api_group, kind=reference.kind, name=reference.name
        )


def _known_source(source: TypedLocalObjectReference | None) -> bool:
    if source is None:
        return False
    group = source.api_group or ""
    return (group, source.kind) in (
        ("", "PersistentVolumeClaim"),
        ("snapshot.storage.k8s.io", "VolumeSnapshot"),
    )


def _drop_unknown_source(spec: PersistentVolumeClaimSpec, old: PersistentVolumeClaimSpec | None) -> None:
    if old is not None and (old.data_source is not None or old.data_source_ref is not None):
        return
    if spec.data_source_ref is None and not _known_source(spec.data_source):
        spec.data_source = None


def _drop_namespaced_source(spec: PersistentVolumeClaimSpec, old: PersistentVolumeClaimSpec | None) -> None:
    """Sources in other namespaces are not served."""
    reference = spec.data_source_ref
    used = old.data_source_ref if old is not None else None
    if reference is not None and reference.namespace and not (used is not None and used.namespace):
        spec.data_source_ref = None


def _validate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim | None, errors: Errors) -> None:
    validate_metadata(claim.metadata, errors, namespaced=True)
    any_value = any_group = False
    if old is not None:
        before = Errors()
        validate_label_selector(old.spec.selector, "", before)
        any_value = bool(before)
        sources = (old.spec.data_source, old.spec.data_source_ref)
        any_group = any(source is not None and source.api_group is not None for source in sources)
    validate_claim_spec(claim.spec, "spec", errors, any_selector_value=any_value, any_source_group=any_group)


def _class_moves_from_annotation(new: PersistentVolumeClaim, old: PersistentVolumeClaim) -> bool:
    was = old.metadata.annotations.get(_STORAGE_CLASS)
    return (
        was is not None
        and old.spec.storage_class_name is None
        and new.spec.storage_class_name == was
        and new.metadata.annotations.get(_STORAGE_CLASS, was) == was
    )


def _comparable(
    new: PersistentVolumeClaim, old: PersistentVolumeClaim, errors: Errors
) -> tuple[PersistentVolumeClaimSpec, PersistentVolumeClaimSpec]:
    """Both specs with everything made equal that may change."""
    mine, theirs = msgspec.structs.replace(new.spec), msgspec.structs.replace(old.spec)
    if not theirs.volume_name:
        theirs.volume_name = mine.volume_name
    if _class_moves_from_annotation(new, old):
        mine.storage_class_name = None
    else:
        errors.immutable(
            f"metadata.annotations.{_STORAGE_CLASS}",
            new.metadata.annotations.get(_STORAGE_CLASS, ""),
            old.metadata.annotations.get(_STORAGE_CLASS, ""),
        )
        was = old.metadata.annotations.get(_STORAGE_CLASS)
        if mine.storage_class_name is not None and theirs.storage_class_name is None:
            if was is None or was == mine.storage_class_name:
                mine.storage_class_name = None
    if new.status.phase == "Bound":
        if mine.resources.requests:
            requests = {**mine.resources.requests, "storage": theirs.resources.requests.get("storage", "0")}
            mine.resources = msgspec.structs.replace(mine.resources, requests=requests)
        mine.volume_attributes_class_name = theirs.volume_attributes_class_name
    return mine, theirs


def _validate_change(new: PersistentVolumeClaim, old: PersistentVolumeClaim, errors: Errors) -> None:
    mine, theirs = _comparable(new, old, errors)
    if mine != theirs:
        errors.forbidden(
            "spec",
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound "
            f"claims\n{difference(theirs, mine)}",
        )
    size = new.spec.resources.requests.get("storage", "0")
    if quantity.cmp(size, old.spec.resources.requests.get("storage", "0")) < 0:
        if quantity.cmp(size, old.status.capacity.get("storage", "0")) <= 0:
            errors.forbidden(_SIZE_PATH, "field can not be less than status.capacity")
    errors.immutable("volumeMode", new.spec.volume_mode, old.spec.volume_mode)
    wanted = new.spec.volume_attributes_class_name
    if wanted != old.spec.volume_attributes_class_name and old.status.current_volume_attributes_class_name is not None:
        what = "is forbidden when status.currentVolumeAttributesClassName is not nil"
        if wanted is None:
            errors.forbidden("spec.volumeAttributesClassName", f"update to nil {what}")
        elif not wanted:
            errors.forbidden("spec.volumeAttributesClassName", f"update to empty string {what}")


class PersistentVolumeClaimStrategy(Strategy[PersistentVolumeClaim]):
    """A wish for storage."""

    short_names = ("pvc",)

    def default(self, obj: PersistentVolumeClaim, request: Request) -> None:
        """Pending; a file system."""
        obj.status.phase = obj.status.phase or "Pending"
        default_claim_spec(obj.spec)
        round_up(obj.status.capacity)
        round_up(obj.status.allocated_resources)

    def prepare_for_create(self, obj: PersistentVolumeClaim, request: Request) -> None:
        """No status yet; sources in both their fields."""
        obj.status = PersistentVolumeClaimStatus(phase="Pending")
        _drop_namespaced_source(obj.spec, None)
        _drop_unknown_source(obj.spec, None)
        normalize_sources(obj.spec)

    def validate(self, obj: PersistentVolumeClaim, request: Request) -> Errors:
        """Size, modes, class, source."""
        errors = Errors()
        _validate(obj, None, errors)
        return errors

    def warnings_on_create(self, obj: PersistentVolumeClaim) -> list[str]:
        """An old annotation; fractions of bytes."""
        found = []
        if _STORAGE_CLASS in obj.metadata.annotations:
            found.append(
                f"metadata.annotations[{_STORAGE_CLASS}]: "
                'deprecated since v1.8; use "storageClassName" attribute instead'
            )
        return found + claim_spec_warnings(obj.spec, "spec")

    def prepare_for_update(self, new: PersistentVolumeClaim, old: PersistentVolumeClaim, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        _drop_namespaced_source(new.spec, old.spec)
        _drop_unknown_source(new.spec, old.spec)
        normalize_sources(new.spec)
        normalize_sources(old.spec)

    def validate_update(self, new: PersistentVolumeClaim, old: PersistentVolumeClaim, request: Request) -> Errors:
        """A bound claim may grow; hardly anything else may change."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate(new, old, errors)
        _validate_change(new, old, errors)
        return errors

    def warnings_on_update(self, new: PersistentVolumeClaim, old: PersistentVolumeClaim) -> list[str]:
        """An old annotation; fractions of bytes."""
        return self.warnings_on_create(new)


def _validate_key(name: str, path: str, errors: Errors) -> bool:
    found = formats.qualified_name(name)
    errors.invalid_each(path, name, found)
    if found:
        return False
    if is_native(name) and name != "storage":
        errors.not_supported(path, name, ("storage",))
        return False
    return True


class PersistentVolumeClaimStatusStrategy(StatusStrategy[PersistentVolumeClaim]):
    """What the claim got."""

    def validate_update(self, new: PersistentVolumeClaim, old: PersistentVolumeClaim, request: Request) -> Errors:
        """Amounts, and how far growing has come."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        if not new.metadata.resource_version:
            errors.required("resourceVersion")
        if not new.spec.access_modes:
            errors.required("Spec.accessModes")
        for name, value in new.status.capacity.items():
            if quantity.value(value) < 0:
                here = f"status.capacity[{name}]"
                errors.invalid(here, quantity.value(value), "must be a valid resource quantity")
        path = "status.allocatedResourceStatuses"
        for name, state in new.status.allocated_resource_statuses.items():
            _validate_key(name, path, errors)
            if state not in _RESIZE_STATUSES:
                errors.not_supported(path, name, tuple(sorted(_RESIZE_STATUSES)))
        path = "status.allocatedResources"
        for name, value in new.status.allocated_resources.items():
            if _validate_key(name, path, errors) and quantity.value(value) < 0:
                errors.invalid(f"{path}[{name}]", quantity.value(value), "must be a valid resource quantity")
        return errors


STRATEGY = PersistentVolumeClaimStrategy()
STRATEGY.subresources = {"status": PersistentVolumeClaimStatusStrategy()}
