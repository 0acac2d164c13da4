"""The objects a pod or a volume names: what its node must be able to read."""

from __future__ import annotations

from collections.abc import Iterator

from minik8s.api.core_v1 import (
    Container,
    EnvFromSource,
    EnvVar,
    EphemeralContainer,
    PersistentVolume,
    Pod,
    Volume,
)

Reference = tuple[str, str]  # (resource, name), in the pod's namespace

_VOLUMES_WITH_SECRET_REF = ("cephfs", "cinder", "flex_volume", "rbd", "scale_io", "iscsi", "storageos")
_CSI_NODE_SECRETS = ("node_publish_secret_ref", "node_stage_secret_ref", "node_expand_secret_ref")


def containers_of(pod: Pod) -> Iterator[Container | EphemeralContainer]:
    """Every container of the pod: init, regular, ephemeral."""
    yield from pod.spec.init_containers
    yield from pod.spec.containers
    yield from pod.spec.ephemeral_containers


def _of_env(env: list[EnvVar], env_from: list[EnvFromSource]) -> Iterator[Reference]:
    for source in env_from:
        if source.secret_ref is not None:
            yield "secrets", source.secret_ref.name
        if source.config_map_ref is not None:
            yield "configmaps", source.config_map_ref.name
    for variable in env:
        if (value := variable.value_from) is None:
            continue
        if value.secret_key_ref is not None:
            yield "secrets", value.secret_key_ref.name
        if value.config_map_key_ref is not None:
            yield "configmaps", value.config_map_key_ref.name


def _of_volume(volume: Volume) -> Iterator[Reference]:
    if volume.secret is not None:
        yield "secrets", volume.secret.secret_name
    if volume.config_map is not None:
        yield "configmaps", volume.config_map.name
    if volume.projected is not None:
        for source in volume.projected.sources:
            if source.secret is not None:
                yield "secrets", source.secret.name
            if source.config_map is not None:
                yield "configmaps", source.config_map.name
    if volume.azure_file is not None:
        yield "secrets", volume.azure_file.secret_name
    if volume.csi is not None and volume.csi.node_publish_secret_ref is not None:
        yield "secrets", volume.csi.node_publish_secret_ref.name
    for attribute in _VOLUMES_WITH_SECRET_REF:
        source = getattr(volume, attribute)
        if source is not None and source.secret_ref is not None:
            yield "secrets", source.secret_ref.name


def volume_claim(pod: Pod, volume: Volume) -> str:
    """The name of the claim behind a volume, "" for a volume without one."""
    if volume.persistent_volume_claim is not None:
        return volume.persistent_volume_claim.claim_name
    if volume.ephemeral is not None:
        return f"{pod.metadata.name}-{volume.name}"
    return ""


def references_of(pod: Pod) -> set[Reference]:
    """The secrets, config maps, claims and service account the pod names (resource, name)."""
    spec = pod.spec
    found: set[Reference] = {("secrets", reference.name) for reference in spec.image_pull_secrets}
    for container in containers_of(pod):
        found.update(_of_env(container.env, container.env_from))
    for volume in spec.volumes:
        found.update(_of_volume(volume))
        if claim := volume_claim(pod, volume):
            found.add(("persistentvolumeclaims", claim))
    if spec.service_account_name:
        found.add(("serviceaccounts", spec.service_account_name))
    generated = {status.name: status.resource_claim_name for status in pod.status.resource_claim_statuses}
    for wanted in spec.resource_claims:
        if name := wanted.resource_claim_name or generated.get(wanted.name):
            found.add(("resourceclaims", name))
    extended = pod.status.extended_resource_claim_status
    if extended is not None and extended.resource_claim_name:
        found.add(("resourceclaims", extended.resource_claim_name))
    return {reference for reference in found if reference[1]}


def node_secrets_of(volume: PersistentVolume) -> set[tuple[str, str]]:
    """(namespace, name) of the secrets a node needs to mount a persistent volume."""
    claim = volume.spec.claim_ref
    default = claim.namespace if claim is not None else ""
    found = set()
    if volume.spec.azure_file is not None:
        found.add((volume.spec.azure_file.secret_namespace or default, volume.spec.azure_file.secret_name))
    for attribute in _VOLUMES_WITH_SECRET_REF:
        source = getattr(volume.spec, attribute)
        if source is not None and source.secret_ref is not None:
            found.add((source.secret_ref.namespace or default, source.secret_ref.name))
    if volume.spec.csi is not None:
        for attribute in _CSI_NODE_SECRETS:
            reference = getattr(volume.spec.csi, attribute)
            if reference is not None:
                found.add((reference.namespace or default, reference.name))
    return found
