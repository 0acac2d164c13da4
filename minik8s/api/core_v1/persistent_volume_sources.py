"""Core v1: where the content of a persistent volume is."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.core_v1.references import ObjectReference, SecretReference
from minik8s.api.core_v1.volumes import (
    AWSElasticBlockStoreVolumeSource,
    AzureDiskVolumeSource,
    FCVolumeSource,
    FlockerVolumeSource,
    GCEPersistentDiskVolumeSource,
    HostPathVolumeSource,
    NFSVolumeSource,
    PhotonPersistentDiskVolumeSource,
    PortworxVolumeSource,
    QuobyteVolumeSource,
    VsphereVirtualDiskVolumeSource,
)
from minik8s.api.fields import F, Int32, NoneType, Struct, always, field


class AzureFilePersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.AzureFilePersistentVolumeSource"
    secret_name: Annotated[str, F(1, required=True)] = always(str)
    share_name: Annotated[str, F(2, required=True)] = always(str)
    read_only: Annotated[bool, F(3)] = False
    secret_namespace: Annotated[str | None, F(4)] = always(NoneType)


class CSIPersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.CSIPersistentVolumeSource"
    driver: Annotated[str, F(1, required=True)] = always(str)
    volume_handle: Annotated[str, F(2, required=True)] = always(str)
    read_only: Annotated[bool, F(3)] = False
    fs_type: Annotated[str, F(4)] = ""
    volume_attributes: Annotated[dict[str, str], F(5)] = {}
    controller_publish_secret_ref: Annotated[SecretReference | None, F(6)] = None
    node_stage_secret_ref: Annotated[SecretReference | None, F(7)] = None
    node_publish_secret_ref: Annotated[SecretReference | None, F(8)] = None
    controller_expand_secret_ref: Annotated[SecretReference | None, F(9)] = None
    node_expand_secret_ref: Annotated[SecretReference | None, F(10)] = None


class CephFSPersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.CephFSPersistentVolumeSource"
    monitors: Annotated[list[str], F(1, required=True, list_type="atomic")] = always(list)
    path: Annotated[str, F(2)] = ""
    user: Annotated[str, F(3)] = ""
    secret_file: Annotated[str, F(4)] = ""
    secret_ref: Annotated[SecretReference | None, F(5)] = None
    read_only: Annotated[bool, F(6)] = False


class CinderPersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.CinderPersistentVolumeSource"
    volume_id: Annotated[str, F(1, required=True)] = always(str, name="volumeID")
    fs_type: Annotated[str, F(2)] = ""
    read_only: Annotated[bool, F(3)] = False
    secret_ref: Annotated[SecretReference | None, F(4)] = None


class FlexPersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.FlexPersistentVolumeSource"
    driver: Annotated[str, F(1, required=True)] = always(str)
    fs_type: Annotated[str, F(2)] = ""
    secret_ref: Annotated[SecretReference | None, F(3)] = None
    read_only: Annotated[bool, F(4)] = False
    options: Annotated[dict[str, str], F(5)] = {}


class GlusterfsPersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.GlusterfsPersistentVolumeSource"
    endpoints: Annotated[str, F(1, required=True)] = always(str)
    path: Annotated[str, F(2, required=True)] = always(str)
    read_only: Annotated[bool, F(3)] = False
    endpoints_namespace: Annotated[str | None, F(4)] = None


class ISCSIPersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ISCSIPersistentVolumeSource"
    target_portal: Annotated[str, F(1, required=True)] = always(str)
    iqn: Annotated[str, F(2, required=True)] = always(str)
    lun: Annotated[Int32, F(3, required=True)] = always(int)
    iscsi_interface: Annotated[str, F(4, default='default')] = ""
    fs_type: Annotated[str, F(5)] = ""
    read_only: Annotated[bool, F(6)] = False
    portals: Annotated[list[str], F(7, list_type="atomic")] = []
    chap_auth_discovery: Annotated[bool, F(8)] = False
    secret_ref: Annotated[SecretReference | None, F(10)] = None
    chap_auth_session: Annotated[bool, F(11)] = False
    initiator_name: Annotated[str | None, F(12)] = None


class LocalVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.LocalVolumeSource"
    path: Annotated[str, F(1, required=True)] = always(str)
    fs_type: Annotated[str | None, F(2)] = None


class PersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeSource"
    gce_persistent_disk: Annotated[GCEPersistentDiskVolumeSource | None, F(1)] = None
    aws_elastic_block_store: Annotated[AWSElasticBlockStoreVolumeSource | None, F(2)] = None
    host_path: Annotated[HostPathVolumeSource | None, F(3)] = None
    glusterfs: Annotated[GlusterfsPersistentVolumeSource | None, F(4)] = None
    nfs: Annotated[NFSVolumeSource | None, F(5)] = None
    rbd: Annotated[RBDPersistentVolumeSource | None, F(6)] = None
    iscsi: Annotated[ISCSIPersistentVolumeSource | None, F(7)] = None
    cinder: Annotated[CinderPersistentVolumeSource | None, F(8)] = None
    cephfs: Annotated[CephFSPersistentVolumeSource | None, F(9)] = None
    fc: Annotated[FCVolumeSource | None, F(10)] = None
    flocker: Annotated[FlockerVolumeSource | None, F(11)] = None
    flex_volume: Annotated[FlexPersistentVolumeSource | None, F(12)] = None
    azure_file: Annotated[AzureFilePersistentVolumeSource | None, F(13)] = None
    vsphere_volume: Annotated[VsphereVirtualDiskVolumeSource | None, F(14)] = None
    quobyte: Annotated[QuobyteVolumeSource | None, F(15)] = None
    azure_disk: Annotated[AzureDiskVolumeSource | None, F(16)] = None
    photon_persistent_disk: Annotated[PhotonPersistentDiskVolumeSource | None, F(17)] = None
    portworx_volume: Annotated[PortworxVolumeSource | None, F(18)] = None
    scale_io: Annotated[ScaleIOPersistentVolumeSource | None, F(19)] = field(default=None, name="scaleIO")
    local: Annotated[LocalVolumeSource | None, F(20)] = None
    storageos: Annotated[StorageOSPersistentVolumeSource | None, F(21)] = None
    csi: Annotated[CSIPersistentVolumeSource | None, F(22)] = None


class RBDPersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.RBDPersistentVolumeSource"
    monitors: Annotated[list[str], F(1, required=True, list_type="atomic")] = always(list)
    image: Annotated[str, F(2, required=True)] = always(str)
    fs_type: Annotated[str, F(3)] = ""
    pool: Annotated[str, F(4, default='rbd')] = ""
    user: Annotated[str, F(5, default='admin')] = ""
    keyring: Annotated[str, F(6, default='/etc/ceph/keyring')] = ""
    secret_ref: Annotated[SecretReference | None, F(7)] = None
    read_only: Annotated[bool, F(8)] = False


class ScaleIOPersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ScaleIOPersistentVolumeSource"
    gateway: Annotated[str, F(1, required=True)] = always(str)
    system: Annotated[str, F(2, required=True)] = always(str)
    secret_ref: Annotated[SecretReference | None, F(3, required=True)] = always(NoneType)
    ssl_enabled: Annotated[bool, F(4)] = False
    protection_domain: Annotated[str, F(5)] = ""
    storage_pool: Annotated[str, F(6)] = ""
    storage_mode: Annotated[str, F(7, default='ThinProvisioned')] = ""
    volume_name: Annotated[str, F(8)] = ""
    fs_type: Annotated[str, F(9, default='xfs')] = ""
    read_only: Annotated[bool, F(10)] = False


class StorageOSPersistentVolumeSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.StorageOSPersistentVolumeSource"
    volume_name: Annotated[str, F(1)] = ""
    volume_namespace: Annotated[str, F(2)] = ""
    fs_type: Annotated[str, F(3)] = ""
    read_only: Annotated[bool, F(4)] = False
    secret_ref: Annotated[ObjectReference | None, F(5)] = None
