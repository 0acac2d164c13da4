"""Kinds and types of API group version `storage.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import core_v1, meta_v1
from minik8s.api.fields import F, Int32, Int64, NoneType, NullableList, Quantity, Struct, Time, always, nullable
from minik8s.api.objects import ListObject, Object


class CSIDriverSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.CSIDriverSpec"
    attach_required: Annotated[bool | None, F(1)] = None
    pod_info_on_mount: Annotated[bool | None, F(2)] = None
    volume_lifecycle_modes: Annotated[list[str], F(3, list_type="set")] = []
    storage_capacity: Annotated[bool | None, F(4)] = None
    fs_group_policy: Annotated[str | None, F(5)] = None
    token_requests: Annotated[list[TokenRequest], F(6, list_type="atomic")] = []
    requires_republish: Annotated[bool | None, F(7)] = None
    se_linux_mount: Annotated[bool | None, F(8)] = None
    node_allocatable_update_period_seconds: Annotated[Int64 | None, F(9)] = None
    service_account_token_in_secrets: Annotated[bool | None, F(10)] = None
    prevent_pod_scheduling_if_missing: Annotated[bool | None, F(11)] = None


class CSIDriver(Object):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.CSIDriver"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "CSIDriver")
    spec: Annotated[CSIDriverSpec, F(2, required=True)] = always(CSIDriverSpec)


class CSIDriverList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.CSIDriverList"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "CSIDriverList")
    items: Annotated[list[CSIDriver], F(2, required=True)] = always(list)


class CSINodeSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.CSINodeSpec"
    drivers: Annotated[NullableList[CSINodeDriver], F(1, required=True, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = nullable()


class CSINode(Object):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.CSINode"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "CSINode")
    spec: Annotated[CSINodeSpec, F(2, required=True)] = always(CSINodeSpec)


class CSINodeDriver(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.CSINodeDriver"
    name: Annotated[str, F(1, required=True)] = always(str)
    node_id: Annotated[str, F(2, required=True)] = always(str, name="nodeID")
    topology_keys: Annotated[NullableList[str], F(3, list_type="atomic")] = nullable()
    allocatable: Annotated[VolumeNodeResources | None, F(4)] = None


class CSINodeList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.CSINodeList"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "CSINodeList")
    items: Annotated[list[CSINode], F(2, required=True)] = always(list)


class CSIStorageCapacity(Object):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.CSIStorageCapacity"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "CSIStorageCapacity")
    node_topology: Annotated[meta_v1.LabelSelector | None, F(2)] = None
    storage_class_name: Annotated[str, F(3, required=True)] = always(str)
    capacity: Annotated[Quantity | None, F(4)] = None
    maximum_volume_size: Annotated[Quantity | None, F(5)] = None


class CSIStorageCapacityList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.CSIStorageCapacityList"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "CSIStorageCapacityList")
    items: Annotated[list[CSIStorageCapacity], F(2, required=True)] = always(list)


class StorageClass(Object):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.StorageClass"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "StorageClass")
    provisioner: Annotated[str, F(2, required=True)] = always(str)
    parameters: Annotated[dict[str, str], F(3)] = {}
    reclaim_policy: Annotated[str | None, F(4, enum=("Delete", "Recycle", "Retain",))] = None
    mount_options: Annotated[list[str], F(5, list_type="atomic")] = []
    allow_volume_expansion: Annotated[bool | None, F(6)] = None
    volume_binding_mode: Annotated[str | None, F(7, enum=("Immediate", "WaitForFirstConsumer",))] = None
    allowed_topologies: Annotated[list[core_v1.TopologySelectorTerm], F(8, list_type="atomic")] = []


class StorageClassList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.StorageClassList"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "StorageClassList")
    items: Annotated[list[StorageClass], F(2, required=True)] = always(list)


class TokenRequest(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.TokenRequest"
    audience: Annotated[str, F(1, required=True)] = always(str)
    expiration_seconds: Annotated[Int64 | None, F(2)] = None


class VolumeAttachmentSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.VolumeAttachmentSource"
    persistent_volume_name: Annotated[str | None, F(1)] = None
    inline_volume_spec: Annotated[core_v1.PersistentVolumeSpec | None, F(2)] = None


class VolumeAttachmentSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.VolumeAttachmentSpec"
    attacher: Annotated[str, F(1, required=True)] = always(str)
    source: Annotated[VolumeAttachmentSource, F(2, required=True)] = always(VolumeAttachmentSource)
    node_name: Annotated[str, F(3, required=True)] = always(str)


class VolumeAttachmentStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.VolumeAttachmentStatus"
    attached: Annotated[bool, F(1, required=True)] = always(bool)
    attachment_metadata: Annotated[dict[str, str], F(2)] = {}
    attach_error: Annotated[VolumeError | None, F(3)] = None
    detach_error: Annotated[VolumeError | None, F(4)] = None


class VolumeAttachment(Object):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.VolumeAttachment"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "VolumeAttachment")
    spec: Annotated[VolumeAttachmentSpec, F(2, required=True)] = always(VolumeAttachmentSpec)
    status: Annotated[VolumeAttachmentStatus, F(3)] = always(VolumeAttachmentStatus)


class VolumeAttachmentList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.VolumeAttachmentList"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "VolumeAttachmentList")
    items: Annotated[list[VolumeAttachment], F(2, required=True)] = always(list)


class VolumeAttributesClass(Object):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.VolumeAttributesClass"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "VolumeAttributesClass")
    driver_name: Annotated[str, F(2, required=True)] = always(str)
    parameters: Annotated[dict[str, str], F(3)] = {}


class VolumeAttributesClassList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.VolumeAttributesClassList"
    api_version: str = always(lambda: "storage.k8s.io/v1")
    kind: str = always(lambda: "VolumeAttributesClassList")
    items: Annotated[list[VolumeAttributesClass], F(2, required=True)] = always(list)


class VolumeError(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.VolumeError"
    time: Annotated[Time | None, F(1)] = always(NoneType)
    message: Annotated[str, F(2)] = ""
    error_code: Annotated[Int32 | None, F(3)] = None


class VolumeNodeResources(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.storage.v1.VolumeNodeResources"
    count: Annotated[Int32 | None, F(1)] = None
