"""What the types of `minik8s.api.core_v1.persistent_volume_claims` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "ModifyVolumeStatus": (
        "How a change of a volume's attributes class is going.",
        {
            "targetVolumeAttributesClassName": "The class that the volume is being changed to.",
            "status": "Pending (the class is missing or lacks something), InProgress or Infeasible (the driver refused it).",
        },
    ),
    "VolumeResourceRequirements": (
        "How much storage a claim asks for, under the name storage.",
        {
            "limits": "Most that is accepted, such as storage: 20Gi.",
            "requests": "Least that is needed, such as storage: 10Gi; it can be raised if the class allows it.",
        },
    ),
    "PersistentVolumeClaimSpec": (
        "What storage is asked for; mostly fixed once written.",
        {
            "accessModes": "How it is to be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany or ReadWriteOncePod. Immutable.",
            "resources": "Size of the storage; the request may grow later, and shrink again to no less than the actual size.",
            "volumeName": "The PersistentVolume that is bound; set beforehand it asks for that one.",
            "selector": "Labels of volumes that may be bound; claims with one are not provisioned dynamically.",
            "storageClassName": "The StorageClass that provides it: the cluster's default when unset, none when empty.",
            "volumeMode": "Filesystem (the default) for a mounted file system, or Block for a raw device.",
            "dataSource": "Where first content comes from: a VolumeSnapshot or another claim in the namespace.",
            "dataSourceRef": "Like dataSource, for any kind a populator knows, and possibly in another namespace.",
            "volumeAttributesClassName": "Class of attributes such as throughput the volume should have; can be changed later, unlike the StorageClass.",
        },
    ),
    "PersistentVolumeClaimStatus": (
        "What a claim has got, and how changes to it are going.",
        {
            "phase": "Pending, Bound, or Lost when its volume is gone for good.",
            "accessModes": "How the volume that is bound can be mounted.",
            "capacity": "What the bound volume really has; it may exceed the request.",
            "conditions": "What is going on, such as Resizing or FileSystemResizePending.",
            "allocatedResources": "Sizes being worked towards, which count for quota; may exceed what was asked for after a failure.",
            "allocatedResourceStatuses": "How resizing goes, per resource: by the controller, then the node, each Pending, InProgress or Infeasible.",
            "currentVolumeAttributesClassName": "The attributes class that the bound volume has now.",
            "modifyVolumeStatus": "How a change of attributes class is going; unset when there is none.",
        },
    ),
    "PersistentVolumeClaim": (
        "A request for storage, and the hold on the volume that fulfils it.",
        {
            "spec": "What storage is asked for: its size, class and use.",
            "status": "What has been got, and what is going on; written by the system.",
        },
    ),
    "PersistentVolumeClaimCondition": (
        "One aspect of a claim's state, with when and why it last changed.",
        {
            "type": "Name of the aspect, such as Resizing, FileSystemResizePending or ModifyVolumeError.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastProbeTime": "When the condition was last checked, if that is recorded.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "PersistentVolumeClaimTemplate": (
        "What a claim that is made for a Pod looks like.",
        {
            "spec": "What storage the claim asks for, as in a PersistentVolumeClaim.",
        },
    ),
}
