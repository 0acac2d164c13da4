"""Kinds and types of API group version `discovery.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import core_v1
from minik8s.api.fields import F, Int32, NullableList, Struct, always, nullable
from minik8s.api.objects import ListObject, Object


class EndpointConditions(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.discovery.v1.EndpointConditions"
    ready: Annotated[bool | None, F(1)] = None
    serving: Annotated[bool | None, F(2)] = None
    terminating: Annotated[bool | None, F(3)] = None


class Endpoint(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.discovery.v1.Endpoint"
    addresses: Annotated[list[str], F(1, required=True, list_type="set")] = always(list)
    conditions: Annotated[EndpointConditions, F(2)] = always(EndpointConditions)
    hostname: Annotated[str | None, F(3)] = None
    target_ref: Annotated[core_v1.ObjectReference | None, F(4)] = None
    deprecated_topology: Annotated[dict[str, str], F(5)] = {}
    node_name: Annotated[str | None, F(6)] = None
    zone: Annotated[str | None, F(7)] = None
    hints: Annotated[EndpointHints | None, F(8)] = None


class EndpointHints(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.discovery.v1.EndpointHints"
    for_zones: Annotated[list[ForZone], F(1, list_type="atomic")] = []
    for_nodes: Annotated[list[ForNode], F(2, list_type="atomic")] = []


class EndpointPort(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.discovery.v1.EndpointPort"
    name: Annotated[str | None, F(1)] = None
    protocol: Annotated[str | None, F(2, enum=("SCTP", "TCP", "UDP",))] = None
    port: Annotated[Int32 | None, F(3)] = None
    app_protocol: Annotated[str | None, F(4)] = None


class EndpointSlice(Object):
    PROTO: ClassVar[str] = "k8s.io.api.discovery.v1.EndpointSlice"
    api_version: str = always(lambda: "discovery.k8s.io/v1")
    kind: str = always(lambda: "EndpointSlice")
    endpoints: Annotated[NullableList[Endpoint], F(2, list_type="atomic")] = nullable()
    ports: Annotated[NullableList[EndpointPort], F(3, list_type="atomic")] = nullable()
    address_type: Annotated[str, F(4, required=True, enum=("FQDN", "IPv4", "IPv6",))] = always(str)


class EndpointSliceList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.discovery.v1.EndpointSliceList"
    api_version: str = always(lambda: "discovery.k8s.io/v1")
    kind: str = always(lambda: "EndpointSliceList")
    items: Annotated[list[EndpointSlice], F(2, required=True)] = always(list)


class ForNode(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.discovery.v1.ForNode"
    name: Annotated[str, F(1, required=True)] = always(str)


class ForZone(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.discovery.v1.ForZone"
    name: Annotated[str, F(1, required=True)] = always(str)
