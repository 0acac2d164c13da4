"""Kinds and types of API group version `v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, Int32, Int64, NoneType, RawJSON, Struct, Time, always, field
from minik8s.api.object_meta import ListMeta as ListMeta
from minik8s.api.object_meta import ManagedFieldsEntry as ManagedFieldsEntry
from minik8s.api.object_meta import ObjectMeta as ObjectMeta
from minik8s.api.object_meta import OwnerReference as OwnerReference
from minik8s.api.object_meta import ShardInfo as ShardInfo
from minik8s.api.objects import ListObject, Object, TopLevel


class GroupVersionForDiscovery(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery"
    group_version: Annotated[str, F(1, required=True)] = always(str)
    version: Annotated[str, F(2, required=True)] = always(str)


class APIGroup(TopLevel):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.APIGroup"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "APIGroup")
    name: Annotated[str, F(1, required=True)] = always(str)
    versions: Annotated[list[GroupVersionForDiscovery], F(2, required=True, list_type="atomic")] = always(list)
    preferred_version: Annotated[GroupVersionForDiscovery, F(3)] = always(GroupVersionForDiscovery)
    server_address_by_client_cidrs: Annotated[list[ServerAddressByClientCIDR], F(4, list_type="atomic")] = field(default_factory=list, name="serverAddressByClientCIDRs")


class APIGroupList(TopLevel):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.APIGroupList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "APIGroupList")
    groups: Annotated[list[APIGroup], F(1, required=True, list_type="atomic")] = always(list)


class APIResource(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.APIResource"
    name: Annotated[str, F(1, required=True)] = always(str)
    namespaced: Annotated[bool, F(2, required=True)] = always(bool)
    kind: Annotated[str, F(3, required=True)] = always(str)
    verbs: Annotated[list[str], F(4, required=True)] = always(list)
    short_names: Annotated[list[str], F(5, list_type="atomic")] = []
    singular_name: Annotated[str, F(6, required=True)] = always(str)
    categories: Annotated[list[str], F(7, list_type="atomic")] = []
    group: Annotated[str, F(8)] = ""
    version: Annotated[str, F(9)] = ""
    storage_version_hash: Annotated[str, F(10)] = ""


class APIResourceList(TopLevel):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.APIResourceList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "APIResourceList")
    group_version: Annotated[str, F(1, required=True)] = always(str)
    resources: Annotated[list[APIResource], F(2, required=True, list_type="atomic")] = always(list)


class APIVersions(TopLevel):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.APIVersions"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "APIVersions")
    versions: Annotated[list[str], F(1, required=True, list_type="atomic")] = always(list)
    server_address_by_client_cidrs: Annotated[list[ServerAddressByClientCIDR], F(2, required=True, list_type="atomic")] = always(list, name="serverAddressByClientCIDRs")


class Condition(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.Condition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    observed_generation: Annotated[Int64, F(3)] = 0
    last_transition_time: Annotated[Time | None, F(4, required=True)] = always(NoneType)
    reason: Annotated[str, F(5, required=True)] = always(str)
    message: Annotated[str, F(6, required=True)] = always(str)


class DeleteOptions(TopLevel):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "DeleteOptions")
    grace_period_seconds: Annotated[Int64 | None, F(1)] = None
    preconditions: Annotated[Preconditions | None, F(2)] = None
    orphan_dependents: Annotated[bool | None, F(3)] = None
    propagation_policy: Annotated[str | None, F(4)] = None
    dry_run: Annotated[list[str], F(5, list_type="atomic")] = []
    ignore_store_read_error_with_cluster_breaking_potential: Annotated[bool | None, F(6)] = None


class FieldSelectorRequirement(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement"
    key: Annotated[str, F(1, required=True)] = always(str)
    operator: Annotated[str, F(2, required=True)] = always(str)
    values: Annotated[list[str], F(3, list_type="atomic")] = []


class GroupKind(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.GroupKind"
    group: Annotated[str, F(1)] = always(str)
    kind: Annotated[str, F(2)] = always(str)


class GroupVersionKind(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.GroupVersionKind"
    group: Annotated[str, F(1)] = always(str)
    version: Annotated[str, F(2)] = always(str)
    kind: Annotated[str, F(3)] = always(str)


class GroupVersionResource(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.GroupVersionResource"
    group: Annotated[str, F(1)] = always(str)
    version: Annotated[str, F(2)] = always(str)
    resource: Annotated[str, F(3)] = always(str)


class LabelSelector(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.LabelSelector"
    match_labels: Annotated[dict[str, str], F(1)] = {}
    match_expressions: Annotated[list[LabelSelectorRequirement], F(2, list_type="atomic")] = []


class LabelSelectorRequirement(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement"
    key: Annotated[str, F(1, required=True)] = always(str)
    operator: Annotated[str, F(2, required=True)] = always(str)
    values: Annotated[list[str], F(3, list_type="atomic")] = []


class List(ListObject):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.List"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "List")
    items: Annotated[list[RawJSON], F(2)] = always(list)


class PartialObjectMetadata(Object):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata"
    api_version: str = always(lambda: "meta.k8s.io/v1")
    kind: str = always(lambda: "PartialObjectMetadata")


class PartialObjectMetadataList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.PartialObjectMetadataList"
    api_version: str = always(lambda: "meta.k8s.io/v1")
    kind: str = always(lambda: "PartialObjectMetadataList")
    items: Annotated[list[PartialObjectMetadata], F(2)] = always(list)


class Patch(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.Patch"


class Preconditions(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.Preconditions"
    uid: Annotated[str | None, F(1)] = None
    resource_version: Annotated[str | None, F(2)] = None


class ServerAddressByClientCIDR(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR"
    client_cidr: Annotated[str, F(1, required=True)] = always(str, name="clientCIDR")
    server_address: Annotated[str, F(2, required=True)] = always(str)


class Status(TopLevel):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.Status"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "Status")
    metadata: Annotated[ListMeta, F(1)] = always(ListMeta)
    status: Annotated[str, F(2)] = ""
    message: Annotated[str, F(3)] = ""
    reason: Annotated[str, F(4)] = ""
    details: Annotated[StatusDetails | None, F(5)] = None
    code: Annotated[Int32, F(6)] = 0


class StatusCause(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.StatusCause"
    reason: Annotated[str, F(1)] = ""
    message: Annotated[str, F(2)] = ""
    field: Annotated[str, F(3)] = ""


class StatusDetails(Struct):
    PROTO: ClassVar[str] = "k8s.io.apimachinery.pkg.apis.meta.v1.StatusDetails"
    name: Annotated[str, F(1)] = ""
    group: Annotated[str, F(2)] = ""
    kind: Annotated[str, F(3)] = ""
    causes: Annotated[list[StatusCause], F(4, list_type="atomic")] = []
    retry_after_seconds: Annotated[Int32, F(5)] = 0
    uid: Annotated[str, F(6)] = ""
