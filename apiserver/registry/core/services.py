"""Services: the strategy; what is checked lies in `service_validation`, what changes with the type in `service_types`.

Addresses and ports are handed out by the caller, after validation; `normalize_cluster_ips` and
`keep_allocated_values` run before it on every write.
"""

from __future__ import annotations

from apiserver.registry.addresses import cidr_warnings, ip_warnings
from apiserver.registry.core.service_types import (
    drop_type_dependent,
    externally_accessible,
    keep_allocated_values,
    normalize_cluster_ips,
)
from apiserver.registry.core.service_validation import (
    validate_new_service,
    validate_service_change,
    validate_service_status,
)
from apiserver.registry.errors import Errors
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.core_v1 import (
    ClientIPConfig,
    LoadBalancerStatus,
    Service,
    ServiceStatus,
    SessionAffinityConfig,
)

_AFFINITY_SECONDS = 10800
_OLD_HINTS = "service.kubernetes.io/topology-aware-hints"
_MODE = "service.kubernetes.io/topology-mode"


def _default_affinity(service: Service) -> None:
    spec = service.spec
    spec.session_affinity = spec.session_affinity or "None"
    if spec.session_affinity == "None":
        spec.session_affinity_config = None
    elif spec.session_affinity == "ClientIP":
        config = spec.session_affinity_config
        if config is None or config.client_ip is None or config.client_ip.timeout_seconds is None:
            spec.session_affinity_config = SessionAffinityConfig(
                client_ip=ClientIPConfig(timeout_seconds=_AFFINITY_SECONDS)
            )


def _warnings(service: Service) -> list[str]:
    spec = service.spec
    found = []
    if _OLD_HINTS in service.metadata.annotations:
        found.append(f"annotation {_OLD_HINTS} is deprecated, please use {_MODE} instead")
    headless = spec.type == "ClusterIP" and spec.cluster_ip == "None"
    if spec.cluster_ip and spec.cluster_ip != "None":
        for index, address in enumerate(spec.cluster_ips):
            found += ip_warnings(address, f"spec.clusterIPs[{index}]")
    if headless:
        if spec.load_balancer_ip:
            found.append("spec.loadBalancerIP is ignored for headless services")
        if spec.external_ips:
            found.append("spec.externalIPs is ignored for headless services")
        if spec.session_affinity != "None":
            found.append("spec.SessionAffinity is ignored for headless services")
    for index, address in enumerate(spec.external_ips):
        found += ip_warnings(address, f"spec.externalIPs[{index}]")
    if spec.external_ips and not headless and spec.type != "ExternalName":
        found.append("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
    if spec.load_balancer_ip:
        found += ip_warnings(spec.load_balancer_ip, "spec.loadBalancerIP")
    for index, value in enumerate(spec.load_balancer_source_ranges):
        found += cidr_warnings(value, f"spec.loadBalancerSourceRanges[{index}]")
    if spec.type == "ExternalName" and spec.external_ips:
        found.append('spec.externalIPs is ignored when spec.type is "ExternalName"')
    if spec.type != "ExternalName" and spec.external_name:
        found.append('spec.externalName is ignored when spec.type is not "ExternalName"')
    if spec.traffic_distribution == "PreferClose":
        found.append('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
    return found


class ServiceStrategy(Strategy[Service]):
    """A stable address for some pods."""

    allow_create_on_update = True
    short_names = ("svc",)
    categories = ("all",)
    selectable = ("spec.clusterIP", "spec.type")

    def default(self, obj: Service, request: Request) -> None:
        """A cluster address for TCP ports, reached from everywhere alike."""
        spec = obj.spec
        _default_affinity(obj)
        spec.type = spec.type or "ClusterIP"
        for port in spec.ports:
            if not port.protocol:
                port.protocol = "TCP"
            if port.target_port in (0, ""):
                port.target_port = port.port
        if externally_accessible(spec) and not spec.external_traffic_policy:
            spec.external_traffic_policy = "Cluster"
        if spec.internal_traffic_policy is None and spec.type in ("NodePort", "LoadBalancer", "ClusterIP"):
            spec.internal_traffic_policy = "Cluster"
        if spec.type == "LoadBalancer":
            if spec.allocate_load_balancer_node_ports is None:
                spec.allocate_load_balancer_node_ports = True
            for ingress in obj.status.load_balancer.ingress:
                if ingress.ip and ingress.ip_mode is None:
                    ingress.ip_mode = "VIP"

    def prepare_for_create(self, obj: Service, request: Request) -> None:
        """No status yet."""
        obj.status = ServiceStatus()
        normalize_cluster_ips(obj, None)

    def validate(self, obj: Service, request: Request) -> Errors:
        """Ports, addresses, policies."""
        return validate_new_service(obj)

    def canonicalize(self, obj: Service) -> None:
        """A name outside the cluster has no traffic inside it."""
        if obj.spec.type == "ExternalName":
            obj.spec.internal_traffic_policy = None

    def warnings_on_create(self, obj: Service) -> list[str]:
        """Fields without effect, unusual addresses."""
        return _warnings(obj)

    def prepare_for_update(self, new: Service, old: Service, request: Request) -> None:
        """The status stays; what was handed out stays, unless the new type has no use for it."""
        new.status = old.status
        keep_allocated_values(new, old)
        normalize_cluster_ips(new, old)
        drop_type_dependent(new, old)
        if new.spec.type != "LoadBalancer" and new.status.load_balancer.ingress:
            new.status = ServiceStatus(load_balancer=LoadBalancerStatus(), conditions=new.status.conditions)

    def validate_update(self, new: Service, old: Service, request: Request) -> Errors:
        """Addresses stay."""
        return validate_service_change(new, old)

    def warnings_on_update(self, new: Service, old: Service) -> list[str]:
        """Fields without effect, unusual addresses."""
        return _warnings(new)

    def select(self, obj: Service) -> dict[str, str]:
        """By address and type."""
        return {"spec.clusterIP": obj.spec.cluster_ip, "spec.type": obj.spec.type}


class ServiceStatusStrategy(StatusStrategy[Service]):
    """What the load balancer says."""

    def validate_update(self, new: Service, old: Service, request: Request) -> Errors:
        """Addresses of the load balancer."""
        return validate_service_status(new, old)

    def warnings_on_update(self, new: Service, old: Service) -> list[str]:
        """Unusual addresses."""
        found = []
        for index, ingress in enumerate(new.status.load_balancer.ingress):
            if ingress.ip:
                found += ip_warnings(ingress.ip, f"status.loadBalancer.ingress[{index}]")
        return found


STRATEGY = ServiceStrategy()
STRATEGY.subresources = {"status": ServiceStatusStrategy()}
