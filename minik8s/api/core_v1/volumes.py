"""Core v1 volumes."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.core_v1.containers import ObjectFieldSelector, ResourceFieldSelector
from minik8s.api.core_v1.persistent_volume_claims import PersistentVolumeClaimTemplate
from minik8s.api.core_v1.references import LocalObjectReference
from minik8s.api.fields import F, Int32, Int64, NoneType, NullableList, Quantity, Struct, always, field, nullable


class AWSElasticBlockStoreVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.AWSElasticBlockStoreVolumeSource"
    volume_id: Annotated[str, F(1, required=True)] = always(str, name="volumeID")
    fs_type: Annotated[str, F(2)] = ""
    partition: Annotated[Int32, F(3)] = 0
    read_only: Annotated[bool, F(4)] = False


class AzureDiskVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.AzureDiskVolumeSource"
    disk_name: Annotated[str, F(1, required=True)] = always(str)
    disk_uri: Annotated[str, F(2, required=True)] = always(str, name="diskURI")
    caching_mode: Annotated[str | None, F(3, enum=("None", "ReadOnly", "ReadWrite",), default='ReadWrite')] = None
    fs_type: Annotated[str | None, F(4, default='ext4')] = None
    read_only: Annotated[bool | None, F(5, default=False)] = None
    kind: Annotated[str | None, F(6, enum=("Dedicated", "Managed", "Shared",), default='Shared')] = None


class AzureFileVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.AzureFileVolumeSource"
    secret_name: Annotated[str, F(1, required=True)] = always(str)
    share_name: Annotated[str, F(2, required=True)] = always(str)
    read_only: Annotated[bool, F(3)] = False


class CSIVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.CSIVolumeSource"
    driver: Annotated[str, F(1, required=True)] = always(str)
    read_only: Annotated[bool | None, F(2)] = None
    fs_type: Annotated[str | None, F(3)] = None
    volume_attributes: Annotated[dict[str, str], F(4)] = {}
    node_publish_secret_ref: Annotated[LocalObjectReference | None, F(5)] = None


class CephFSVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.CephFSVolumeSource"
    monitors: Annotated[list[str], F(1, required=True, list_type="atomic")] = always(list)
    path: Annotated[str, F(2)] = ""
    user: Annotated[str, F(3)] = ""
    secret_file: Annotated[str, F(4)] = ""
    secret_ref: Annotated[LocalObjectReference | None, F(5)] = None
    read_only: Annotated[bool, F(6)] = False


class CinderVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.CinderVolumeSource"
    volume_id: Annotated[str, F(1, required=True)] = always(str, name="volumeID")
    fs_type: Annotated[str, F(2)] = ""
    read_only: Annotated[bool, F(3)] = False
    secret_ref: Annotated[LocalObjectReference | None, F(4)] = None


class ClusterTrustBundleProjection(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ClusterTrustBundleProjection"
    name: Annotated[str | None, F(1)] = None
    signer_name: Annotated[str | None, F(2)] = None
    label_selector: Annotated[meta_v1.LabelSelector | None, F(3)] = None
    path: Annotated[str, F(4, required=True)] = always(str)
    optional: Annotated[bool | None, F(5)] = None


class ConfigMapProjection(LocalObjectReference):
    INLINE: ClassVar[dict[str, int]] = {"LocalObjectReference": 1}
    MAP_TYPE: ClassVar[str] = ""
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ConfigMapProjection"
    items: Annotated[list[KeyToPath], F(2, list_type="atomic")] = []
    optional: Annotated[bool | None, F(4)] = None


class ConfigMapVolumeSource(LocalObjectReference):
    INLINE: ClassVar[dict[str, int]] = {"LocalObjectReference": 1}
    MAP_TYPE: ClassVar[str] = ""
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ConfigMapVolumeSource"
    items: Annotated[list[KeyToPath], F(2, list_type="atomic")] = []
    default_mode: Annotated[Int32 | None, F(3)] = None
    optional: Annotated[bool | None, F(4)] = None


class DownwardAPIProjection(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.DownwardAPIProjection"
    items: Annotated[list[DownwardAPIVolumeFile], F(1, list_type="atomic")] = []


class DownwardAPIVolumeFile(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.DownwardAPIVolumeFile"
    path: Annotated[str, F(1, required=True)] = always(str)
    field_ref: Annotated[ObjectFieldSelector | None, F(2)] = None
    resource_field_ref: Annotated[ResourceFieldSelector | None, F(3)] = None
    mode: Annotated[Int32 | None, F(4)] = None


class DownwardAPIVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.DownwardAPIVolumeSource"
    items: Annotated[list[DownwardAPIVolumeFile], F(1, list_type="atomic")] = []
    default_mode: Annotated[Int32 | None, F(2)] = None


class EmptyDirVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EmptyDirVolumeSource"
    medium: Annotated[str, F(1)] = ""
    size_limit: Annotated[Quantity | None, F(2)] = None


class EphemeralVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EphemeralVolumeSource"
    volume_claim_template: Annotated[PersistentVolumeClaimTemplate | None, F(1)] = None


class FCVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.FCVolumeSource"
    target_wwns: Annotated[list[str], F(1, list_type="atomic")] = field(default_factory=list, name="targetWWNs")
    lun: Annotated[Int32 | None, F(2)] = None
    fs_type: Annotated[str, F(3)] = ""
    read_only: Annotated[bool, F(4)] = False
    wwids: Annotated[list[str], F(5, list_type="atomic")] = []


class FlexVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.FlexVolumeSource"
    driver: Annotated[str, F(1, required=True)] = always(str)
    fs_type: Annotated[str, F(2)] = ""
    secret_ref: Annotated[LocalObjectReference | None, F(3)] = None
    read_only: Annotated[bool, F(4)] = False
    options: Annotated[dict[str, str], F(5)] = {}


class FlockerVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.FlockerVolumeSource"
    dataset_name: Annotated[str, F(1)] = ""
    dataset_uuid: Annotated[str, F(2)] = field(default="", name="datasetUUID")


class GCEPersistentDiskVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.GCEPersistentDiskVolumeSource"
    pd_name: Annotated[str, F(1, required=True)] = always(str)
    fs_type: Annotated[str, F(2)] = ""
    partition: Annotated[Int32, F(3)] = 0
    read_only: Annotated[bool, F(4)] = False


class GitRepoVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.GitRepoVolumeSource"
    repository: Annotated[str, F(1, required=True)] = always(str)
    revision: Annotated[str, F(2)] = ""
    directory: Annotated[str, F(3)] = ""


class GlusterfsVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.GlusterfsVolumeSource"
    endpoints: Annotated[str, F(1, required=True)] = always(str)
    path: Annotated[str, F(2, required=True)] = always(str)
    read_only: Annotated[bool, F(3)] = False


class HostPathVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.HostPathVolumeSource"
    path: Annotated[str, F(1, required=True)] = always(str)
    type: Annotated[str | None, F(2, enum=("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",))] = None


class ISCSIVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ISCSIVolumeSource"
    target_portal: Annotated[str, F(1, required=True)] = always(str)
    iqn: Annotated[str, F(2, required=True)] = always(str)
    lun: Annotated[Int32, F(3, required=True)] = always(int)
    iscsi_interface: Annotated[str, F(4, default='default')] = ""
    fs_type: Annotated[str, F(5)] = ""
    read_only: Annotated[bool, F(6)] = False
    portals: Annotated[list[str], F(7, list_type="atomic")] = []
    chap_auth_discovery: Annotated[bool, F(8)] = False
    secret_ref: Annotated[LocalObjectReference | None, F(10)] = None
    chap_auth_session: Annotated[bool, F(11)] = False
    initiator_name: Annotated[str | None, F(12)] = None


class ImageVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ImageVolumeSource"
    reference: Annotated[str, F(1)] = ""
    pull_policy: Annotated[str, F(2, enum=("Always", "IfNotPresent", "Never",))] = ""


class KeyToPath(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.KeyToPath"
    key: Annotated[str, F(1, required=True)] = always(str)
    path: Annotated[str, F(2, required=True)] = always(str)
    mode: Annotated[Int32 | None, F(3)] = None


class NFSVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NFSVolumeSource"
    server: Annotated[str, F(1, required=True)] = always(str)
    path: Annotated[str, F(2, required=True)] = always(str)
    read_only: Annotated[bool, F(3)] = False


class PersistentVolumeClaimVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeClaimVolumeSource"
    claim_name: Annotated[str, F(1, required=True)] = always(str)
    read_only: Annotated[bool, F(2)] = False


class PhotonPersistentDiskVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PhotonPersistentDiskVolumeSource"
    pd_id: Annotated[str, F(1, required=True)] = always(str, name="pdID")
    fs_type: Annotated[str, F(2)] = ""


class PodCertificateProjection(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodCertificateProjection"
    signer_name: Annotated[str, F(1, required=True)] = ""
    key_type: Annotated[str, F(2, required=True)] = ""
    max_expiration_seconds: Annotated[Int32 | None, F(3)] = None
    credential_bundle_path: Annotated[str, F(4)] = ""
    key_path: Annotated[str, F(5)] = ""
    certificate_chain_path: Annotated[str, F(6)] = ""
    user_annotations: Annotated[dict[str, str], F(7)] = {}


class PortworxVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PortworxVolumeSource"
    volume_id: Annotated[str, F(1, required=True)] = always(str, name="volumeID")
    fs_type: Annotated[str, F(2)] = ""
    read_only: Annotated[bool, F(3)] = False


class ProjectedVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ProjectedVolumeSource"
    sources: Annotated[NullableList[VolumeProjection], F(1, list_type="atomic")] = nullable()
    default_mode: Annotated[Int32 | None, F(2)] = None


class QuobyteVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.QuobyteVolumeSource"
    registry: Annotated[str, F(1, required=True)] = always(str)
    volume: Annotated[str, F(2, required=True)] = always(str)
    read_only: Annotated[bool, F(3)] = False
    user: Annotated[str, F(4)] = ""
    group: Annotated[str, F(5)] = ""
    tenant: Annotated[str, F(6)] = ""


class RBDVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.RBDVolumeSource"
    monitors: Annotated[list[str], F(1, required=True, list_type="atomic")] = always(list)
    image: Annotated[str, F(2, required=True)] = always(str)
    fs_type: Annotated[str, F(3)] = ""
    pool: Annotated[str, F(4, default='rbd')] = ""
    user: Annotated[str, F(5, default='admin')] = ""
    keyring: Annotated[str, F(6, default='/etc/ceph/keyring')] = ""
    secret_ref: Annotated[LocalObjectReference | None, F(7)] = None
    read_only: Annotated[bool, F(8)] = False


class ScaleIOVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ScaleIOVolumeSource"
    gateway: Annotated[str, F(1, required=True)] = always(str)
    system: Annotated[str, F(2, required=True)] = always(str)
    secret_ref: Annotated[LocalObjectReference | None, F(3, required=True)] = always(NoneType)
    ssl_enabled: Annotated[bool, F(4)] = False
    protection_domain: Annotated[str, F(5)] = ""
    storage_pool: Annotated[str, F(6)] = ""
    storage_mode: Annotated[str, F(7, default='ThinProvisioned')] = ""
    volume_name: Annotated[str, F(8)] = ""
    fs_type: Annotated[str, F(9, default='xfs')] = ""
    read_only: Annotated[bool, F(10)] = False


class SecretProjection(LocalObjectReference):
    INLINE: ClassVar[dict[str, int]] = {"LocalObjectReference": 1}
    MAP_TYPE: ClassVar[str] = ""
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SecretProjection"
    items: Annotated[list[KeyToPath], F(2, list_type="atomic")] = []
    optional: Annotated[bool | None, F(4)] = None


class SecretVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SecretVolumeSource"
    secret_name: Annotated[str, F(1)] = ""
    items: Annotated[list[KeyToPath], F(2, list_type="atomic")] = []
    default_mode: Annotated[Int32 | None, F(3)] = None
    optional: Annotated[bool | None, F(4)] = None


class ServiceAccountTokenProjection(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ServiceAccountTokenProjection"
    audience: Annotated[str, F(1)] = ""
    expiration_seconds: Annotated[Int64 | None, F(2)] = None
    path: Annotated[str, F(3, required=True)] = always(str)


class StorageOSVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.StorageOSVolumeSource"
    volume_name: Annotated[str, F(1)] = ""
    volume_namespace: Annotated[str, F(2)] = ""
    fs_type: Annotated[str, F(3)] = ""
    read_only: Annotated[bool, F(4)] = False
    secret_ref: Annotated[LocalObjectReference | None, F(5)] = None


class VolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.VolumeSource"
    host_path: Annotated[HostPathVolumeSource | None, F(1)] = None
    empty_dir: Annotated[EmptyDirVolumeSource | None, F(2)] = None
    gce_persistent_disk: Annotated[GCEPersistentDiskVolumeSource | None, F(3)] = None
    aws_elastic_block_store: Annotated[AWSElasticBlockStoreVolumeSource | None, F(4)] = None
    git_repo: Annotated[GitRepoVolumeSource | None, F(5)] = None
    secret: Annotated[SecretVolumeSource | None, F(6)] = None
    nfs: Annotated[NFSVolumeSource | None, F(7)] = None
    iscsi: Annotated[ISCSIVolumeSource | None, F(8)] = None
    glusterfs: Annotated[GlusterfsVolumeSource | None, F(9)] = None
    persistent_volume_claim: Annotated[PersistentVolumeClaimVolumeSource | None, F(10)] = None
    rbd: Annotated[RBDVolumeSource | None, F(11)] = None
    flex_volume: Annotated[FlexVolumeSource | None, F(12)] = None
    cinder: Annotated[CinderVolumeSource | None, F(13)] = None
    cephfs: Annotated[CephFSVolumeSource | None, F(14)] = None
    flocker: Annotated[FlockerVolumeSource | None, F(15)] = None
    downward_api: Annotated[DownwardAPIVolumeSource | None, F(16)] = field(default=None, name="downwardAPI")
    fc: Annotated[FCVolumeSource | None, F(17)] = None
    azure_file: Annotated[AzureFileVolumeSource | None, F(18)] = None
    config_map: Annotated[ConfigMapVolumeSource | None, F(19)] = None
    vsphere_volume: Annotated[VsphereVirtualDiskVolumeSource | None, F(20)] = None
    quobyte: Annotated[QuobyteVolumeSource | None, F(21)] = None
    azure_disk: Annotated[AzureDiskVolumeSource | None, F(22)] = None
    photon_persistent_disk: Annotated[PhotonPersistentDiskVolumeSource | None, F(23)] = None
    portworx_volume: Annotated[PortworxVolumeSource | None, F(24)] = None
    scale_io: Annotated[ScaleIOVolumeSource | None, F(25)] = field(default=None, name="scaleIO")
    projected: Annotated[ProjectedVolumeSource | None, F(26)] = None
    storageos: Annotated[StorageOSVolumeSource | None, F(27)] = None
    csi: Annotated[CSIVolumeSource | None, F(28)] = None
    ephemeral: Annotated[EphemeralVolumeSource | None, F(29)] = None
    image: Annotated[ImageVolumeSource | None, F(30)] = None


class Volume(VolumeSource):
    INLINE: ClassVar[dict[str, int]] = {"VolumeSource": 2}
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Volume"
    name: Annotated[str, F(1, required=True)] = always(str)


class VolumeProjection(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.VolumeProjection"
    secret: Annotated[SecretProjection | None, F(1)] = None
    downward_api: Annotated[DownwardAPIProjection | None, F(2)] = field(default=None, name="downwardAPI")
    config_map: Annotated[ConfigMapProjection | None, F(3)] = None
    service_account_token: Annotated[ServiceAccountTokenProjection | None, F(4)] = None
    cluster_trust_bundle: Annotated[ClusterTrustBundleProjection | None, F(5)] = None
    pod_certificate: Annotated[PodCertificateProjection | None, F(6)] = None


class VsphereVirtualDiskVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.VsphereVirtualDiskVolumeSource"
    volume_path: Annotated[str, F(1, required=True)] = always(str)
    fs_type: Annotated[str, F(2)] = ""
    storage_policy_name: Annotated[str, F(3)] = ""
    storage_policy_id: Annotated[str, F(4)] = field(default="", name="storagePolicyID")
