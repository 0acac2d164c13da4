"""Kinds and types of API group version `networking.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import core_v1, meta_v1
from minik8s.api.fields import F, Int32, IntOrString, NoneType, Struct, always
from minik8s.api.objects import ListObject, Object


class IngressBackend(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressBackend"
    resource: Annotated[core_v1.TypedLocalObjectReference | None, F(3)] = None
    service: Annotated[IngressServiceBackend | None, F(4)] = None


class HTTPIngressPath(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.HTTPIngressPath"
    path: Annotated[str, F(1)] = ""
    backend: Annotated[IngressBackend, F(2, required=True)] = always(IngressBackend)
    path_type: Annotated[str | None, F(3, required=True, enum=("Exact", "ImplementationSpecific", "Prefix",))] = always(NoneType)


class HTTPIngressRuleValue(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.HTTPIngressRuleValue"
    paths: Annotated[list[HTTPIngressPath], F(1, required=True, list_type="atomic")] = always(list)


class IPAddressSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IPAddressSpec"
    parent_ref: Annotated[ParentReference | None, F(1, required=True)] = None


class IPAddress(Object):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IPAddress"
    api_version: str = always(lambda: "networking.k8s.io/v1")
    kind: str = always(lambda: "IPAddress")
    spec: Annotated[IPAddressSpec, F(2, required=True)] = always(IPAddressSpec)


class IPAddressList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IPAddressList"
    api_version: str = always(lambda: "networking.k8s.io/v1")
    kind: str = always(lambda: "IPAddressList")
    items: Annotated[list[IPAddress], F(2, required=True)] = always(list)


class IPBlock(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IPBlock"
    cidr: Annotated[str, F(1, required=True)] = always(str)
    except_: Annotated[list[str], F(2, list_type="atomic")] = []


class IngressSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressSpec"
    default_backend: Annotated[IngressBackend | None, F(1)] = None
    tls: Annotated[list[IngressTLS], F(2, list_type="atomic")] = []
    rules: Annotated[list[IngressRule], F(3, list_type="atomic")] = []
    ingress_class_name: Annotated[str | None, F(4)] = None


class IngressLoadBalancerStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressLoadBalancerStatus"
    ingress: Annotated[list[IngressLoadBalancerIngress], F(1, list_type="atomic")] = []


class IngressStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressStatus"
    load_balancer: Annotated[IngressLoadBalancerStatus, F(1)] = always(IngressLoadBalancerStatus)


class Ingress(Object):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.Ingress"
    api_version: str = always(lambda: "networking.k8s.io/v1")
    kind: str = always(lambda: "Ingress")
    spec: Annotated[IngressSpec, F(2)] = always(IngressSpec)
    status: Annotated[IngressStatus, F(3)] = always(IngressStatus)


class IngressClassSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressClassSpec"
    controller: Annotated[str, F(1)] = ""
    parameters: Annotated[IngressClassParametersReference | None, F(2)] = None


class IngressClass(Object):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressClass"
    api_version: str = always(lambda: "networking.k8s.io/v1")
    kind: str = always(lambda: "IngressClass")
    spec: Annotated[IngressClassSpec, F(2)] = always(IngressClassSpec)


class IngressClassList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressClassList"
    api_version: str = always(lambda: "networking.k8s.io/v1")
    kind: str = always(lambda: "IngressClassList")
    items: Annotated[list[IngressClass], F(2, required=True)] = always(list)


class IngressClassParametersReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressClassParametersReference"
    api_group: Annotated[str | None, F(1)] = None
    kind: Annotated[str, F(2, required=True)] = always(str)
    name: Annotated[str, F(3, required=True)] = always(str)
    scope: Annotated[str | None, F(4)] = always(NoneType)
    namespace: Annotated[str | None, F(5)] = None


class IngressList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressList"
    api_version: str = always(lambda: "networking.k8s.io/v1")
    kind: str = always(lambda: "IngressList")
    items: Annotated[list[Ingress], F(2, required=True)] = always(list)


class IngressLoadBalancerIngress(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressLoadBalancerIngress"
    ip: Annotated[str, F(1)] = ""
    hostname: Annotated[str, F(2)] = ""
    ports: Annotated[list[IngressPortStatus], F(4, list_type="atomic")] = []


class IngressPortStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressPortStatus"
    port: Annotated[Int32, F(1, required=True)] = always(int)
    protocol: Annotated[str, F(2, required=True, enum=("SCTP", "TCP", "UDP",))] = always(str)
    error: Annotated[str | None, F(3)] = None


class IngressRuleValue(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressRuleValue"
    http: Annotated[HTTPIngressRuleValue | None, F(1)] = None


class IngressRule(IngressRuleValue):
    INLINE: ClassVar[dict[str, int]] = {"IngressRuleValue": 2}
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressRule"
    host: Annotated[str, F(1)] = ""


class ServiceBackendPort(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.ServiceBackendPort"
    name: Annotated[str, F(1)] = ""
    number: Annotated[Int32, F(2)] = 0


class IngressServiceBackend(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressServiceBackend"
    name: Annotated[str, F(1, required=True)] = always(str)
    port: Annotated[ServiceBackendPort, F(2)] = always(ServiceBackendPort)


class IngressTLS(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.IngressTLS"
    hosts: Annotated[list[str], F(1, list_type="atomic")] = []
    secret_name: Annotated[str, F(2)] = ""


class NetworkPolicySpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.NetworkPolicySpec"
    pod_selector: Annotated[meta_v1.LabelSelector, F(1)] = always(meta_v1.LabelSelector)
    ingress: Annotated[list[NetworkPolicyIngressRule], F(2, list_type="atomic")] = []
    egress: Annotated[list[NetworkPolicyEgressRule], F(3, list_type="atomic")] = []
    policy_types: Annotated[list[str], F(4, enum=("Egress", "Ingress",), list_type="atomic")] = []


class NetworkPolicy(Object):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.NetworkPolicy"
    api_version: str = always(lambda: "networking.k8s.io/v1")
    kind: str = always(lambda: "NetworkPolicy")
    spec: Annotated[NetworkPolicySpec, F(2)] = always(NetworkPolicySpec)


class NetworkPolicyEgressRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.NetworkPolicyEgressRule"
    ports: Annotated[list[NetworkPolicyPort], F(1, list_type="atomic")] = []
    to: Annotated[list[NetworkPolicyPeer], F(2, list_type="atomic")] = []


class NetworkPolicyIngressRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.NetworkPolicyIngressRule"
    ports: Annotated[list[NetworkPolicyPort], F(1, list_type="atomic")] = []
    from_: Annotated[list[NetworkPolicyPeer], F(2, list_type="atomic")] = []


class NetworkPolicyList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.NetworkPolicyList"
    api_version: str = always(lambda: "networking.k8s.io/v1")
    kind: str = always(lambda: "NetworkPolicyList")
    items: Annotated[list[NetworkPolicy], F(2, required=True)] = always(list)


class NetworkPolicyPeer(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.NetworkPolicyPeer"
    pod_selector: Annotated[meta_v1.LabelSelector | None, F(1)] = None
    namespace_selector: Annotated[meta_v1.LabelSelector | None, F(2)] = None
    ip_block: Annotated[IPBlock | None, F(3)] = None


class NetworkPolicyPort(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.NetworkPolicyPort"
    protocol: Annotated[str | None, F(1, enum=("SCTP", "TCP", "UDP",))] = None
    port: Annotated[IntOrString | None, F(2)] = None
    end_port: Annotated[Int32 | None, F(3)] = None


class ParentReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.ParentReference"
    group: Annotated[str, F(1)] = ""
    resource: Annotated[str, F(2, required=True)] = ""
    namespace: Annotated[str, F(3)] = ""
    name: Annotated[str, F(4, required=True)] = ""


class ServiceCIDRSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.ServiceCIDRSpec"
    cidrs: Annotated[list[str], F(1, list_type="atomic")] = []


class ServiceCIDRStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.ServiceCIDRStatus"
    conditions: Annotated[list[meta_v1.Condition], F(1, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class ServiceCIDR(Object):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.ServiceCIDR"
    api_version: str = always(lambda: "networking.k8s.io/v1")
    kind: str = always(lambda: "ServiceCIDR")
    spec: Annotated[ServiceCIDRSpec, F(2)] = always(ServiceCIDRSpec)
    status: Annotated[ServiceCIDRStatus, F(3)] = always(ServiceCIDRStatus)


class ServiceCIDRList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.networking.v1.ServiceCIDRList"
    api_version: str = always(lambda: "networking.k8s.io/v1")
    kind: str = always(lambda: "ServiceCIDRList")
    items: Annotated[list[ServiceCIDR], F(2, required=True)] = always(list)
