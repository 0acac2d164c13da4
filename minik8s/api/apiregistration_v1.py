"""Kinds and types of API group version `apiregistration.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, Int32, NoneType, Struct, Time, always, field
from minik8s.api.objects import ListObject, Object


class APIServiceSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceSpec"
    service: Annotated[ServiceReference | None, F(1)] = None
    group: Annotated[str, F(2)] = ""
    version: Annotated[str, F(3)] = ""
    insecure_skip_tls_verify: Annotated[bool, F(4)] = field(default=False, name="insecureSkipTLSVerify")
    ca_bundle: Annotated[bytes, F(5, list_type="atomic")] = b""
    group_priority_minimum: Annotated[Int32, F(7, required=True)] = always(int)
    version_priority: Annotated[Int32, F(8, required=True)] = always(int)


class APIServiceStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceStatus"
    conditions: Annotated[list[APIServiceCondition], F(1, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class APIService(Object):
    PROTO: ClassVar[str] = "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIService"
    api_version: str = always(lambda: "apiregistration.k8s.io/v1")
    kind: str = always(lambda: "APIService")
    spec: Annotated[APIServiceSpec, F(2)] = always(APIServiceSpec)
    status: Annotated[APIServiceStatus, F(3)] = always(APIServiceStatus)


class APIServiceCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_transition_time: Annotated[Time | None, F(3)] = always(NoneType)
    reason: Annotated[str, F(4)] = ""
    message: Annotated[str, F(5)] = ""


class APIServiceList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceList"
    api_version: str = always(lambda: "apiregistration.k8s.io/v1")
    kind: str = always(lambda: "APIServiceList")
    items: Annotated[list[APIService], F(2, required=True)] = always(list)


class ServiceReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.ServiceReference"
    namespace: Annotated[str, F(1)] = ""
    name: Annotated[str, F(2)] = ""
    port: Annotated[Int32 | None, F(3)] = None
