"""Kinds and types of API group version `apidiscovery.k8s.io/v2`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.fields import F, Struct, always
from minik8s.api.objects import ListObject


class APIGroupDiscovery(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apidiscovery.v2.APIGroupDiscovery"
    metadata: Annotated[meta_v1.ObjectMeta, F(1)] = always(meta_v1.ObjectMeta)
    versions: Annotated[list[APIVersionDiscovery], F(2)] = []


class APIGroupDiscoveryList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.apidiscovery.v2.APIGroupDiscoveryList"
    api_version: str = always(lambda: "apidiscovery.k8s.io/v2")
    kind: str = always(lambda: "APIGroupDiscoveryList")
    items: Annotated[list[APIGroupDiscovery], F(2)] = always(list)


class APIResourceDiscovery(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apidiscovery.v2.APIResourceDiscovery"
    resource: Annotated[str, F(1)] = always(str)
    response_kind: Annotated[meta_v1.GroupVersionKind | None, F(2)] = None
    scope: Annotated[str, F(3)] = always(str)
    singular_resource: Annotated[str, F(4)] = always(str)
    verbs: Annotated[list[str], F(5)] = always(list)
    short_names: Annotated[list[str], F(6)] = []
    categories: Annotated[list[str], F(7)] = []
    subresources: Annotated[list[APISubresourceDiscovery], F(8)] = []


class APISubresourceDiscovery(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apidiscovery.v2.APISubresourceDiscovery"
    subresource: Annotated[str, F(1)] = always(str)
    response_kind: Annotated[meta_v1.GroupVersionKind | None, F(2)] = None
    accepted_types: Annotated[list[meta_v1.GroupVersionKind], F(3)] = []
    verbs: Annotated[list[str], F(4)] = always(list)


class APIVersionDiscovery(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apidiscovery.v2.APIVersionDiscovery"
    version: Annotated[str, F(1)] = always(str)
    resources: Annotated[list[APIResourceDiscovery], F(2)] = []
    freshness: Annotated[str, F(3)] = ""
