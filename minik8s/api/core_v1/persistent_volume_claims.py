"""Core v1 persistent volume claims."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.core_v1.references import TypedLocalObjectReference, TypedObjectReference
from minik8s.api.fields import F, NoneType, Quantity, Struct, Time, always
from minik8s.api.objects import ListObject, Object


class ModifyVolumeStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ModifyVolumeStatus"
    target_volume_attributes_class_name: Annotated[str, F(1)] = ""
    status: Annotated[str, F(2, required=True, enum=("InProgress", "Infeasible", "Pending",))] = always(str)


class VolumeResourceRequirements(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.VolumeResourceRequirements"
    limits: Annotated[dict[str, Quantity], F(1)] = {}
    requests: Annotated[dict[str, Quantity], F(2)] = {}


class PersistentVolumeClaimSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeClaimSpec"
    access_modes: Annotated[list[str], F(1, enum=("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod",), list_type="atomic")] = []
    resources: Annotated[VolumeResourceRequirements, F(2)] = always(VolumeResourceRequirements)
    volume_name: Annotated[str, F(3)] = ""
    selector: Annotated[meta_v1.LabelSelector | None, F(4)] = None
    storage_class_name: Annotated[str | None, F(5)] = None
    volume_mode: Annotated[str | None, F(6, enum=("Block", "Filesystem",))] = None
    data_source: Annotated[TypedLocalObjectReference | None, F(7)] = None
    data_source_ref: Annotated[TypedObjectReference | None, F(8)] = None
    volume_attributes_class_name: Annotated[str | None, F(9)] = None


class PersistentVolumeClaimStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeClaimStatus"
    phase: Annotated[str, F(1, enum=("Bound", "Lost", "Pending",))] = ""
    access_modes: Annotated[list[str], F(2, enum=("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod",), list_type="atomic")] = []
    capacity: Annotated[dict[str, Quantity], F(3)] = {}
    conditions: Annotated[list[PersistentVolumeClaimCondition], F(4, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []
    allocated_resources: Annotated[dict[str, Quantity], F(5)] = {}
    allocated_resource_statuses: Annotated[dict[str, str], F(7, enum=("ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending",), map_type="granular")] = {}
    current_volume_attributes_class_name: Annotated[str | None, F(8)] = None
    modify_volume_status: Annotated[ModifyVolumeStatus | None, F(9)] = None


class PersistentVolumeClaim(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeClaim"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "PersistentVolumeClaim")
    spec: Annotated[PersistentVolumeClaimSpec, F(2)] = always(PersistentVolumeClaimSpec)
    status: Annotated[PersistentVolumeClaimStatus, F(3)] = always(PersistentVolumeClaimStatus)


class PersistentVolumeClaimCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeClaimCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_probe_time: Annotated[Time | None, F(3)] = always(NoneType)
    last_transition_time: Annotated[Time | None, F(4)] = always(NoneType)
    reason: Annotated[str, F(5)] = ""
    message: Annotated[str, F(6)] = ""


class PersistentVolumeClaimList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeClaimList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "PersistentVolumeClaimList")
    items: Annotated[list[PersistentVolumeClaim], F(2, required=True)] = always(list)


class PersistentVolumeClaimTemplate(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeClaimTemplate"
    metadata: Annotated[meta_v1.ObjectMeta, F(1)] = always(meta_v1.ObjectMeta)
    spec: Annotated[PersistentVolumeClaimSpec, F(2, required=True)] = always(PersistentVolumeClaimSpec)
