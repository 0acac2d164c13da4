"""PersistentVolumes."""

from __future__ import annotations

import posixpath
from typing import Any

import msgspec

from apiserver.registry import formats
from apiserver.registry.claim_spec import VOLUME_MODES, validate_access_modes
from apiserver.registry.core.volume_affinity import validate_affinity_kept
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import difference
from apiserver.registry.labels import validate_node_selector
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.resource_lists import round_up
from apiserver.registry.pod_spec.volume_defaults import default_network_sources
from apiserver.registry.pod_spec.volume_paths import no_backsteps
from apiserver.registry.pod_spec.volume_sources import SHARED_SOURCES, validate_driver_name
from apiserver.registry.pod_spec.warnings import node_term_warnings
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.core_v1 import (
    CSIPersistentVolumeSource,
    LocalVolumeSource,
    PersistentVolume,
    PersistentVolumeSource,
    PersistentVolumeSpec,
    PersistentVolumeStatus,
    SecretReference,
)
from minik8s.machinery import quantity

_ONE_SOURCE = "may not specify more than 1 volume type"
_INLINE = "may not be specified in the context of inline volumes"
_POLICIES = ("Delete", "Recycle", "Retain")
_ISCSI_NAME = (
    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters "
    "if iscsi.initiatorName is specified."
)
_MOUNT_OPTIONS = "volume.beta.kubernetes.io/mount-options"
_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
_ORDER = (
    "host_path",
    "gce_persistent_disk",
    "aws_elastic_block_store",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flex_volume",
    "azure_file",
    "vsphere_volume",
    "photon_persistent_disk",
    "portworx_volume",
    "azure_disk",
    "scale_io",
    "local",
    "storageos",
    "csi",
)
_TAKES_MOUNT_OPTIONS = (
    "gce_persistent_disk",
    "aws_elastic_block_store",
    "glusterfs",
    "nfs",
    "rbd",
    "quobyte",
    "iscsi",
    "cinder",
    "cephfs",
    "azure_file",
    "vsphere_volume",
    "azure_disk",
    "photon_persistent_disk",
)
_OLD_SOURCES = (
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("photon_persistent_disk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("scale_io", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
)


def _validate_secret(reference: SecretReference, path: str, errors: Errors) -> None:
    if not reference.name:
        errors.required(f"{path}.name")
    else:
        errors.invalid_each(f"{path}.name", reference.name, formats.dns_subdomain(reference.name))
    if not reference.namespace:
        errors.required(f"{path}.namespace")
    else:
        errors.invalid_each(f"{path}.namespace", reference.namespace, formats.dns_label(reference.namespace))


def _validate_csi(source: CSIPersistentVolumeSource, path: str, errors: Errors) -> None:
    validate_driver_name(source.driver, f"{path}.driver", errors)
    if not source.volume_handle:
        errors.required(f"{path}.volumeHandle")
    for name, secret in (
        ("controllerPublishSecretRef", source.controller_publish_secret_ref),
        ("controllerExpandSecretRef", source.controller_expand_secret_ref),
        ("nodePublishSecretRef", source.node_publish_secret_ref),
        ("nodeExpandSecretRef", source.node_expand_secret_ref),
    ):
        if secret is not None:
            _validate_secret(secret, f"{path}.{name}", errors)


def _validate_local(source: LocalVolumeSource, spec: PersistentVolumeSpec, path: str, errors: Errors) -> None:
    if not source.path:
        errors.required(f"{path}.local.path")
    no_backsteps(source.path, f"{path}.local.path", errors)
    if spec.node_affinity is None:
        errors.required(f"{path}.nodeAffinity", "Local volume requires node affinity")


def _validate_source(spec: PersistentVolumeSpec, name: str, path: str, errors: Errors) -> None:
    found = False
    for attribute in _ORDER:
        source: Any = getattr(spec, attribute)
        if source is None:
            continue
        shared = SHARED_SOURCES.get(attribute)
        own = shared[0] if shared is not None else attribute
        if found and attribute != "flex_volume":
            errors.forbidden(f"{path}.{own}", _ONE_SOURCE)
            continue
        found = True
        if shared is not None:
            shared[2](source, f"{path}.{shared[1]}", errors)
        elif attribute == "local":
            _validate_local(source, spec, path, errors)
        else:
            _validate_csi(source, f"{path}.csi", errors)
        if attribute == "iscsi" and source.initiator_name is not None:
            if len(f"{name}:{source.target_portal}".encode()) > 64:
                errors.invalid(f"{path}.iscsi.targetportal", source.target_portal, _ISCSI_NAME)
    if not found:
        errors.required(path, "must specify a volume type")


def _validate_capacity(capacity: dict[str, str], path: str, errors: Errors) -> None:
    if not capacity:
        errors.required(path)
    if "storage" not in capacity or len(capacity) > 1:
        errors.not_supported(path, capacity or None, ("storage",))
    for name, value in capacity.items():
        here = f"{path}[{name}]"
        if quantity.value(value) < 0:
            errors.invalid(here, quantity.value(value), "must be a valid resource quantity")
        if quantity.parse(value) <= 0:
            errors.invalid(here, value, "must be greater than zero")


def validate_volume_spec(
    spec: PersistentVolumeSpec,
    name: str,
    path: str,
    errors: Errors,
    *,
    inline: bool = False,
    any_node_value: bool = False,
) -> None:
    """A volume's spec, of an object of its own or (`inline`) inside a VolumeAttachment."""
    if inline:
        if spec.claim_ref is not None:
            errors.forbidden(f"{path}.claimRef", _INLINE)
        if spec.capacity:
            errors.forbidden(f"{path}.capacity", _INLINE)
        if spec.csi is None:
            errors.required(f"{path}.csi", "has to be specified in the context of inline volumes")
    if not spec.access_modes:
        errors.required(f"{path}.accessModes")
    validate_access_modes(spec.access_modes, f"{path}.accessModes", errors)
    if not inline:
        _validate_capacity(spec.capacity, f"{path}.capacity", errors)
    policy = spec.persistent_volume_reclaim_policy
    if policy:
        here = f"{path}.persistentVolumeReclaimPolicy"
        if inline and policy != "Retain":
            errors.forbidden(here, "may only be Retain in the context of inline volumes")
        elif not inline and policy not in _POLICIES:
            errors.not_supported(here, policy, _POLICIES)
    if spec.node_affinity is not None:
        if inline:
            errors.forbidden(f"{path}.nodeAffinity", _INLINE)
        elif spec.node_affinity.required is None:
            errors.required(f"{path}.nodeAffinity.required", "must specify required node constraints")
        else:
            validate_node_selector(
                spec.node_affinity.required, f"{path}.nodeAffinity.required", errors, any_value=any_node_value
            )
    _validate_source(spec, name, path, errors)
    if spec.host_path is not None and policy == "Recycle" and posixpath.normpath(spec.host_path.path) == "/":
        errors.forbidden(f"{path}.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'")
    _validate_classes(spec, path, errors, inline)


def _validate_classes(spec: PersistentVolumeSpec, path: str, errors: Errors, inline: bool) -> None:
    if spec.storage_class_name:
        if inline:
            errors.forbidden(f"{path}.storageClassName", _INLINE)
        else:
            found = formats.dns_subdomain(spec.storage_class_name)
            errors.invalid_each(f"{path}.storageClassName", spec.storage_class_name, found)
    mode = spec.volume_mode
    if mode is not None:
        if inline:
            if mode != "Filesystem":
                errors.forbidden(
                    f"{path}.volumeMode",
                    "may not specify volumeMode other than Filesystem in the context of inline volumes",
                )
        elif mode not in VOLUME_MODES:
            errors.not_supported(f"{path}.volumeMode", mode, VOLUME_MODES)
    attributes = spec.volume_attributes_class_name
    if attributes is not None:
        here = f"{path}.volumeAttributesClassName"
        if not attributes:
            errors.required(here, "an empty string is disallowed")
        else:
            errors.invalid_each(here, attributes, formats.dns_subdomain(attributes))
        if spec.csi is None:
            errors.required(f"{path}.csi", "has to be specified when using volumeAttributesClassName")


def _any_node_value(volume: PersistentVolume) -> bool:
    affinity = volume.spec.node_affinity
    terms = affinity.required.node_selector_terms if affinity is not None and affinity.required is not None else []
    return any(formats.label_value(v) for term in terms for e in term.match_expressions for v in e.values)


def _validate(volume: PersistentVolume, errors: Errors, *, any_node_value: bool = False) -> None:
    validate_metadata(volume.metadata, errors, namespaced=False)
    validate_volume_spec(volume.spec, volume.metadata.name, "spec", errors, any_node_value=any_node_value)


def _validate_mount_options(volume: PersistentVolume, errors: Errors) -> None:
    if _MOUNT_OPTIONS not in volume.metadata.annotations:
        return
    if all(getattr(volume.spec, name) is None for name in _TAKES_MOUNT_OPTIONS):
        errors.forbidden(f"metadata.annotations.{_MOUNT_OPTIONS}", "may not specify mount options for this volume type")


def _source_of(spec: PersistentVolumeSpec) -> PersistentVolumeSource:
    return PersistentVolumeSource(**{name: getattr(spec, name) for name in PersistentVolumeSource.__struct_fields__})


def _sources_to_compare(
    new: PersistentVolumeSpec, old: PersistentVolumeSpec
) -> tuple[PersistentVolumeSource, PersistentVolumeSource]:
    mine, theirs = _source_of(new), _source_of(old)
    if theirs.csi is not None and theirs.csi.controller_expand_secret_ref is None and mine.csi is not None:
        mine.csi = msgspec.structs.replace(mine.csi, controller_expand_secret_ref=None)
    return mine, theirs


class PersistentVolumeStrategy(Strategy[PersistentVolume]):
    """A piece of storage."""

    namespaced = False
    short_names = ("pv",)

    def default(self, obj: PersistentVolume, request: Request) -> None:
        """A file system, kept when released."""
        spec = obj.spec
        obj.status.phase = obj.status.phase or "Pending"
        spec.persistent_volume_reclaim_policy = spec.persistent_volume_reclaim_policy or "Retain"
        if spec.volume_mode is None:
            spec.volume_mode = "Filesystem"
        round_up(spec.capacity)
        default_network_sources(spec)

    def prepare_for_create(self, obj: PersistentVolume, request: Request) -> None:
        """Pending, since now."""
        obj.status = PersistentVolumeStatus(phase="Pending", last_phase_transition_time=request.now)

    def validate(self, obj: PersistentVolume, request: Request) -> Errors:
        """One source, capacity, modes."""
        errors = Errors()
        _validate(obj, errors)
        _validate_mount_options(obj, errors)
        return errors

    def warnings_on_create(self, obj: PersistentVolume) -> list[str]:
        """What is on its way out."""
        found = []
        annotations = obj.metadata.annotations
        if _STORAGE_CLASS in annotations:
            found.append(
                f"metadata.annotations[{_STORAGE_CLASS}]: "
                'deprecated since v1.8; use "storageClassName" attribute instead'
            )
        if _MOUNT_OPTIONS in annotations:
            found.append(
                f'metadata.annotations[{_MOUNT_OPTIONS}]: deprecated since v1.31; use "mountOptions" attribute instead'
            )
        spec = obj.spec
        if spec.persistent_volume_reclaim_policy == "Recycle":
            found.append(
                "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
                "Instead, the recommended approach is to use dynamic provisioning."
            )
        required = spec.node_affinity.required if spec.node_affinity is not None else None
        for index, term in enumerate(required.node_selector_terms if required is not None else ()):
            path = f"spec.nodeAffinity.required.nodeSelectorTerms[{index}]"
            found += node_term_warnings(term, path, values=False)
        return found + [f"spec.{name}: {text}" for a, name, text in _OLD_SOURCES if getattr(spec, a) is not None]

    def prepare_for_update(self, new: PersistentVolume, old: PersistentVolume, request: Request) -> None:
        """The status stays."""
        new.status = old.status

    def validate_update(self, new: PersistentVolume, old: PersistentVolume, request: Request) -> Errors:
        """What is stored where never changes."""
        errors = Errors()
        any_value = _any_node_value(old)
        _validate(new, errors, any_node_value=any_value)
        _validate_mount_options(new, errors)
        _validate(new, errors, any_node_value=any_value)
        mine, theirs = _sources_to_compare(new.spec, old.spec)
        if mine != theirs:
            errors.forbidden(
                "spec.persistentvolumesource",
                f"spec.persistentvolumesource is immutable after creation\n{difference(theirs, mine)}",
            )
        errors.immutable("volumeMode", new.spec.volume_mode, old.spec.volume_mode)
        validate_affinity_kept(new.spec.node_affinity, old.spec.node_affinity, errors)
        if old.spec.volume_attributes_class_name is not None and new.spec.volume_attributes_class_name is None:
            errors.forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden")
        return errors

    def warnings_on_update(self, new: PersistentVolume, old: PersistentVolume) -> list[str]:
        """What is on its way out."""
        return self.warnings_on_create(new)


class PersistentVolumeStatusStrategy(StatusStrategy[PersistentVolume]):
    """Whether it is bound, and since when."""

    namespaced = False

    def prepare_for_update(self, new: PersistentVolume, old: PersistentVolume, request: Request) -> None:
        """A new phase begins now, unless the writer says when."""
        super().prepare_for_update(new, old, request)
        mine, theirs = new.status, old.status
        if mine.phase == theirs.phase:
            if mine.last_phase_transition_time is None:
                mine.last_phase_transition_time = theirs.last_phase_transition_time
        elif mine.last_phase_transition_time in (None, theirs.last_phase_transition_time):
            mine.last_phase_transition_time = request.now

    def validate_update(self, new: PersistentVolume, old: PersistentVolume, request: Request) -> Errors:
        """Metadata."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        if not new.metadata.resource_version:
            errors.required("resourceVersion")
        return errors


STRATEGY = PersistentVolumeStrategy()
STRATEGY.subresources = {"status": PersistentVolumeStatusStrategy()}
