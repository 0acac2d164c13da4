"""Kinds and types of API group version `policy/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.fields import F, Int32, Int64, IntOrString, Struct, Time, always
from minik8s.api.objects import ListObject, Object


class Eviction(Object):
    PROTO: ClassVar[str] = "k8s.io.api.policy.v1.Eviction"
    api_version: str = always(lambda: "policy/v1")
    kind: str = always(lambda: "Eviction")
    delete_options: Annotated[meta_v1.DeleteOptions | None, F(2)] = None


class PodDisruptionBudgetSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.policy.v1.PodDisruptionBudgetSpec"
    min_available: Annotated[IntOrString | None, F(1)] = None
    selector: Annotated[meta_v1.LabelSelector | None, F(2, patch="replace")] = None
    max_unavailable: Annotated[IntOrString | None, F(3)] = None
    unhealthy_pod_eviction_policy: Annotated[str | None, F(4, enum=("AlwaysAllow", "IfHealthyBudget",))] = None


class PodDisruptionBudgetStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.policy.v1.PodDisruptionBudgetStatus"
    observed_generation: Annotated[Int64, F(1)] = 0
    disrupted_pods: Annotated[dict[str, Time], F(2)] = {}
    disruptions_allowed: Annotated[Int32, F(3, default=0)] = always(int)
    current_healthy: Annotated[Int32, F(4, default=0)] = always(int)
    desired_healthy: Annotated[Int32, F(5, default=0)] = always(int)
    expected_pods: Annotated[Int32, F(6, default=0)] = always(int)
    conditions: Annotated[list[meta_v1.Condition], F(7, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class PodDisruptionBudget(Object):
    PROTO: ClassVar[str] = "k8s.io.api.policy.v1.PodDisruptionBudget"
    api_version: str = always(lambda: "policy/v1")
    kind: str = always(lambda: "PodDisruptionBudget")
    spec: Annotated[PodDisruptionBudgetSpec, F(2)] = always(PodDisruptionBudgetSpec)
    status: Annotated[PodDisruptionBudgetStatus, F(3)] = always(PodDisruptionBudgetStatus)


class PodDisruptionBudgetList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.policy.v1.PodDisruptionBudgetList"
    api_version: str = always(lambda: "policy/v1")
    kind: str = always(lambda: "PodDisruptionBudgetList")
    items: Annotated[list[PodDisruptionBudget], F(2, required=True)] = always(list)
