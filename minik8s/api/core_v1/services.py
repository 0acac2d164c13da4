"""Core v1 services."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.core_v1.references import ObjectReference
from minik8s.api.fields import F, Int32, IntOrString, Struct, always, field
from minik8s.api.objects import ListObject, Object


class ClientIPConfig(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ClientIPConfig"
    timeout_seconds: Annotated[Int32 | None, F(1)] = None


class EndpointAddress(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EndpointAddress"
    ip: Annotated[str, F(1, required=True)] = always(str)
    target_ref: Annotated[ObjectReference | None, F(2)] = None
    hostname: Annotated[str, F(3)] = ""
    node_name: Annotated[str | None, F(4)] = None


class EndpointPort(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EndpointPort"
    name: Annotated[str, F(1)] = ""
    port: Annotated[Int32, F(2, required=True)] = always(int)
    protocol: Annotated[str, F(3, enum=("SCTP", "TCP", "UDP",))] = ""
    app_protocol: Annotated[str | None, F(4)] = None


class EndpointSubset(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EndpointSubset"
    addresses: Annotated[list[EndpointAddress], F(1, list_type="atomic")] = []
    not_ready_addresses: Annotated[list[EndpointAddress], F(2, list_type="atomic")] = []
    ports: Annotated[list[EndpointPort], F(3, list_type="atomic")] = []


class Endpoints(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Endpoints"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "Endpoints")
    subsets: Annotated[list[EndpointSubset], F(2, list_type="atomic")] = []


class EndpointsList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EndpointsList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "EndpointsList")
    items: Annotated[list[Endpoints], F(2, required=True)] = always(list)


class LoadBalancerIngress(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.LoadBalancerIngress"
    ip: Annotated[str, F(1)] = ""
    hostname: Annotated[str, F(2)] = ""
    ip_mode: Annotated[str | None, F(3)] = None
    ports: Annotated[list[PortStatus], F(4, list_type="atomic")] = []


class LoadBalancerStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.LoadBalancerStatus"
    ingress: Annotated[list[LoadBalancerIngress], F(1, list_type="atomic")] = []


class PortStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PortStatus"
    port: Annotated[Int32, F(1, required=True)] = always(int)
    protocol: Annotated[str, F(2, required=True, enum=("SCTP", "TCP", "UDP",))] = always(str)
    error: Annotated[str | None, F(3)] = None


class ServiceSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ServiceSpec"
    ports: Annotated[list[ServicePort], F(1, patch="merge", merge_key="port", list_type="map", list_map_keys=("port", "protocol",))] = []
    selector: Annotated[dict[str, str], F(2, map_type="atomic")] = {}
    cluster_ip: Annotated[str, F(3)] = field(default="", name="clusterIP")
    type: Annotated[str, F(4, enum=("ClusterIP", "ExternalName", "LoadBalancer", "NodePort",))] = ""
    external_ips: Annotated[list[str], F(5, list_type="atomic")] = field(default_factory=list, name="externalIPs")
    session_affinity: Annotated[str, F(7, enum=("ClientIP", "None",))] = ""
    load_balancer_ip: Annotated[str, F(8)] = field(default="", name="loadBalancerIP")
    load_balancer_source_ranges: Annotated[list[str], F(9, list_type="atomic")] = []
    external_name: Annotated[str, F(10)] = ""
    external_traffic_policy: Annotated[str, F(11, enum=("Cluster", "Local",))] = ""
    health_check_node_port: Annotated[Int32, F(12)] = 0
    publish_not_ready_addresses: Annotated[bool, F(13)] = False
    session_affinity_config: Annotated[SessionAffinityConfig | None, F(14)] = None
    ip_family_policy: Annotated[str | None, F(17, enum=("PreferDualStack", "RequireDualStack", "SingleStack",))] = None
    cluster_ips: Annotated[list[str], F(18, list_type="atomic")] = field(default_factory=list, name="clusterIPs")
    ip_families: Annotated[list[str], F(19, enum=("", "IPv4", "IPv6",), list_type="atomic")] = []
    allocate_load_balancer_node_ports: Annotated[bool | None, F(20)] = None
    load_balancer_class: Annotated[str | None, F(21)] = None
    internal_traffic_policy: Annotated[str | None, F(22, enum=("Cluster", "Local",))] = None
    traffic_distribution: Annotated[str | None, F(23)] = None


class ServiceStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ServiceStatus"
    load_balancer: Annotated[LoadBalancerStatus, F(1)] = always(LoadBalancerStatus)
    conditions: Annotated[list[meta_v1.Condition], F(2, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class Service(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Service"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "Service")
    spec: Annotated[ServiceSpec, F(2)] = always(ServiceSpec)
    status: Annotated[ServiceStatus, F(3)] = always(ServiceStatus)


class ServiceList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ServiceList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ServiceList")
    items: Annotated[list[Service], F(2, required=True)] = always(list)


class ServicePort(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ServicePort"
    name: Annotated[str, F(1)] = ""
    protocol: Annotated[str, F(2, enum=("SCTP", "TCP", "UDP",), default='TCP')] = ""
    port: Annotated[Int32, F(3, required=True)] = always(int)
    target_port: Annotated[IntOrString, F(4)] = always(int)
    node_port: Annotated[Int32, F(5)] = 0
    app_protocol: Annotated[str | None, F(6)] = None


class SessionAffinityConfig(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SessionAffinityConfig"
    client_ip: Annotated[ClientIPConfig | None, F(1)] = field(default=None, name="clientIP")
