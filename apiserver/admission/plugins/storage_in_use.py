"""StorageObjectInUseProtection: volumes and claims in use are not deleted; their finalizer is set here."""

from __future__ import annotations

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin

_FINALIZERS = {
    "persistentvolumes": "kubernetes.io/pv-protection",
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "volumeattributesclasses": "kubernetes.io/vac-protection",
}


class StorageObjectInUseProtection(Plugin):
    """Adds the finalizer the protection controllers take away."""

    NAME = "StorageObjectInUseProtection"
    OPERATIONS = (Operation.CREATE,)
    RESOURCES = (
        ("", "persistentvolumes", ""),
        ("", "persistentvolumeclaims", ""),
        ("storage.k8s.io", "volumeattributesclasses", ""),
    )

    async def mutate(self, request: AdmissionRequest) -> None:
        """Add the finalizer unless it is there."""
        finalizer = _FINALIZERS[request.resource]
        metadata = request.obj.metadata
        if finalizer not in metadata.finalizers:
            metadata.finalizers = [*metadata.finalizers, finalizer]
