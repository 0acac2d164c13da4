"""Metadata every object and list carries (meta/v1)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, Int64, MaybeJSON, Struct, Time, always


class ListMeta(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.ListMeta"
    self_link: Annotated[str, F(1)] = ""
    resource_version: Annotated[str, F(2)] = ""
    continue_: Annotated[str, F(3)] = ""
    remaining_item_count: Annotated[Int64 | None, F(4)] = None
    shard_info: Annotated[ShardInfo | None, F(5)] = None


class ManagedFieldsEntry(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry"
    manager: Annotated[str, F(1)] = ""
    operation: Annotated[str, F(2)] = ""
    api_version: Annotated[str, F(3)] = ""
    time: Annotated[Time | None, F(4)] = None
    fields_type: Annotated[str, F(6)] = ""
    fields_v1: Annotated[MaybeJSON, F(7)] = None
    subresource: Annotated[str, F(8)] = ""


class ObjectMeta(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.ObjectMeta"
    name: Annotated[str, F(1)] = ""
    generate_name: Annotated[str, F(2)] = ""
    namespace: Annotated[str, F(3)] = ""
    self_link: Annotated[str, F(4)] = ""
    uid: Annotated[str, F(5)] = ""
    resource_version: Annotated[str, F(6)] = ""
    generation: Annotated[Int64, F(7)] = 0
    creation_timestamp: Annotated[Time | None, F(8)] = None
    deletion_timestamp: Annotated[Time | None, F(9)] = None
    deletion_grace_period_seconds: Annotated[Int64 | None, F(10)] = None
    labels: Annotated[dict[str, str], F(11)] = {}
    annotations: Annotated[dict[str, str], F(12)] = {}
    owner_references: Annotated[list[OwnerReference], F(13, patch="merge", merge_key="uid", list_type="map", list_map_keys=("uid",))] = []
    finalizers: Annotated[list[str], F(14, patch="merge", list_type="set")] = []
    managed_fields: Annotated[list[ManagedFieldsEntry], F(17, list_type="atomic")] = []


class OwnerReference(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.OwnerReference"
    kind: Annotated[str, F(1, required=True)] = always(str)
    name: Annotated[str, F(3, required=True)] = always(str)
    uid: Annotated[str, F(4, required=True)] = always(str)
    api_version: Annotated[str, F(5, required=True)] = always(str)
    controller: Annotated[bool | None, F(6)] = None
    block_owner_deletion: Annotated[bool | None, F(7)] = None


class ShardInfo(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.ShardInfo"
    selector: Annotated[str, F(1, required=True)] = always(str)
