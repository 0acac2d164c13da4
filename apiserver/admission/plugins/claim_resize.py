"""PersistentVolumeClaimResize: a claim grows only if it is bound and its class can grow volumes."""

from __future__ import annotations

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from minik8s.api.core_v1 import PersistentVolumeClaim
from minik8s.api.storage_v1 import StorageClass
from minik8s.machinery import quantity
from minik8s.quota.storage_classes import storage_class_of


class PersistentVolumeClaimResize(Plugin):
    """Judges growing claims."""

    NAME = "PersistentVolumeClaimResize"
    OPERATIONS = (Operation.UPDATE,)
    RESOURCES = (("", "persistentvolumeclaims", ""),)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403)."""
        new: PersistentVolumeClaim = request.obj
        old: PersistentVolumeClaim = request.old
        wanted = new.spec.resources.requests.get("storage", "0")
        if quantity.cmp(wanted, old.spec.resources.requests.get("storage", "0")) <= 0:
            return
        if old.status.phase != "Bound":
            raise request.forbidden("Only bound persistent volume claims can be expanded")
        name = storage_class_of(new)
        found = self.context.reader.get(StorageClass, name) if name and name == storage_class_of(old) else None
        if found is None or not found.allow_volume_expansion:
            raise request.forbidden(
                "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc "
                "must support resize"
            )
