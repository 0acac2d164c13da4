"""Core v1 persistent volumes."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.core_v1.affinity import NodeSelector
from minik8s.api.core_v1.persistent_volume_sources import PersistentVolumeSource
from minik8s.api.core_v1.references import ObjectReference
from minik8s.api.fields import F, Quantity, Struct, Time, always
from minik8s.api.objects import ListObject, Object


class PersistentVolumeSpec(PersistentVolumeSource):
    INLINE: ClassVar[dict[str, int]] = {"PersistentVolumeSource": 2}
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeSpec"
    capacity: Annotated[dict[str, Quantity], F(1)] = {}
    access_modes: Annotated[list[str], F(3, enum=("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod",), list_type="atomic")] = []
    claim_ref: Annotated[ObjectReference | None, F(4, map_type="granular")] = None
    persistent_volume_reclaim_policy: Annotated[str, F(5, enum=("Delete", "Recycle", "Retain",))] = ""
    storage_class_name: Annotated[str, F(6)] = ""
    mount_options: Annotated[list[str], F(7, list_type="atomic")] = []
    volume_mode: Annotated[str | None, F(8, enum=("Block", "Filesystem",))] = None
    node_affinity: Annotated[VolumeNodeAffinity | None, F(9)] = None
    volume_attributes_class_name: Annotated[str | None, F(10)] = None


class PersistentVolumeStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeStatus"
    phase: Annotated[str, F(1, enum=("Available", "Bound", "Failed", "Pending", "Released",))] = ""
    message: Annotated[str, F(2)] = ""
    reason: Annotated[str, F(3)] = ""
    last_phase_transition_time: Annotated[Time | None, F(4)] = None


class PersistentVolume(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolume"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "PersistentVolume")
    spec: Annotated[PersistentVolumeSpec, F(2)] = always(PersistentVolumeSpec)
    status: Annotated[PersistentVolumeStatus, F(3)] = always(PersistentVolumeStatus)


class PersistentVolumeList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PersistentVolumeList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "PersistentVolumeList")
    items: Annotated[list[PersistentVolume], F(2, required=True)] = always(list)


class VolumeNodeAffinity(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.VolumeNodeAffinity"
    required: Annotated[NodeSelector | None, F(1)] = None
