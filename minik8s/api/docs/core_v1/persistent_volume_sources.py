"""What the types of `minik8s.api.core_v1.persistent_volume_sources` and their fields are for."""

from __future__ import annotations

from minik8s.api.docs.core_v1.volumes import (
    AZURE_FILE,
    CEPH_FS,
    CINDER,
    FLEX,
    GLUSTERFS,
    ISCSI,
    RBD,
    SCALE_IO,
    STORAGE_OS,
)

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "AzureFilePersistentVolumeSource": (
        "An Azure file share, for a PersistentVolume.",
        {
            **AZURE_FILE,
            "secretNamespace": "Namespace of the Secret; the claim's own when unset.",
        },
    ),
    "CSIPersistentVolumeSource": (
        "A volume of an external CSI driver, for a PersistentVolume.",
        {
            "driver": "Name of the CSI driver that provides the volume.",
            "volumeHandle": "The driver's own name for the volume, unique among its volumes. Immutable.",
            "readOnly": "Whether the driver is asked for a read-only volume. Default false.",
            "fsType": "File system to mount, such as ext4 or xfs; the driver's choice when unset.",
            "volumeAttributes": "Attributes of the volume for the driver's eyes, from when it was made.",
            "controllerPublishSecretRef": "Secret passed to the driver when it attaches or detaches the volume.",
            "nodeStageSecretRef": "Secret passed to the driver when the node prepares the volume.",
            "nodePublishSecretRef": "Secret passed to the driver when the volume is mounted for a Pod.",
            "controllerExpandSecretRef": "Secret passed to the driver when it makes the volume larger.",
            "nodeExpandSecretRef": "Secret passed to the driver when the node makes the file system larger.",
        },
    ),
    "CephFSPersistentVolumeSource": (
        "A Ceph file system, for a PersistentVolume; no longer supported.",
        CEPH_FS,
    ),
    "CinderPersistentVolumeSource": (
        "An OpenStack volume, for a PersistentVolume.",
        CINDER,
    ),
    "FlexPersistentVolumeSource": (
        "A volume of a driver program on the node, for a PersistentVolume; deprecated.",
        FLEX,
    ),
    "GlusterfsPersistentVolumeSource": (
        "A GlusterFS volume, for a PersistentVolume; no longer supported.",
        {
            **GLUSTERFS,
            "endpointsNamespace": "Namespace of the Endpoints; the claim's own when unset.",
        },
    ),
    "ISCSIPersistentVolumeSource": (
        "A disk of an iSCSI target, for a PersistentVolume.",
        ISCSI,
    ),
    "LocalVolumeSource": (
        "A disk or directory that belongs to one node.",
        {
            "path": "Path on the node: a directory, or a block device.",
            "fsType": "File system to put on a block device that has none; chosen when unset.",
        },
    ),
    "RBDPersistentVolumeSource": (
        "A Ceph block device, for a PersistentVolume; no longer supported.",
        RBD,
    ),
    "ScaleIOPersistentVolumeSource": (
        "A ScaleIO volume, for a PersistentVolume; no longer supported.",
        SCALE_IO,
    ),
    "StorageOSPersistentVolumeSource": (
        "A StorageOS volume, for a PersistentVolume; no longer supported.",
        STORAGE_OS,
    ),
}
