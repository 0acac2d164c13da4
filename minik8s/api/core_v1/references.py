"""Core v1 references."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, NoneType, Struct, always


class LocalObjectReference(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.LocalObjectReference"
    name: Annotated[str, F(1, default="")] = ""


class ObjectReference(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ObjectReference"
    kind: Annotated[str, F(1)] = ""
    namespace: Annotated[str, F(2)] = ""
    name: Annotated[str, F(3)] = ""
    uid: Annotated[str, F(4)] = ""
    api_version: Annotated[str, F(5)] = ""
    resource_version: Annotated[str, F(6)] = ""
    field_path: Annotated[str, F(7)] = ""


class SecretReference(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SecretReference"
    name: Annotated[str, F(1)] = ""
    namespace: Annotated[str, F(2)] = ""


class SerializedReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SerializedReference"
    reference: Annotated[ObjectReference, F(1)] = always(ObjectReference)


class TypedLocalObjectReference(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.TypedLocalObjectReference"
    api_group: Annotated[str | None, F(1)] = always(NoneType)
    kind: Annotated[str, F(2, required=True)] = always(str)
    name: Annotated[str, F(3, required=True)] = always(str)


class TypedObjectReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.TypedObjectReference"
    api_group: Annotated[str | None, F(1)] = always(NoneType)
    kind: Annotated[str, F(2, required=True)] = always(str)
    name: Annotated[str, F(3, required=True)] = always(str)
    namespace: Annotated[str | None, F(4)] = None
