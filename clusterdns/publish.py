"""The Service kube-dns and the EndpointSlice that leads to this process, for clusters where nobody else keeps them."""

from __future__ import annotations

from minik8s.api.core_v1 import Service, ServicePort, ServiceSpec
from minik8s.api.discovery_v1 import Endpoint, EndpointConditions, EndpointPort, EndpointSlice
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.api import ApiClient
from minik8s.client.errors import AlreadyExists

NAME, NAMESPACE = "kube-dns", "kube-system"
_PORTS = (("dns", "UDP"), ("dns-tcp", "TCP"))


def service(cluster_ip: str) -> Service:
    """The Service, without a selector."""
    labels = {"k8s-app": NAME, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
    ports = [ServicePort(name=name, port=53, protocol=protocol) for name, protocol in _PORTS]
    meta = ObjectMeta(name=NAME, namespace=NAMESPACE, labels=labels)
    return Service(metadata=meta, spec=ServiceSpec(cluster_ip=cluster_ip, ports=ports))


def endpoints(address: str, port: int) -> EndpointSlice:
    """The EndpointSlice that leads to a DNS server at `address`."""
    labels = {"kubernetes.io/service-name": NAME, "endpointslice.kubernetes.io/managed-by": "minik8s"}
    return EndpointSlice(
        metadata=ObjectMeta(name=f"{NAME}-1", namespace=NAMESPACE, labels=labels),
        address_type="IPv4",
        ports=[EndpointPort(name=name, port=port, protocol=protocol) for name, protocol in _PORTS],
        endpoints=[Endpoint(addresses=[address], conditions=EndpointConditions(ready=True))],
    )


async def publish(client: ApiClient, cluster_ip: str, address: str, port: int) -> None:
    """Create what is missing and correct the address. Raises ApiError."""
    wanted = endpoints(address, port)
    try:
        await client.create(service(cluster_ip))
    except AlreadyExists:
        pass
    try:
        await client.create(wanted)
    except AlreadyExists:
        held = await client.get(EndpointSlice, f"{NAME}-1", NAMESPACE)
        if held.endpoints != wanted.endpoints or held.ports != wanted.ports:
            held.endpoints, held.ports = wanted.endpoints, wanted.ports
            await client.update(held)
