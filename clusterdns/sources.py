"""The zone's look-ups over informer caches."""

from __future__ import annotations

from collections.abc import Callable

from clusterdns.zone import Source
from minik8s.api.core_v1 import Namespace, Pod, Service
from minik8s.api.discovery_v1 import EndpointSlice
from minik8s.client.informer import Informers


def _owner(piece: EndpointSlice) -> list[str]:
    return [f"{piece.metadata.namespace}/{piece.metadata.labels.get('kubernetes.io/service-name', '')}"]


def _slice_ips(piece: EndpointSlice) -> list[str]:
    return list({a for endpoint in piece.endpoints if endpoint.hostname for a in endpoint.addresses})


def _service_ips(service: Service) -> list[str]:
    ips = service.spec.cluster_ips or [service.spec.cluster_ip]
    return [ip for ip in ips if ip not in ("", "None")]


def _pod_ips(pod: Pod) -> list[str]:
    return [f"{pod.metadata.namespace}/{pod.status.pod_ip}"] if pod.status.pod_ip else []


def source_of(informers: Informers, changed: Callable[[], None], verify_pods: bool = False) -> Source:
    """A source that calls `changed` on every change; Pods are only watched when their names must be verified."""
    services = informers.of(Service, indexers={"ip": _service_ips})
    slices = informers.of(EndpointSlice, indexers={"service": _owner, "ip": _slice_ips})
    namespaces = informers.of(Namespace)
    pods = informers.of(Pod, indexers={"ip": _pod_ips}) if verify_pods else None

    def tell(old: object, new: object) -> None:
        changed()

    services.on_change(tell)
    slices.on_change(tell)
    namespaces.on_change(tell)
    if pods is not None:
        pods.on_change(tell)
    return Source(
        service=lambda namespace, name: services.get(name, namespace),
        slices=lambda namespace, name: slices.by_index("service", f"{namespace}/{name}"),
        has_namespace=lambda name: namespaces.get(name) is not None,
        services_by_ip=lambda ip: services.by_index("ip", ip),
        slices_by_ip=lambda ip: slices.by_index("ip", ip),
        pod_exists=None if pods is None else lambda namespace, ip: bool(pods.by_index("ip", f"{namespace}/{ip}")),
    )
