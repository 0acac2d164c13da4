"""What controllers of volumes ask of claims, volumes and classes; and the annotations they leave."""

from __future__ import annotations

from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim, Pod
from minik8s.api.storage_v1 import StorageClass
from minik8s.machinery import quantity
from minik8s.machinery.selectors import from_label_selector
from minik8s.quota.storage_classes import CLASS_ANNOTATION, storage_class_of

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
BETA_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
NO_PROVISIONER = "kubernetes.io/no-provisioner"


def class_of(volume: PersistentVolume) -> str:
    """The storage class of a volume; "" for none."""
    return volume.metadata.annotations.get(CLASS_ANNOTATION, volume.spec.storage_class_name)


def waits_for_consumer(claim: PersistentVolumeClaim, storage_class: StorageClass | None) -> bool:
    """Whether a claim is bound only when a pod that uses it is being scheduled."""
    if storage_class is None or SELECTED_NODE in claim.metadata.annotations:
        return False
    return storage_class.volume_binding_mode == "WaitForFirstConsumer"


def is_for(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    """Whether a volume is kept for, or bound to, that very claim."""
    reference = volume.spec.claim_ref
    if reference is None or reference.name != claim.metadata.name or reference.namespace != claim.metadata.namespace:
        return False
    return reference.uid in ("", claim.metadata.uid)


def mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim) -> str:
    """Why a volume that was asked for by name cannot be the claim's; "" when it can."""
    wanted = claim.spec.resources.requests.get("storage", "0")
    if quantity.cmp(volume.spec.capacity.get("storage", "0"), wanted) < 0:
        return "requested PV is too small"
    if class_of(volume) != storage_class_of(claim):
        return "storageClassName does not match"
    if (volume.spec.volume_mode or "Filesystem") != (claim.spec.volume_mode or "Filesystem"):
        return "incompatible volumeMode"
    if (volume.spec.volume_attributes_class_name or "") != (claim.spec.volume_attributes_class_name or ""):
        return "volumeAttributesClassName does not match"
    return "" if set(claim.spec.access_modes) <= set(volume.spec.access_modes) else "incompatible accessMode"


def best(claim: PersistentVolumeClaim, volumes: list[PersistentVolume], only_kept: bool) -> PersistentVolume | None:
    """The volume for a claim: one kept for it, else (unless `only_kept`) the smallest free one that fits."""
    selector = from_label_selector(claim.spec.selector) if claim.spec.selector is not None else None
    fits = [volume for volume in volumes if volume.metadata.deletion_timestamp is None and not mismatch(volume, claim)]
    kept = [volume for volume in fits if is_for(volume, claim)]
    if kept:
        return kept[0]
    if only_kept:
        return None
    free = [
        volume
        for volume in fits
        if volume.spec.claim_ref is None
        and volume.status.phase == "Available"
        and (selector is None or selector.matches(volume.metadata.labels))
    ]
    return min(
        free,
        key=lambda volume: (quantity.parse(volume.spec.capacity.get("storage", "0")), volume.metadata.name),
        default=None,
    )


def claims_of(pod: Pod) -> list[str]:
    """The names of the claims a pod's volumes are."""
    found = []
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            found.append(volume.persistent_volume_claim.claim_name)
        elif volume.ephemeral is not None:
            found.append(f"{pod.metadata.name}-{volume.name}")
    return found
