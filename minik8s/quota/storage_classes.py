"""Which storage class a volume claim names."""

from __future__ import annotations

from minik8s.api.core_v1 import PersistentVolumeClaim

CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


def storage_class_of(claim: PersistentVolumeClaim) -> str:
    """The class by annotation or field; "" for none."""
    annotated = claim.metadata.annotations.get(CLASS_ANNOTATION)
    return annotated if annotated is not None else claim.spec.storage_class_name or ""
