"""Core v1 replication."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.core_v1.pod_templates import PodTemplateSpec
from minik8s.api.fields import F, Int32, Int64, NoneType, Struct, Time, always
from minik8s.api.objects import ListObject, Object


class ReplicationControllerSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ReplicationControllerSpec"
    replicas: Annotated[Int32 | None, F(1, default=1)] = None
    selector: Annotated[dict[str, str], F(2, map_type="atomic")] = {}
    template: Annotated[PodTemplateSpec | None, F(3)] = None
    min_ready_seconds: Annotated[Int32, F(4, default=0)] = 0


class ReplicationControllerStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ReplicationControllerStatus"
    replicas: Annotated[Int32, F(1, required=True)] = always(int)
    fully_labeled_replicas: Annotated[Int32, F(2)] = 0
    observed_generation: Annotated[Int64, F(3)] = 0
    ready_replicas: Annotated[Int32, F(4)] = 0
    available_replicas: Annotated[Int32, F(5)] = 0
    conditions: Annotated[list[ReplicationControllerCondition], F(6, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class ReplicationController(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ReplicationController"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ReplicationController")
    spec: Annotated[ReplicationControllerSpec, F(2)] = always(ReplicationControllerSpec)
    status: Annotated[ReplicationControllerStatus, F(3)] = always(ReplicationControllerStatus)


class ReplicationControllerCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ReplicationControllerCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_transition_time: Annotated[Time | None, F(3)] = always(NoneType)
    reason: Annotated[str, F(4)] = ""
    message: Annotated[str, F(5)] = ""


class ReplicationControllerList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ReplicationControllerList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ReplicationControllerList")
    items: Annotated[list[ReplicationController], F(2, required=True)] = always(list)
