"""What the types of `minik8s.api.core_v1.volumes` and their fields are for."""

from __future__ import annotations

# What volumes of Pods and persistent ones say alike.
AZURE_FILE = {
    "secretName": "Name of the Secret with the storage account's name and key.",
    "shareName": "Name of the file share in that storage account.",
    "readOnly": "Whether it is mounted read-only. Default false.",
}
CEPH_FS = {
    "monitors": "Addresses of the Ceph monitors, at least one.",
    "path": "Directory of the file system to mount; / when unset.",
    "user": "User name to log in to Ceph with; admin when unset.",
    "secretFile": "File of the node with the user's key; /etc/ceph/user.secret when unset.",
    "secretRef": "Secret with the user's key, in place of secretFile.",
    "readOnly": "Whether it is mounted read-only. Default false.",
}
CINDER = {
    "volumeID": "Identifier of the volume in OpenStack's Cinder.",
    "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
    "readOnly": "Whether it is mounted read-only. Default false.",
    "secretRef": "Secret with what is needed to reach OpenStack.",
}
FLEX = {
    "driver": "Name of the driver program, as vendor/driver.",
    "fsType": "File system to mount; the driver's choice when unset.",
    "secretRef": "Secret whose entries are passed to the driver.",
    "readOnly": "Whether it is mounted read-only. Default false.",
    "options": "Further options that are passed to the driver.",
}
GLUSTERFS = {
    "endpoints": "Name of the Endpoints that list the Gluster servers.",
    "path": "Name of the Gluster volume that is mounted.",
    "readOnly": "Whether it is mounted read-only. Default false.",
}
ISCSI = {
    "targetPortal": "Address of the target, with a port unless it is 3260.",
    "iqn": "Qualified name of the iSCSI target, as iqn.YYYY-MM.name.",
    "lun": "Number of the logical unit at the target.",
    "iscsiInterface": "Initiator's interface to use; default (tcp) when unset.",
    "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
    "readOnly": "Whether it is mounted read-only. Default false.",
    "portals": "Further addresses of the target, for several paths.",
    "chapAuthDiscovery": "Whether CHAP authenticates discovery. Default false.",
    "secretRef": "Secret with the CHAP credentials of initiator and target.",
    "chapAuthSession": "Whether CHAP authenticates sessions. Default false.",
    "initiatorName": "Name of the initiator instead of the node's; a new interface is made for it.",
}
RBD = {
    "monitors": "Addresses of the Ceph monitors, at least one.",
    "image": "Name of the Ceph image, unique within its pool.",
    "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
    "pool": "Ceph pool that holds the image; rbd when unset.",
    "user": "User name to log in to Ceph with; admin when unset.",
    "keyring": "File of the node with the user's key; /etc/ceph/keyring when unset.",
    "secretRef": "Secret with the user's key, in place of keyring.",
    "readOnly": "Whether it is mounted read-only. Default false.",
}
SCALE_IO = {
    "gateway": "Host name or address of the ScaleIO gateway.",
    "system": "Name of the storage system as ScaleIO has it.",
    "secretRef": "Secret with user name and password; without it login fails.",
    "sslEnabled": "Whether the gateway is spoken to over TLS. Default false.",
    "protectionDomain": "Protection domain at ScaleIO that holds the storage.",
    "storagePool": "Name of the storage pool in the protection domain.",
    "storageMode": "Whether storage is ThickProvisioned or ThinProvisioned, which is the default.",
    "volumeName": "Name of a volume that exists already at ScaleIO.",
    "fsType": "File system to mount, such as ext4; xfs when unset.",
    "readOnly": "Whether it is mounted read-only. Default false.",
}
STORAGE_OS = {
    "volumeName": "Name of the volume, unique in its StorageOS namespace.",
    "volumeNamespace": "Namespace at StorageOS; the Pod's own when unset.",
    "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
    "readOnly": "Whether it is mounted read-only. Default false.",
    "secretRef": "Secret with what is needed to reach StorageOS.",
}
DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "AWSElasticBlockStoreVolumeSource": (
        "An AWS EBS volume, attached to the node that runs the Pod.",
        {
            "volumeID": "Identifier of the volume at AWS, such as vol-0123.",
            "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
            "partition": "Number of the partition to mount; 0 or unset means the whole volume.",
            "readOnly": "Whether it is mounted read-only. Default false.",
        },
    ),
    "AzureDiskVolumeSource": (
        "An Azure data disk, attached to the node that runs the Pod.",
        {
            "diskName": "Name that the data disk has in its blob storage.",
            "diskURI": "Address of the disk in the blob storage.",
            "cachingMode": "Caching on the host: None, ReadOnly or ReadWrite, which is the default.",
            "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
            "readOnly": "Whether it is mounted read-only. Default false.",
            "kind": "Where the disk lives: Shared (the default), Dedicated or Managed.",
        },
    ),
    "AzureFileVolumeSource": (
        "An Azure file share, for a volume in a Pod.",
        AZURE_FILE,
    ),
    "CSIVolumeSource": (
        "A volume of a CSI driver that lives as long as the Pod.",
        {
            "driver": "Name of the CSI driver; it must allow volumes of this kind.",
            "readOnly": "Whether the volume is mounted read-only. Default false.",
            "fsType": "File system to mount; the driver's choice when empty.",
            "volumeAttributes": "Attributes for the driver's eyes; its documentation says which.",
            "nodePublishSecretRef": "Secret of the Pod's namespace passed to the driver when the volume is mounted or unmounted.",
        },
    ),
    "CephFSVolumeSource": (
        "A Ceph file system, for a volume in a Pod; no longer supported.",
        {
            **CEPH_FS,
        },
    ),
    "CinderVolumeSource": (
        "An OpenStack volume, for a volume in a Pod.",
        {
            **CINDER,
        },
    ),
    "ClusterTrustBundleProjection": (
        "Certificates of trusted authorities as a file that is kept up to date.",
        {
            "name": "Name of one ClusterTrustBundle; not together with signerName.",
            "signerName": "Takes all bundles of this signer that labelSelector matches; not together with name.",
            "labelSelector": "Labels of the signer's bundles to take; unset takes none, an empty one all.",
            "path": "File in the volume to write the certificates to, in PEM.",
            "optional": "Whether bundles may be missing, leaving an empty file; false when unset, and the Pod waits.",
        },
    ),
    "ConfigMapProjection": (
        "Entries of a ConfigMap as files in a projected volume.",
        {
            "name": "Name of a ConfigMap in the Pod's own namespace.",
            "items": "Keys to take and the files they become; all keys, each a file of its name, when empty.",
            "optional": "Whether the ConfigMap or the keys may be missing; false when unset.",
        },
    ),
    "ConfigMapVolumeSource": (
        "Entries of a ConfigMap as files that follow its changes.",
        {
            "name": "Name of a ConfigMap in the Pod's own namespace.",
            "items": "Keys to take and the files they become; all keys, each a file of its name, when empty.",
            "defaultMode": "Permission bits of the files, 0644 by default; decimal in JSON, octal allowed in YAML.",
            "optional": "Whether the ConfigMap or the keys may be missing; false when unset.",
        },
    ),
    "DownwardAPIProjection": (
        "Facts about the Pod as files in a projected volume.",
        {
            "items": "The files, each with the field it shows.",
        },
    ),
    "DownwardAPIVolumeFile": (
        "A file that shows a field of the Pod or a resource of a container.",
        {
            "path": "File to write, relative to the volume's root; it must not climb out by dots.",
            "fieldRef": "Field of the Pod to show: labels, annotations, name, namespace or uid.",
            "resourceFieldRef": "Request or limit of a container to show; only one of both references is set.",
            "mode": "Permission bits of this file; the volume's default when unset.",
        },
    ),
    "DownwardAPIVolumeSource": (
        "Facts about the Pod as files that follow its changes.",
        {
            "items": "The files, each with the field it shows.",
            "defaultMode": "Permission bits of the files, 0644 by default; decimal in JSON, octal allowed in YAML.",
        },
    ),
    "EmptyDirVolumeSource": (
        "A directory that is empty when the Pod starts on a node and vanishes with it.",
        {
            "medium": "Where it is kept: empty (the default) on the node's disk, Memory in a tmpfs, or HugePages.",
            "sizeLimit": "How large it may grow before the Pod is evicted; no limit when unset, and a tmpfs counts as memory.",
        },
    ),
    "EphemeralVolumeSource": (
        "A volume through a claim that is made with the Pod and deleted with it.",
        {
            "volumeClaimTemplate": "What the claim looks like; it is named after the Pod and the volume. Required and immutable.",
        },
    ),
    "FCVolumeSource": (
        "A Fibre Channel disk, attached to the node.",
        {
            "targetWWNs": "World wide names of the targets; with lun, in place of wwids.",
            "lun": "Number of the logical unit at the targets.",
            "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
            "readOnly": "Whether it is mounted read-only. Default false.",
            "wwids": "World wide identifiers of the volume, in place of targetWWNs and lun.",
        },
    ),
    "FlexVolumeSource": (
        "A volume of a driver program on the node, for a volume in a Pod; deprecated.",
        {
            **FLEX,
        },
    ),
    "FlockerVolumeSource": (
        "A Flocker dataset for Pods; no longer supported.",
        {
            "datasetName": "Name of the dataset; deprecated in favour of its identifier.",
            "datasetUUID": "Unique identifier of the dataset at Flocker.",
        },
    ),
    "GCEPersistentDiskVolumeSource": (
        "A Google Compute Engine disk, attached to the node that runs the Pod.",
        {
            "pdName": "Name of the disk at Google Compute Engine.",
            "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
            "partition": "Number of the partition to mount; 0 or unset means the whole disk.",
            "readOnly": "Whether it is mounted read-only. Default false.",
        },
    ),
    "GitRepoVolumeSource": (
        "A clone of a git repository; deprecated and switched off, use an init container instead.",
        {
            "repository": "Address of the git repository to clone from.",
            "revision": "Commit to check out; the newest when unset.",
            "directory": "Directory to clone into, . for the volume itself; without dots that climb out.",
        },
    ),
    "GlusterfsVolumeSource": (
        "A GlusterFS volume, for a volume in a Pod; no longer supported.",
        GLUSTERFS,
    ),
    "HostPathVolumeSource": (
        "A file or directory of the node itself; powerful, and so best avoided.",
        {
            "path": "Path on the node; symbolic links are followed.",
            "type": "What must be there: empty (the default) for no check, DirectoryOrCreate, Directory, FileOrCreate, File, Socket, CharDevice, BlockDevice.",
        },
    ),
    "ISCSIVolumeSource": (
        "A disk of an iSCSI target, for a volume in a Pod.",
        {
            **ISCSI,
        },
    ),
    "ImageVolumeSource": (
        "The content of an image or other OCI artifact, mounted read-only.",
        {
            "reference": "The image, as in a container; may be left out where controllers fill it in.",
            "pullPolicy": "When to pull: Always, IfNotPresent or Never; Always by default for tag latest or none, else IfNotPresent.",
        },
    ),
    "KeyToPath": (
        "Which key of a ConfigMap or Secret becomes which file.",
        {
            "key": "Key of the ConfigMap or Secret that is shown.",
            "path": "File to write, relative to the volume's root; it must not climb out by dots.",
            "mode": "Permission bits of this file; the volume's default when unset.",
        },
    ),
    "NFSVolumeSource": (
        "A directory that an NFS server exports, mounted over the network.",
        {
            "server": "Host name or IP address of the NFS server.",
            "path": "Absolute path of a directory that the server exports.",
            "readOnly": "Whether it is mounted read-only. Default false.",
        },
    ),
    "PersistentVolumeClaimVolumeSource": (
        "The volume bound to a claim of the Pod's namespace.",
        {
            "claimName": "Name of the PersistentVolumeClaim in the Pod's namespace.",
            "readOnly": "Whether every mount of the volume is read-only. Default false.",
        },
    ),
    "PhotonPersistentDiskVolumeSource": (
        "A PhotonController disk; no longer supported.",
        {
            "pdID": "Identifier of the disk at PhotonController.",
            "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
        },
    ),
    "PodCertificateProjection": (
        "A private key and a certificate for the Pod, renewed by the kubelet before it ends.",
        {
            "signerName": "Name of the signer that issues the certificate.",
            "keyType": "Kind of key to make: RSA3072, RSA4096, ECDSAP256, ECDSAP384, ECDSAP521 or ED25519.",
            "maxExpirationSeconds": "Longest life of the certificate, from 3600 (one hour) to 7862400 (91 days); 86400 by default.",
            "credentialBundlePath": "File for key and certificates together, in PEM; the way that keeps both consistent.",
            "keyPath": "File for the key alone; it may not fit the certificate for a moment during renewal.",
            "certificateChainPath": "File for the certificates alone; it may not fit the key for a moment during renewal.",
            "userAnnotations": "Further facts that are passed to the signer; it decides what they mean.",
        },
    ),
    "PortworxVolumeSource": (
        "A Portworx volume; served by its CSI driver.",
        {
            "volumeID": "Unique identifier of the volume at Portworx.",
            "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
            "readOnly": "Whether it is mounted read-only. Default false.",
        },
    ),
    "ProjectedVolumeSource": (
        "Files from several sources together in one directory.",
        {
            "sources": "The sources; each entry holds exactly one.",
            "defaultMode": "Permission bits of the files, 0644 by default; decimal in JSON, octal allowed in YAML.",
        },
    ),
    "QuobyteVolumeSource": (
        "A Quobyte volume for Pods; no longer supported.",
        {
            "registry": "Addresses of Quobyte registries as host:port, with commas between.",
            "volume": "Name of the Quobyte volume that is mounted.",
            "readOnly": "Whether it is mounted read-only. Default false.",
            "user": "User to access the volume as; the one of the service account when unset.",
            "group": "Group to access the volume as; none when unset.",
            "tenant": "Tenant that owns the volume; set by its provisioner.",
        },
    ),
    "RBDVolumeSource": (
        "A Ceph block device, for a volume in a Pod; no longer supported.",
        {
            **RBD,
        },
    ),
    "ScaleIOVolumeSource": (
        "A ScaleIO volume, for a volume in a Pod; no longer supported.",
        {
            **SCALE_IO,
        },
    ),
    "SecretProjection": (
        "Entries of a Secret as files in a projected volume.",
        {
            "name": "Name of a Secret in the Pod's own namespace.",
            "items": "Keys to take and the files they become; all keys, each a file of its name, when empty.",
            "optional": "Whether the Secret or the keys may be missing; false when unset.",
        },
    ),
    "SecretVolumeSource": (
        "Entries of a Secret as files, kept in memory, that follow its changes.",
        {
            "secretName": "Name of a Secret in the Pod's own namespace.",
            "items": "Keys to take and the files they become; all keys, each a file of its name, when empty.",
            "defaultMode": "Permission bits of the files, 0644 by default; decimal in JSON, octal allowed in YAML.",
            "optional": "Whether the Secret or the keys may be missing; false when unset.",
        },
    ),
    "ServiceAccountTokenProjection": (
        "A token of the Pod's ServiceAccount as a file, renewed before it ends.",
        {
            "audience": "Who the token is meant for; the API server when unset.",
            "expirationSeconds": "Wanted life of the token, 3600 (one hour) by default and at least 600; renewed at four fifths of it.",
            "path": "File to write the token to, relative to the volume's root.",
        },
    ),
    "StorageOSVolumeSource": (
        "A StorageOS volume, for a volume in a Pod; no longer supported.",
        {
            **STORAGE_OS,
        },
    ),
    "Volume": (
        "A volume of a Pod: a name, and exactly one source.",
        {
            "hostPath": "A file or directory of the node itself; powerful, and so best avoided.",
            "emptyDir": "A directory that is empty at first and lives as long as the Pod.",
            "gcePersistentDisk": "A Google Compute Engine disk; deprecated, served by the driver pd.csi.storage.gke.io.",
            "awsElasticBlockStore": "An AWS EBS volume; deprecated, served by the driver ebs.csi.aws.com.",
            "gitRepo": "A clone of a git repository; deprecated and switched off.",
            "secret": "Entries of a Secret as files, kept in memory.",
            "nfs": "A directory that an NFS server exports, mounted over the network.",
            "iscsi": "A disk that an iSCSI target offers to nodes.",
            "glusterfs": "A GlusterFS volume; deprecated, and no longer supported.",
            "persistentVolumeClaim": "The volume bound to a claim of the Pod's namespace.",
            "rbd": "A Ceph block device; deprecated, and no longer supported.",
            "flexVolume": "A volume of a driver in form of a program on the node; deprecated in favour of CSI.",
            "cinder": "An OpenStack volume; deprecated, served by the driver cinder.csi.openstack.org.",
            "cephfs": "A Ceph file system; deprecated, and no longer supported.",
            "flocker": "A Flocker dataset; deprecated, and no longer supported.",
            "downwardAPI": "Facts about the Pod, such as its labels, as files.",
            "fc": "A Fibre Channel disk, attached to the node.",
            "azureFile": "An Azure file share; deprecated, served by the driver file.csi.azure.com.",
            "configMap": "Entries of a ConfigMap as files that follow its changes.",
            "vsphereVolume": "A vSphere disk; deprecated, served by the driver csi.vsphere.vmware.com.",
            "quobyte": "A Quobyte volume; deprecated, and no longer supported.",
            "azureDisk": "An Azure disk; deprecated, served by the driver disk.csi.azure.com.",
            "photonPersistentDisk": "A PhotonController disk; deprecated, and no longer supported.",
            "portworxVolume": "A Portworx volume; deprecated, served by the driver pxd.portworx.com.",
            "scaleIO": "A ScaleIO volume; deprecated, and no longer supported.",
            "projected": "Files from several sources together: Secrets, ConfigMaps, facts about the Pod, tokens.",
            "storageos": "A StorageOS volume; deprecated, and no longer supported.",
            "csi": "A volume of an external CSI driver that lives as long as the Pod.",
            "ephemeral": "A volume through a claim that is made with the Pod and deleted with it.",
            "image": "The content of an image or other OCI artifact, mounted read-only.",
            "name": "Name by which containers mount the volume; a DNS label unique in the Pod.",
        },
    ),
    "VolumeProjection": (
        "One source of a projected volume; exactly one is set.",
        {
            "secret": "Entries of a Secret as files, kept in memory.",
            "downwardAPI": "Facts about the Pod, such as its labels, as files.",
            "configMap": "Entries of a ConfigMap as files that follow its changes.",
            "serviceAccountToken": "A token of the Pod's ServiceAccount, renewed before it ends.",
            "clusterTrustBundle": "Certificates of trusted authorities, kept up to date.",
            "podCertificate": "A private key and a certificate for the Pod, kept up to date.",
        },
    ),
    "VsphereVirtualDiskVolumeSource": (
        "A vSphere disk, attached to the node that runs the Pod.",
        {
            "volumePath": "Path of the disk in vSphere's datastore.",
            "fsType": "File system to mount, such as ext4 or xfs; ext4 when unset.",
            "storagePolicyName": "Name of the storage policy the disk was made with.",
            "storagePolicyID": "Identifier of the storage policy of that name.",
        },
    ),
}
