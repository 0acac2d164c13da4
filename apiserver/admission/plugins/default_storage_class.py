"""DefaultStorageClass: a claim that names no class gets the cluster's default one."""

from __future__ import annotations

from apiserver.admission.newest import newest_default
from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from minik8s.api.core_v1 import PersistentVolumeClaim
from minik8s.api.storage_v1 import StorageClass
from minik8s.quota.storage_classes import CLASS_ANNOTATION

IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_OLD_IS_DEFAULT = "storageclass.beta.kubernetes.io/is-default-class"


class DefaultStorageClass(Plugin):
    """Fills in spec.storageClassName."""

    NAME = "DefaultStorageClass"
    OPERATIONS = (Operation.CREATE,)
    RESOURCES = (("", "persistentvolumeclaims", ""),)

    async def mutate(self, request: AdmissionRequest) -> None:
        """Take the newest of the default classes, if there is one."""
        claim: PersistentVolumeClaim = request.obj
        if claim.spec.storage_class_name is not None or CLASS_ANNOTATION in claim.metadata.annotations:
            return
        default = newest_default(self.context.reader.list(StorageClass), IS_DEFAULT, _OLD_IS_DEFAULT)
        if default is not None:
            claim.spec.storage_class_name = default.metadata.name
