"""Kinds and types of API group version `autoscaling/v2`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.fields import F, Int32, Int64, NoneType, NullableList, Quantity, Struct, Time, always, nullable
from minik8s.api.objects import ListObject, Object


class MetricTarget(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.MetricTarget"
    type: Annotated[str, F(1, required=True)] = always(str)
    value: Annotated[Quantity | None, F(2)] = None
    average_value: Annotated[Quantity | None, F(3)] = None
    average_utilization: Annotated[Int32 | None, F(4)] = None


class ContainerResourceMetricSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.ContainerResourceMetricSource"
    name: Annotated[str, F(1, required=True)] = always(str)
    target: Annotated[MetricTarget, F(2, required=True)] = always(MetricTarget)
    container: Annotated[str, F(3, required=True)] = always(str)


class MetricValueStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.MetricValueStatus"
    value: Annotated[Quantity | None, F(1)] = None
    average_value: Annotated[Quantity | None, F(2)] = None
    average_utilization: Annotated[Int32 | None, F(3)] = None


class ContainerResourceMetricStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.ContainerResourceMetricStatus"
    name: Annotated[str, F(1, required=True)] = always(str)
    current: Annotated[MetricValueStatus, F(2, required=True)] = always(MetricValueStatus)
    container: Annotated[str, F(3, required=True)] = always(str)


class CrossVersionObjectReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.CrossVersionObjectReference"
    kind: Annotated[str, F(1, required=True)] = always(str)
    name: Annotated[str, F(2, required=True)] = always(str)
    api_version: Annotated[str, F(3)] = ""


class MetricIdentifier(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.MetricIdentifier"
    name: Annotated[str, F(1, required=True)] = always(str)
    selector: Annotated[meta_v1.LabelSelector | None, F(2)] = None


class ExternalMetricSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.ExternalMetricSource"
    metric: Annotated[MetricIdentifier, F(1, required=True)] = always(MetricIdentifier)
    target: Annotated[MetricTarget, F(2, required=True)] = always(MetricTarget)


class ExternalMetricStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.ExternalMetricStatus"
    metric: Annotated[MetricIdentifier, F(1, required=True)] = always(MetricIdentifier)
    current: Annotated[MetricValueStatus, F(2, required=True)] = always(MetricValueStatus)


class HPAScalingPolicy(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.HPAScalingPolicy"
    type: Annotated[str, F(1, required=True)] = always(str)
    value: Annotated[Int32, F(2, required=True)] = always(int)
    period_seconds: Annotated[Int32, F(3, required=True)] = always(int)


class HPAScalingRules(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.HPAScalingRules"
    select_policy: Annotated[str | None, F(1)] = None
    policies: Annotated[list[HPAScalingPolicy], F(2, list_type="atomic")] = []
    stabilization_window_seconds: Annotated[Int32 | None, F(3)] = None
    tolerance: Annotated[Quantity | None, F(4)] = None


class HorizontalPodAutoscalerSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerSpec"
    scale_target_ref: Annotated[CrossVersionObjectReference, F(1, required=True)] = always(CrossVersionObjectReference)
    min_replicas: Annotated[Int32 | None, F(2)] = None
    max_replicas: Annotated[Int32, F(3, required=True)] = always(int)
    metrics: Annotated[list[MetricSpec], F(4, list_type="atomic")] = []
    behavior: Annotated[HorizontalPodAutoscalerBehavior | None, F(5)] = None


class HorizontalPodAutoscalerStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerStatus"
    observed_generation: Annotated[Int64 | None, F(1)] = None
    last_scale_time: Annotated[Time | None, F(2)] = None
    current_replicas: Annotated[Int32, F(3)] = 0
    desired_replicas: Annotated[Int32, F(4, required=True)] = always(int)
    current_metrics: Annotated[NullableList[MetricStatus], F(5, list_type="atomic")] = nullable()
    conditions: Annotated[list[HorizontalPodAutoscalerCondition], F(6, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class HorizontalPodAutoscaler(Object):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.HorizontalPodAutoscaler"
    api_version: str = always(lambda: "autoscaling/v2")
    kind: str = always(lambda: "HorizontalPodAutoscaler")
    spec: Annotated[HorizontalPodAutoscalerSpec, F(2, required=True)] = always(HorizontalPodAutoscalerSpec)
    status: Annotated[HorizontalPodAutoscalerStatus, F(3)] = always(HorizontalPodAutoscalerStatus)


class HorizontalPodAutoscalerBehavior(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerBehavior"
    scale_up: Annotated[HPAScalingRules | None, F(1)] = None
    scale_down: Annotated[HPAScalingRules | None, F(2)] = None


class HorizontalPodAutoscalerCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_transition_time: Annotated[Time | None, F(3)] = always(NoneType)
    reason: Annotated[str, F(4)] = ""
    message: Annotated[str, F(5)] = ""


class HorizontalPodAutoscalerList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerList"
    api_version: str = always(lambda: "autoscaling/v2")
    kind: str = always(lambda: "HorizontalPodAutoscalerList")
    items: Annotated[list[HorizontalPodAutoscaler], F(2, required=True)] = always(list)


class MetricSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.MetricSpec"
    type: Annotated[str, F(1, required=True)] = always(str)
    object: Annotated[ObjectMetricSource | None, F(2)] = None
    pods: Annotated[PodsMetricSource | None, F(3)] = None
    resource: Annotated[ResourceMetricSource | None, F(4)] = None
    external: Annotated[ExternalMetricSource | None, F(5)] = None
    container_resource: Annotated[ContainerResourceMetricSource | None, F(7)] = None


class MetricStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.MetricStatus"
    type: Annotated[str, F(1, required=True)] = always(str)
    object: Annotated[ObjectMetricStatus | None, F(2)] = None
    pods: Annotated[PodsMetricStatus | None, F(3)] = None
    resource: Annotated[ResourceMetricStatus | None, F(4)] = None
    external: Annotated[ExternalMetricStatus | None, F(5)] = None
    container_resource: Annotated[ContainerResourceMetricStatus | None, F(7)] = None


class ObjectMetricSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.ObjectMetricSource"
    described_object: Annotated[CrossVersionObjectReference, F(1, required=True)] = always(CrossVersionObjectReference)
    target: Annotated[MetricTarget, F(2, required=True)] = always(MetricTarget)
    metric: Annotated[MetricIdentifier, F(3, required=True)] = always(MetricIdentifier)


class ObjectMetricStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.ObjectMetricStatus"
    metric: Annotated[MetricIdentifier, F(1, required=True)] = always(MetricIdentifier)
    current: Annotated[MetricValueStatus, F(2, required=True)] = always(MetricValueStatus)
    described_object: Annotated[CrossVersionObjectReference, F(3, required=True)] = always(CrossVersionObjectReference)


class PodsMetricSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.PodsMetricSource"
    metric: Annotated[MetricIdentifier, F(1, required=True)] = always(MetricIdentifier)
    target: Annotated[MetricTarget, F(2, required=True)] = always(MetricTarget)


class PodsMetricStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.PodsMetricStatus"
    metric: Annotated[MetricIdentifier, F(1, required=True)] = always(MetricIdentifier)
    current: Annotated[MetricValueStatus, F(2, required=True)] = always(MetricValueStatus)


class ResourceMetricSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.ResourceMetricSource"
    name: Annotated[str, F(1, required=True)] = always(str)
    target: Annotated[MetricTarget, F(2, required=True)] = always(MetricTarget)


class ResourceMetricStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.autoscaling.v2.ResourceMetricStatus"
    name: Annotated[str, F(1, required=True)] = always(str)
    current: Annotated[MetricValueStatus, F(2, required=True)] = always(MetricValueStatus)
