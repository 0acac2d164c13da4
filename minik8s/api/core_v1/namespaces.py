"""Core v1 namespaces."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.core_v1.references import LocalObjectReference, ObjectReference
from minik8s.api.fields import F, NoneType, Struct, Time, always
from minik8s.api.objects import ListObject, Object


class NamespaceSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NamespaceSpec"
    finalizers: Annotated[list[str], F(1, list_type="atomic")] = []


class NamespaceStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NamespaceStatus"
    phase: Annotated[str, F(1, enum=("Active", "Terminating",))] = ""
    conditions: Annotated[list[NamespaceCondition], F(2, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class Namespace(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Namespace"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "Namespace")
    spec: Annotated[NamespaceSpec, F(2)] = always(NamespaceSpec)
    status: Annotated[NamespaceStatus, F(3)] = always(NamespaceStatus)


class NamespaceCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NamespaceCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_transition_time: Annotated[Time | None, F(4)] = always(NoneType)
    reason: Annotated[str, F(5)] = ""
    message: Annotated[str, F(6)] = ""


class NamespaceList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NamespaceList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "NamespaceList")
    items: Annotated[list[Namespace], F(2, required=True)] = always(list)


class ServiceAccount(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ServiceAccount"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ServiceAccount")
    secrets: Annotated[list[ObjectReference], F(2, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    image_pull_secrets: Annotated[list[LocalObjectReference], F(3, list_type="atomic")] = []
    automount_service_account_token: Annotated[bool | None, F(4)] = None


class ServiceAccountList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ServiceAccountList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ServiceAccountList")
    items: Annotated[list[ServiceAccount], F(2, required=True)] = always(list)
