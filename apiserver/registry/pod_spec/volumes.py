"""A pod's volumes: a name and exactly one source each."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.claim_spec import validate_claim_spec
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_template_metadata
from apiserver.registry.pod_spec.projections import validate_projected
from apiserver.registry.pod_spec.volume_files import validate_downward_file, validate_items
from apiserver.registry.pod_spec.volume_paths import file_mode, local_descending
from apiserver.registry.pod_spec.volume_sources import SHARED_SOURCES, validate_driver_name
from minik8s.api.core_v1 import (
    ConfigMapVolumeSource,
    CSIVolumeSource,
    DownwardAPIVolumeSource,
    EphemeralVolumeSource,
    PersistentVolumeClaimTemplate,
    SecretVolumeSource,
    Volume,
)
from minik8s.api.object_meta import ObjectMeta
from minik8s.machinery import quantity

_ONE_SOURCE = "may not specify more than 1 volume type"
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_ISCSI_NAME = (
    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters "
    "if iscsi.initiatorName is specified."
)


def _secret(source: SecretVolumeSource, path: str, errors: Errors) -> None:
    if not source.secret_name:
        errors.required(f"{path}.secretName")
    file_mode(source.default_mode, f"{path}.defaultMode", errors)
    if source.items:
        validate_items(source.items, f"{path}.items", errors)


def _config_map(source: ConfigMapVolumeSource, path: str, errors: Errors) -> None:
    if not source.name:
        errors.required(f"{path}.name")
    file_mode(source.default_mode, f"{path}.defaultMode", errors)
    if source.items:
        validate_items(source.items, f"{path}.items", errors)


def _downward(source: DownwardAPIVolumeSource, path: str, errors: Errors) -> None:
    file_mode(source.default_mode, f"{path}.defaultMode", errors)
    for item in source.items:
        validate_downward_file(item, path, errors)


def _csi(source: CSIVolumeSource, path: str, errors: Errors) -> None:
    validate_driver_name(source.driver, f"{path}.driver", errors)
    secret = source.node_publish_secret_ref
    if secret is not None:
        if not secret.name:
            errors.required(f"{path}.nodePublishSecretRef.name")
        else:
            errors.invalid_each(f"{path}.name", secret.name, formats.dns_subdomain(secret.name))


def validate_claim_template(template: PersistentVolumeClaimTemplate, path: str, errors: Errors) -> None:
    """A claim that a pod makes for itself."""
    validate_template_metadata(template.metadata, f"{path}.metadata", errors)
    validate_claim_spec(template.spec, f"{path}.spec", errors)


def _ephemeral(source: EphemeralVolumeSource, path: str, errors: Errors) -> None:
    if source.volume_claim_template is None:
        errors.required(f"{path}.volumeClaimTemplate")
    else:
        validate_claim_template(source.volume_claim_template, f"{path}.volumeClaimTemplate", errors)


def _validate_source(
    volume: Volume, path: str, errors: Errors, metadata: ObjectMeta | None, is_pod: bool, any_token_path: bool
) -> None:
    count = 0
    if volume.empty_dir is not None:
        count = 1
        limit = volume.empty_dir.size_limit
        if limit is not None and quantity.parse(limit) < 0:
            errors.forbidden(f"{path}.emptyDir.sizeLimit", "SizeLimit field must be a valid resource quantity")
    # In the order in which Kubernetes looks at them: the first one found is the volume's kind.
    for attribute in _ORDER:
        source = getattr(volume, attribute)
        if source is None:
            continue
        shared = SHARED_SOURCES.get(attribute)
        name = shared[0] if shared is not None else _NAMES[attribute]
        if count:
            errors.forbidden(f"{path}.{name}", _ONE_SOURCE)
        else:
            count = 1
            if shared is not None:
                shared[2](source, f"{path}.{shared[1]}", errors)
            else:
                _validate_own(volume, attribute, path, errors, metadata, is_pod, any_token_path)
        if attribute == "iscsi" and source.initiator_name is not None:
            if len(f"{volume.name}:{source.target_portal}".encode()) > 64:
                errors.invalid(f"{path}.name", volume.name, _ISCSI_NAME)
    if not count:
        errors.required(path, "must specify a volume type")


def _validate_own(
    volume: Volume,
    attribute: str,
    path: str,
    errors: Errors,
    metadata: ObjectMeta | None,
    is_pod: bool,
    any_token_path: bool,
) -> None:
    if volume.config_map is not None and attribute == "config_map":
        _config_map(volume.config_map, f"{path}.configMap", errors)
    elif volume.secret is not None and attribute == "secret":
        _secret(volume.secret, f"{path}.secret", errors)
    elif volume.projected is not None and attribute == "projected":
        validate_projected(volume.projected, f"{path}.projected", errors, any_token_path=any_token_path)
    elif volume.persistent_volume_claim is not None and attribute == "persistent_volume_claim":
        if not volume.persistent_volume_claim.claim_name:
            errors.required(f"{path}.persistentVolumeClaim.claimName")
    elif volume.git_repo is not None and attribute == "git_repo":
        if not volume.git_repo.repository:
            errors.required(f"{path}.gitRepo.repository")
        local_descending(volume.git_repo.directory, f"{path}.gitRepo.directory", errors)
    elif volume.downward_api is not None and attribute == "downward_api":
        _downward(volume.downward_api, f"{path}.downwardAPI", errors)
    elif volume.csi is not None and attribute == "csi":
        _csi(volume.csi, f"{path}.csi", errors)
    elif volume.ephemeral is not None and attribute == "ephemeral":
        _ephemeral(volume.ephemeral, f"{path}.ephemeral", errors)
        if metadata is not None and metadata.name and volume.name:
            claim = f"{metadata.name}-{volume.name}"
            for message in formats.dns_subdomain(claim):
                errors.invalid(f"{path}.name", volume.name, f'PVC name "{claim}": {message}')
    elif volume.image is not None and attribute == "image":
        if is_pod and not volume.image.reference:
            errors.required(f"{path}.image.reference")
        policy = volume.image.pull_policy
        if not policy:
            errors.required(f"{path}.image.pullPolicy")
        elif policy not in _PULL_POLICIES:
            errors.not_supported(f"{path}.image.pullPolicy", policy, _PULL_POLICIES)


_NAMES = {
    "git_repo": "gitRepo",
    "secret": "secret",
    "persistent_volume_claim": "persistentVolumeClaim",
    "downward_api": "downwarAPI",
    "config_map": "configMap",
    "projected": "projected",
    "csi": "csi",
    "ephemeral": "ephemeral",
    "image": "image",
}
_ORDER = (
    "host_path",
    "git_repo",
    "gce_persistent_disk",
    "aws_elastic_block_store",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistent_volume_claim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downward_api",
    "fc",
    "flex_volume",
    "config_map",
    "azure_file",
    "vsphere_volume",
    "photon_persistent_disk",
    "portworx_volume",
    "azure_disk",
    "storageos",
    "projected",
    "scale_io",
    "csi",
    "ephemeral",
    "image",
)
_CREATED = "must not reference a PVC that gets created for an ephemeral volume"


def validate_volumes(
    volumes: list[Volume],
    metadata: ObjectMeta | None,
    path: str,
    errors: Errors,
    *,
    is_pod: bool = False,
    any_token_path: bool = False,
) -> dict[str, Volume]:
    """Check all volumes; the answer is those without fault, by name."""
    good: dict[str, Volume] = {}
    created: set[str] = set()
    if metadata is not None and metadata.name:
        created = {f"{metadata.name}-{volume.name}" for volume in volumes if volume.ephemeral is not None}
    for index, volume in enumerate(volumes):
        here = f"{path}[{index}]"
        before = len(errors)
        _validate_source(volume, here, errors, metadata, is_pod, any_token_path)
        name = volume.name
        if not name:
            errors.required(f"{here}.name")
        elif formats.dns_label(name):
            errors.invalid_each(f"{here}.name", name, formats.dns_label(name))
        if name in good:
            errors.duplicate(f"{here}.name", name)
        if len(errors) == before:
            good[name] = volume
        claim = volume.persistent_volume_claim
        if claim is not None and claim.claim_name in created:
            errors.invalid(f"{here}.persistentVolumeClaim.claimName", claim.claim_name, _CREATED)
    return good
