"""Defaults of volumes and of the volume sources shared with persistent volumes."""

from __future__ import annotations

from apiserver.registry.pod_spec.images import default_pull_policy
from apiserver.registry.pod_spec.resource_lists import round_up
from minik8s.api.core_v1 import (
    DownwardAPIVolumeFile,
    EmptyDirVolumeSource,
    PersistentVolumeClaimSpec,
    PersistentVolumeSource,
    Volume,
    VolumeProjection,
    VolumeSource,
)

DEFAULT_MODE = 0o644
TOKEN_EXPIRATION_SECONDS = 3600


def default_claim_spec(spec: PersistentVolumeClaimSpec) -> None:
    """A claim asks for a file system."""
    if spec.volume_mode is None:
        spec.volume_mode = "Filesystem"
    round_up(spec.resources.limits)
    round_up(spec.resources.requests)


def _default_downward_items(items: list[DownwardAPIVolumeFile]) -> None:
    for item in items:
        if item.field_ref is not None and not item.field_ref.api_version:
            item.field_ref.api_version = "v1"


def _default_projection(source: VolumeProjection) -> None:
    if source.downward_api is not None:
        _default_downward_items(source.downward_api.items)
    token = source.service_account_token
    if token is not None and token.expiration_seconds is None:
        token.expiration_seconds = TOKEN_EXPIRATION_SECONDS


def default_network_sources(source: VolumeSource | PersistentVolumeSource) -> None:
    """The sources a pod's volume and a persistent volume have in common."""
    if source.iscsi is not None and not source.iscsi.iscsi_interface:
        source.iscsi.iscsi_interface = "default"
    rbd = source.rbd
    if rbd is not None:
        rbd.pool = rbd.pool or "rbd"
        rbd.user = rbd.user or "admin"
        rbd.keyring = rbd.keyring or "/etc/ceph/keyring"
    disk = source.azure_disk
    if disk is not None:
        disk.caching_mode = "ReadWrite" if disk.caching_mode is None else disk.caching_mode
        disk.fs_type = "ext4" if disk.fs_type is None else disk.fs_type
        disk.read_only = False if disk.read_only is None else disk.read_only
        disk.kind = "Shared" if disk.kind is None else disk.kind
    scale = source.scale_io
    if scale is not None:
        scale.storage_mode = scale.storage_mode or "ThinProvisioned"
        scale.fs_type = scale.fs_type or "xfs"
    if source.host_path is not None and source.host_path.type is None:
        source.host_path.type = ""


_SOURCES = tuple(name for name in VolumeSource.__struct_fields__)


def _has_no_source(volume: Volume) -> bool:
    return all(getattr(volume, name) is None for name in _SOURCES)


def default_volume(volume: Volume) -> None:
    """Fill one volume in place; a volume of no kind is an emptyDir."""
    if volume.config_map is not None:
        if volume.config_map.default_mode is None:
            volume.config_map.default_mode = DEFAULT_MODE
    elif volume.secret is not None:
        if volume.secret.default_mode is None:
            volume.secret.default_mode = DEFAULT_MODE
    elif _has_no_source(volume):
        volume.empty_dir = EmptyDirVolumeSource()
        return
    projected = volume.projected
    if projected is not None:
        if projected.default_mode is None:
            projected.default_mode = DEFAULT_MODE
        for source in projected.sources:
            _default_projection(source)
    downward = volume.downward_api
    if downward is not None:
        if downward.default_mode is None:
            downward.default_mode = DEFAULT_MODE
        _default_downward_items(downward.items)
    if volume.secret is not None and volume.secret.default_mode is None:
        volume.secret.default_mode = DEFAULT_MODE
    if volume.image is not None and not volume.image.pull_policy:
        volume.image.pull_policy = default_pull_policy(volume.image.reference)
    if volume.ephemeral is not None and volume.ephemeral.volume_claim_template is not None:
        default_claim_spec(volume.ephemeral.volume_claim_template.spec)
    default_network_sources(volume)
