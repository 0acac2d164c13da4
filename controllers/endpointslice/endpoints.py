"""What a pod is as an endpoint of a service."""

from __future__ import annotations

from controllers.shared import pods
from controllers.shared.services import canonical, hostname_of, pod_address, port_number
from controllers.shared.slices import Ports
from minik8s.api.core_v1 import Node, ObjectReference, Pod, Service
from minik8s.api.discovery_v1 import Endpoint, EndpointConditions

ZONE = "topology.kubernetes.io/zone"


def endpoint_of(pod: Pod, service: Service, node: Node | None, family: str) -> Endpoint:
    """The endpoint; the pod must have an address of that family."""
    serving = pods.is_ready(pod)
    terminating = pod.metadata.deletion_timestamp is not None
    ready = (serving and not terminating) or service.spec.publish_not_ready_addresses
    meta = pod.metadata
    return Endpoint(
        addresses=[canonical(pod_address(pod, family))],
        conditions=EndpointConditions(ready=ready, serving=serving, terminating=terminating),
        hostname=hostname_of(pod, service) or None,
        target_ref=ObjectReference(kind="Pod", namespace=meta.namespace, name=meta.name, uid=meta.uid),
        node_name=pod.spec.node_name or None,
        zone=(node.metadata.labels.get(ZONE) if node is not None else None) or None,
    )


def ports_of(pod: Pod, service: Service) -> Ports:
    """The pod's ports behind the service's ports; those the pod does not have are left out."""
    found = []
    for port in service.spec.ports:
        number = port_number(pod, port)
        if number is not None:
            found.append((port.name, port.protocol or "TCP", number, port.app_protocol))
    return tuple(sorted(found, key=repr) if len(found) > 1 else found)


def families_of(service: Service) -> list[str]:
    """The address families a service wants endpoints of."""
    if service.spec.ip_families:
        return list(service.spec.ip_families)
    addresses = [ip for ip in service.spec.cluster_ips or [service.spec.cluster_ip] if ip and ip != "None"]
    return ["IPv6" if ":" in ip else "IPv4" for ip in addresses] or ["IPv4", "IPv6"]
