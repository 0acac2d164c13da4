"""Core v1 quotas."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, NullableList, Quantity, Struct, always, nullable
from minik8s.api.objects import ListObject, Object


class LimitRangeSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.LimitRangeSpec"
    limits: Annotated[NullableList[LimitRangeItem], F(1, required=True, list_type="atomic")] = nullable()


class LimitRange(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.LimitRange"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "LimitRange")
    spec: Annotated[LimitRangeSpec, F(2)] = always(LimitRangeSpec)


class LimitRangeItem(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.LimitRangeItem"
    type: Annotated[str, F(1, required=True)] = always(str)
    max: Annotated[dict[str, Quantity], F(2)] = {}
    min: Annotated[dict[str, Quantity], F(3)] = {}
    default: Annotated[dict[str, Quantity], F(4)] = {}
    default_request: Annotated[dict[str, Quantity], F(5)] = {}
    max_limit_request_ratio: Annotated[dict[str, Quantity], F(6)] = {}


class LimitRangeList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.LimitRangeList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "LimitRangeList")
    items: Annotated[list[LimitRange], F(2, required=True)] = always(list)


class ResourceQuotaSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ResourceQuotaSpec"
    hard: Annotated[dict[str, Quantity], F(1)] = {}
    scopes: Annotated[list[str], F(2, enum=("BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating", "VolumeAttributesClass",), list_type="atomic")] = []
    scope_selector: Annotated[ScopeSelector | None, F(3)] = None


class ResourceQuotaStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ResourceQuotaStatus"
    hard: Annotated[dict[str, Quantity], F(1)] = {}
    used: Annotated[dict[str, Quantity], F(2)] = {}


class ResourceQuota(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ResourceQuota"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ResourceQuota")
    spec: Annotated[ResourceQuotaSpec, F(2)] = always(ResourceQuotaSpec)
    status: Annotated[ResourceQuotaStatus, F(3)] = always(ResourceQuotaStatus)


class ResourceQuotaList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ResourceQuotaList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ResourceQuotaList")
    items: Annotated[list[ResourceQuota], F(2, required=True)] = always(list)


class ScopeSelector(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ScopeSelector"
    match_expressions: Annotated[list[ScopedResourceSelectorRequirement], F(1, list_type="atomic")] = []


class ScopedResourceSelectorRequirement(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ScopedResourceSelectorRequirement"
    scope_name: Annotated[str, F(1, required=True, enum=("BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating", "VolumeAttributesClass",))] = always(str)
    operator: Annotated[str, F(2, required=True, enum=("DoesNotExist", "Exists", "In", "NotIn",))] = always(str)
    values: Annotated[list[str], F(3, list_type="atomic")] = []
