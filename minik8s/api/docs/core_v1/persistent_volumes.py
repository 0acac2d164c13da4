"""What the types of `minik8s.api.core_v1.persistent_volumes` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "PersistentVolumeSpec": (
        "What a volume is, and how it may be used; exactly one source is set.",
        {
            "gcePersistentDisk": "A Google Compute Engine disk; deprecated, served by the driver pd.csi.storage.gke.io.",
            "awsElasticBlockStore": "An AWS EBS volume; deprecated, served by the driver ebs.csi.aws.com.",
            "hostPath": "A directory of the node; for tests on a single node only.",
            "glusterfs": "A GlusterFS volume; deprecated, and no longer supported.",
            "nfs": "A directory that an NFS server exports, mounted over the network.",
            "rbd": "A Ceph block device; deprecated, and no longer supported.",
            "iscsi": "A disk that an iSCSI target offers to nodes.",
            "cinder": "An OpenStack volume; deprecated, served by the driver cinder.csi.openstack.org.",
            "cephfs": "A Ceph file system; deprecated, and no longer supported.",
            "fc": "A Fibre Channel disk, attached to the node.",
            "flocker": "A Flocker dataset; deprecated, and no longer supported.",
            "flexVolume": "A volume of a driver in form of a program on the node; deprecated in favour of CSI.",
            "azureFile": "An Azure file share; deprecated, served by the driver file.csi.azure.com.",
            "vsphereVolume": "A vSphere disk; deprecated, served by the driver csi.vsphere.vmware.com.",
            "quobyte": "A Quobyte volume; deprecated, and no longer supported.",
            "azureDisk": "An Azure disk; deprecated, served by the driver disk.csi.azure.com.",
            "photonPersistentDisk": "A PhotonController disk; deprecated, and no longer supported.",
            "portworxVolume": "A Portworx volume; deprecated, served by the driver pxd.portworx.com.",
            "scaleIO": "A ScaleIO volume; deprecated, and no longer supported.",
            "local": "A disk or directory that belongs to one node; nodeAffinity must say which.",
            "storageos": "A StorageOS volume; deprecated, and no longer supported.",
            "csi": "A volume of an external driver that speaks the Container Storage Interface.",
            "capacity": "How large the volume is, such as storage: 10Gi.",
            "accessModes": "All the ways in which it can be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.",
            "claimRef": "The claim that has this volume; set beforehand it keeps the volume for that claim.",
            "persistentVolumeReclaimPolicy": "What happens when its claim goes: Retain (the default for ones made by hand), Delete or Recycle (deprecated).",
            "storageClassName": "The StorageClass it belongs to; empty for none.",
            "mountOptions": "Options for mounting, such as ro or nfsvers=4.1; not checked beforehand.",
            "volumeMode": "Filesystem (the default) for a mounted file system, or Block for a raw device.",
            "nodeAffinity": "Nodes from which the volume can be reached; unset means all.",
            "volumeAttributesClassName": "Class of attributes that the volume has; only with the driver's support.",
        },
    ),
    "PersistentVolumeStatus": (
        "Whether a volume is free, bound or released.",
        {
            "phase": "Pending, Available, Bound, Released when its claim is gone, or Failed when reclaiming did not work.",
            "message": "Why the volume is in this phase, written for people.",
            "reason": "CamelCase reason of a failure, fit for programs.",
            "lastPhaseTransitionTime": "When phase last went from one value to another.",
        },
    ),
    "PersistentVolume": (
        "A piece of storage in the cluster, made by an administrator or by a StorageClass.",
        {
            "spec": "What the volume is, and how it may be used; the source is immutable.",
            "status": "State of the volume in its life; written by the system.",
        },
    ),
    "VolumeNodeAffinity": (
        "From which nodes a volume can be reached.",
        {
            "required": "What a node must fulfil; Pods with the volume only run there.",
        },
    ),
}
