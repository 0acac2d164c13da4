"""The service load balancer controller of minik8s: what klipper-lb is to k3s.

Every node answers at a service's ports on its own addresses (the proxy programs `status.loadBalancer` addresses),
so a LoadBalancer gets the addresses of ready nodes at which nobody else answers at its ports. A service with
`loadBalancerClass` belongs to somebody else.
"""

from __future__ import annotations

import ipaddress

from controllers.options import Options
from controllers.servicelb.ports import ports_of, taken_by_nodes, taken_by_others
from controllers.shared import pods
from controllers.shared.services import INDEXERS as SERVICE_INDEXERS
from controllers.shared.services import POD_INDEXERS, follow_pods, may_be_endpoint, selected
from minik8s.api.core_v1 import Endpoints, LoadBalancerIngress, LoadBalancerStatus, Node, Pod, Service
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.conditions import is_true
from minik8s.machinery.copy import deep_copy

CLASS = "minik8s.io/service-lb"
EXCLUDE = "node.kubernetes.io/exclude-from-external-load-balancers"


class ServiceLBController:
    """Writes node addresses into `status.loadBalancer.ingress`."""

    name = "service-lb-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch services and nodes; pods matter to services with external traffic policy Local."""
        self._ctx = ctx
        self._services: Informer[Service] = ctx.watch(Service, indexers=SERVICE_INDEXERS)
        self._services.on_change(self._service_changed)
        self._endpoints: Informer[Endpoints] = ctx.informers.of(Endpoints)
        self._nodes: Informer[Node] = ctx.informers.of(Node)
        self._nodes.on_change(self._node_changed)
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers=POD_INDEXERS)
        follow_pods(self._pods, self._services, self._pod_changed)

    def _service_changed(self, old: Service | None, new: Service | None) -> None:
        """What one load balancer leaves free another may have waited for."""
        if old is None or old.spec.type != "LoadBalancer":
            return
        if new is not None and old.status == new.status and ports_of(old) == ports_of(new):
            return
        for other in self._services.list():
            if other.spec.type == "LoadBalancer" and ports_of(other) & ports_of(old):
                self._ctx.enqueue_object(other)

    def _node_changed(self, old: Node | None, new: Node | None) -> None:
        if old is None or new is None or _facts(old) != _facts(new):
            for service in self._services.list():
                if service.spec.type == "LoadBalancer":
                    self._ctx.enqueue_object(service)

    def _pod_changed(self, key: str) -> None:
        service = self._services.get_key(key)
        if service is not None and service.spec.type == "LoadBalancer" and _is_local(service):
            self._ctx.enqueue(key)

    async def reconcile(self, key: str) -> float | None:
        """Give one service its addresses, or take ours away."""
        service = self._services.get_key(key)
        if service is None or service.metadata.deletion_timestamp is not None:
            return None
        if service.spec.type != "LoadBalancer":
            if service.status.load_balancer.ingress:
                await self._write(service, [])
            return None
        if service.spec.load_balancer_class not in (None, CLASS):
            return None
        wanted = self._addresses(service)
        held = [one.ip for one in service.status.load_balancer.ingress]
        if held != wanted:
            await self._write(service, wanted)
        if held != wanted or not wanted:
            self._tell(service, wanted)
        return None

    def _addresses(self, service: Service) -> list[str]:
        nodes = [node for node in self._nodes.list() if _is_usable(node)]
        if _is_local(service):
            hosts = {
                pod.spec.node_name
                for pod in selected(self._pods, service)
                if may_be_endpoint(pod, False) and pods.is_ready(pod)
            }
            nodes = [node for node in nodes if node.metadata.name in hosts]
        families = service.spec.ip_families or ["IPv4"]
        found = {address for node in nodes for address in _addresses_of(node, families)}
        found -= taken_by_others(service, (one for one in self._services.list() if one.spec.type == "LoadBalancer"))
        found -= taken_by_nodes(service, nodes, self._endpoints.get("kubernetes", "default"))
        asked = service.spec.load_balancer_ip
        if asked and asked in found:
            return [asked]
        return sorted(found, key=lambda text: (":" in text, ipaddress.ip_address(text)))

    async def _write(self, service: Service, addresses: list[str]) -> None:
        changed = deep_copy(service)
        ingress = [LoadBalancerIngress(ip=address, ip_mode="VIP") for address in addresses]
        changed.status.load_balancer = LoadBalancerStatus(ingress=ingress)
        try:
            await self._ctx.client.update(changed, "status")
        except NotFound:
            return

    def _tell(self, service: Service, addresses: list[str]) -> None:
        if addresses:
            text = f"Ensured load balancer with addresses {', '.join(addresses)}"
            self._ctx.recorder.event(service, "Normal", "EnsuredLoadBalancer", text)
        else:
            text = f"There are no available nodes for LoadBalancer {key_of(service)}, or its ports are taken there"
            self._ctx.recorder.event(service, "Warning", "UnAvailableLoadBalancer", text)


def _is_local(service: Service) -> bool:
    return service.spec.external_traffic_policy == "Local"


def _is_usable(node: Node) -> bool:
    if EXCLUDE in node.metadata.labels or node.metadata.deletion_timestamp is not None:
        return False
    return is_true(node.status.conditions, "Ready")


def _addresses_of(node: Node, families: list[str]) -> list[str]:
    """The node's external addresses, or its internal ones where it has no external ones."""
    for type_ in ("ExternalIP", "InternalIP"):
        found = [a.address for a in node.status.addresses if a.type == type_]
        fitting = [a for a in found if ("IPv6" if ":" in a else "IPv4") in families]
        if fitting:
            return fitting
    return []


def _facts(node: Node) -> tuple[object, ...]:
    addresses = [(a.type, a.address) for a in node.status.addresses]
    return addresses, _is_usable(node)


def make(options: Options) -> ServiceLBController:
    """The controller, for the catalog."""
    return ServiceLBController()
