"""Core v1 cluster."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.fields import F, RawJSON, Struct, always
from minik8s.api.objects import ListObject, Object, TopLevel


class ComponentCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ComponentCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    message: Annotated[str, F(3)] = ""
    error: Annotated[str, F(4)] = ""


class ComponentStatus(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ComponentStatus"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ComponentStatus")
    conditions: Annotated[list[ComponentCondition], F(2, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class ComponentStatusList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ComponentStatusList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ComponentStatusList")
    items: Annotated[list[ComponentStatus], F(2, required=True)] = always(list)


class List(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.List"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "List")
    items: Annotated[list[RawJSON], F(2)] = []


class RangeAllocation(TopLevel):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.RangeAllocation"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "RangeAllocation")
    metadata: Annotated[meta_v1.ObjectMeta, F(1)] = always(meta_v1.ObjectMeta)
    range: Annotated[str, F(2)] = always(str)
    data: Annotated[bytes, F(3)] = always(bytes)
