"""What the types of `minik8s.api.storage_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "CSIDriverSpec": (
        "What Kubernetes needs to know about a CSI driver to work with it.",
        {
            "attachRequired": "Whether volumes must be attached to a node before use; true by default. Immutable.",
            "podInfoOnMount": "Whether the driver is told which Pod a volume is mounted for; false by default.",
            "volumeLifecycleModes": "Kinds of volumes it offers: Persistent (the default) and Ephemeral. Immutable.",
            "storageCapacity": "Whether the scheduler heeds the free space in CSIStorageCapacity objects; false by default.",
            "fsGroupPolicy": "Whether volumes are given to a Pod's fsGroup: ReadWriteOnceWithFSType (the default), File (always) or None.",
            "tokenRequests": "Service account tokens of the Pod that the driver gets when it mounts.",
            "requiresRepublish": "Whether the driver is asked to mount again and again, to renew what it shows; false by default.",
            "seLinuxMount": "Whether its volumes may be mounted with an SELinux label; false by default.",
            "nodeAllocatableUpdatePeriodSeconds": "Seconds between updates of how many volumes a node takes, at least 10; unset means never.",
            "serviceAccountTokenInSecrets": "Whether the Pod's tokens are passed among secrets, not in the volume context; false by default. Needs tokenRequests.",
            "preventPodSchedulingIfMissing": "Whether Pods with its volumes avoid nodes where the driver is not registered; false by default.",
        },
    ),
    "CSIDriver": (
        "Describes a CSI driver that is installed in the cluster; it has the driver's name.",
        {
            "spec": "What Kubernetes needs to know about the driver.",
        },
    ),
    "CSINodeSpec": (
        "Which CSI drivers are registered on a node.",
        {
            "drivers": "The drivers on the node; empty if they were all removed.",
        },
    ),
    "CSINode": (
        "Describes the CSI drivers of one node; it has the node's name.",
        {
            "spec": "Which drivers the node has; written by its kubelet.",
        },
    ),
    "CSINodeDriver": (
        "A CSI driver on a node, and how it knows the node.",
        {
            "name": "Name of the driver, as in its CSIDriver object.",
            "nodeID": "The name by which the driver knows the node; it may differ from Kubernetes'.",
            "topologyKeys": "Labels of the node that tell the driver where it is.",
            "allocatable": "How many of the driver's volumes the node takes; unset means no known limit.",
        },
    ),
    "CSIStorageCapacity": (
        "How much space a storage class has left in a part of the cluster.",
        {
            "nodeTopology": "Labels of the nodes that can reach the space; unset means none. Immutable.",
            "storageClassName": "Name of the StorageClass the space is for. Immutable.",
            "capacity": "Free space, as the driver reports it; unset means unknown.",
            "maximumVolumeSize": "Largest volume that can be made; may be less than capacity. Unset means unknown.",
        },
    ),
    "StorageClass": (
        "A kind of storage, and how volumes of it are made; an annotation makes it the default.",
        {
            "provisioner": "Who makes the volumes, such as a CSI driver. Immutable.",
            "parameters": "Settings for the provisioner, which alone knows what they mean. Immutable.",
            "reclaimPolicy": "What happens to volumes when their claim goes: Delete (the default) or Retain. Immutable.",
            "mountOptions": "Options for mounting the volumes, such as ro; not checked beforehand.",
            "allowVolumeExpansion": "Whether claims of this class may grow. Default false.",
            "volumeBindingMode": "When volumes are made: Immediate (the default), or WaitForFirstConsumer once a Pod needs it. Immutable.",
            "allowedTopologies": "Where volumes may be made, by labels of nodes; anywhere when empty.",
        },
    ),
    "TokenRequest": (
        "A service account token that a CSI driver wants.",
        {
            "audience": "Who the token is meant for; empty means the API server.",
            "expirationSeconds": "Life of the token in seconds; one hour when unset, and at least ten minutes.",
        },
    ),
    "VolumeAttachmentSource": (
        "The volume that is to be attached; exactly one is set.",
        {
            "persistentVolumeName": "Name of the PersistentVolume that is to be attached.",
            "inlineVolumeSpec": "Volume of a Pod, written as one; used for volumes moved from old drivers to CSI.",
        },
    ),
    "VolumeAttachmentSpec": (
        "Which volume is to be attached where. Immutable.",
        {
            "attacher": "Name of the CSI driver that attaches it.",
            "source": "The volume that is to be attached; exactly one way of naming it.",
            "nodeName": "Name of the node to which it is attached.",
        },
    ),
    "VolumeAttachmentStatus": (
        "Whether a volume is attached, and what went wrong.",
        {
            "attached": "Whether the volume is attached; written by the attacher.",
            "attachmentMetadata": "What the driver said on attaching, needed for mounting.",
            "attachError": "The last problem on attaching, if there was one.",
            "detachError": "The last problem on detaching, if there was one.",
        },
    ),
    "VolumeAttachment": (
        "Asks for a volume to be attached to a node, or detached when it is deleted.",
        {
            "spec": "Which volume is to be attached to which node, and by whom.",
            "status": "Whether it is attached; written by the attacher.",
        },
    ),
    "VolumeAttributesClass": (
        "A set of attributes of volumes, such as throughput, that can be changed while in use.",
        {
            "driverName": "Name of the CSI driver that knows the attributes. Immutable.",
            "parameters": "The attributes, which only the driver understands. Required and immutable.",
        },
    ),
    "VolumeError": (
        "A problem that a driver met on attaching or detaching.",
        {
            "time": "When the driver met the problem, to the second.",
            "message": "What went wrong, written for people; it must not hold secrets.",
            "errorCode": "Number of the gRPC error that the driver answered, if one is known.",
        },
    ),
    "VolumeNodeResources": (
        "How many volumes of a driver a node takes.",
        {
            "count": "Most volumes of the driver that the node can use; unset means no limit.",
        },
    ),
}
