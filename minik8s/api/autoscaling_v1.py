"""Kinds and types of API group version `autoscaling/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, Int32, Int64, Struct, Time, always, field
from minik8s.api.objects import ListObject, Object


class CrossVersionObjectReference(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v1.CrossVersionObjectReference"
    kind: Annotated[str, F(1, required=True)] = always(str)
    name: Annotated[str, F(2, required=True)] = always(str)
    api_version: Annotated[str, F(3)] = ""


class HorizontalPodAutoscalerSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v1.HorizontalPodAutoscalerSpec"
    scale_target_ref: Annotated[CrossVersionObjectReference, F(1, required=True)] = always(CrossVersionObjectReference)
    min_replicas: Annotated[Int32 | None, F(2)] = None
    max_replicas: Annotated[Int32, F(3, required=True)] = always(int)
    target_cpu_utilization_percentage: Annotated[Int32 | None, F(4)] = field(default=None, name="targetCPUUtilizationPercentage")


class HorizontalPodAutoscalerStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v1.HorizontalPodAutoscalerStatus"
    observed_generation: Annotated[Int64 | None, F(1)] = None
    last_scale_time: Annotated[Time | None, F(2)] = None
    current_replicas: Annotated[Int32, F(3, required=True)] = always(int)
    desired_replicas: Annotated[Int32, F(4, required=True)] = always(int)
    current_cpu_utilization_percentage: Annotated[Int32 | None, F(5)] = field(default=None, name="currentCPUUtilizationPercentage")


class HorizontalPodAutoscaler(Object):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v1.HorizontalPodAutoscaler"
    api_version: str = always(lambda: "autoscaling/v1")
    kind: str = always(lambda: "HorizontalPodAutoscaler")
    spec: Annotated[HorizontalPodAutoscalerSpec, F(2, required=True)] = always(HorizontalPodAutoscalerSpec)
    status: Annotated[HorizontalPodAutoscalerStatus, F(3)] = always(HorizontalPodAutoscalerStatus)


class HorizontalPodAutoscalerList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v1.HorizontalPodAutoscalerList"
    api_version: str = always(lambda: "autoscaling/v1")
    kind: str = always(lambda: "HorizontalPodAutoscalerList")
    items: Annotated[list[HorizontalPodAutoscaler], F(2, required=True)] = always(list)


class ScaleSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v1.ScaleSpec"
    replicas: Annotated[Int32, F(1, default=0)] = 0


class ScaleStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v1.ScaleStatus"
    replicas: Annotated[Int32, F(1, required=True)] = always(int)
    selector: Annotated[str, F(2)] = ""


class Scale(Object):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v1.Scale"
    api_version: str = always(lambda: "autoscaling/v1")
    kind: str = always(lambda: "Scale")
    spec: Annotated[ScaleSpec, F(2)] = always(ScaleSpec)
    status: Annotated[ScaleStatus, F(3)] = always(ScaleStatus)
