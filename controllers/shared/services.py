"""Services and the pods behind them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable

from controllers.shared import pods
from minik8s.api.core_v1 import Pod, Service, ServicePort
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of

HEADLESS_LABEL = "service.kubernetes.io/headless"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
_BY_SELECTOR = "selector-item"
_BY_LABEL = "label"


def is_headless(service: Service) -> bool:
    """Whether it has no address of its own."""
    return service.spec.cluster_ip == "None"


def by_selector(service: Service) -> list[str]:
    """Index: the first label a service selects by; who looks for a pod's services looks up the pod's labels."""
    if not service.spec.selector:
        return []
    key, value = min(service.spec.selector.items())
    return [f"{service.metadata.namespace}/{key}={value}"]


INDEXERS = {_BY_SELECTOR: by_selector}
"""The indexers of an informer of services that `selecting` is asked of."""


def by_label(pod: Pod) -> list[str]:
    """Index: every label of a pod, so that a service finds its pods without looking at all others."""
    namespace = pod.metadata.namespace
    return [f"{namespace}/{key}={value}" for key, value in pod.metadata.labels.items()]


POD_INDEXERS = {_BY_LABEL: by_label}
"""The indexers of an informer of pods that `selected` is asked of."""


def selecting(services: Informer[Service], namespace: str, labels: dict[str, str]) -> Iterable[Service]:
    """The services that select pods with those labels; `services` must have `INDEXERS`."""
    for key, value in labels.items():
        for service in services.by_index(_BY_SELECTOR, f"{namespace}/{key}={value}"):
            if service.spec.selector.items() <= labels.items():
                yield service


def selected(informer: Informer[Pod], service: Service) -> list[Pod]:
    """The pods a service selects; `informer` must have `POD_INDEXERS`."""
    wanted = service.spec.selector.items()
    if not wanted:
        return []
    key, value = min(wanted)
    candidates = informer.by_index(_BY_LABEL, f"{service.metadata.namespace}/{key}={value}")
    return [pod for pod in candidates if wanted <= pod.metadata.labels.items()]


def port_number(pod: Pod, port: ServicePort) -> int | None:
    """The pod's port behind a service's port; None when the pod has none of that name."""
    if isinstance(port.target_port, int):
        return port.target_port or port.port
    sidecars = [c for c in pod.spec.init_containers if c.restart_policy == "Always"]
    for container in [*pod.spec.containers, *sidecars]:
        for found in container.ports:
            if found.name == port.target_port and (found.protocol or "TCP") == (port.protocol or "TCP"):
                return found.container_port
    return None


def may_be_endpoint(pod: Pod, terminating: bool) -> bool:
    """Whether it has an address and did not end; `terminating` tells whether pods being deleted count."""
    if pods.is_terminal(pod) or not (pod.status.pod_ip or pod.status.pod_ips):
        return False
    return terminating or pod.metadata.deletion_timestamp is None


def pod_address(pod: Pod, family: str) -> str:
    """Its address of a family (IPv4, IPv6); "" without one."""
    for one in pod.status.pod_ips:
        if one.ip and (":" in one.ip) == (family == "IPv6"):
            return one.ip
    lone = pod.status.pod_ip if not pod.status.pod_ips else ""
    return lone if lone and address_family(lone) == family else ""


def address_family(address: str) -> str:
    """IPv4 or IPv6."""
    return "IPv6" if ":" in address else "IPv4"


def canonical(address: str) -> str:
    """An address as Kubernetes writes it; only those of IPv6 can be written in more than one way."""
    return str(ipaddress.ip_address(address)) if ":" in address else address


def hostname_of(pod: Pod, service: Service) -> str:
    """The host name DNS knows the pod by under that service; "" for none."""
    meta = service.metadata
    mine = pod.spec.hostname and pod.spec.subdomain == meta.name and pod.metadata.namespace == meta.namespace
    return pod.spec.hostname if mine else ""


def _facts(pod: Pod) -> tuple[object, ...]:
    status = pod.status
    return (
        pod.metadata.labels,
        pod.metadata.deletion_timestamp is not None,
        pods.is_ready(pod),
        pods.is_terminal(pod),
        status.pod_ip,
        [one.ip for one in status.pod_ips],
        pod.spec.node_name,
        pod.spec.hostname,
        pod.spec.subdomain,
    )


def follow_pods(informer: Informer[Pod], services: Informer[Service], enqueue: Callable[[str], None]) -> None:
    """Enqueue the services whose endpoints a change of a pod may change."""

    def changed(old: Pod | None, new: Pod | None) -> None:
        if old is not None and new is not None and _facts(old) == _facts(new):
            return
        for pod in (old, new):
            if pod is None or (pod is old and new is not None and new.metadata.labels == pod.metadata.labels):
                continue
            for service in selecting(services, pod.metadata.namespace, pod.metadata.labels):
                enqueue(key_of(service))

    informer.on_change(changed)


class TriggerTimes:
    """Which moment made the endpoints of a service change: what a data plane measures its delay from."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}

    def changed(self, service: Service, selected: list[Pod]) -> str:
        """The earliest change since the last call (RFC 3339), "" when nothing changed; a new service's creation.

        `selected` are all pods of the service: that one ended is what takes it out of the endpoints.
        """
        key = key_of(service)
        times = {p.metadata.name: c.last_transition_time or "" for p in selected if (c := pods.ready_condition(p))}
        known = self._known.get(key)
        self._known[key] = times
        if known is None:
            return service.metadata.creation_timestamp or ""
        return min((when for name, when in times.items() if when > known.get(name, "")), default="")

    def forget(self, key: str) -> None:
        """The service is gone."""
        self._known.pop(key, None)
