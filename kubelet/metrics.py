"""What the kubelet counts of the lives of Pods and their containers, under Kubernetes' names."""

from __future__ import annotations

from collections.abc import Iterable

from kubelet.pods.declared import AnyContainer
from minik8s.api.core_v1 import ContainerStatus, EphemeralContainerCommon, PodSpec, PodStatus
from minik8s.daemon import metrics

_CONTAINER, _INIT, _EPHEMERAL = "container", "init_container", "ephemeral_container"


def pod_started() -> None:
    """Count a Pod's sandbox that runs."""
    metrics.counter("kubelet_started_pods_total", "Cumulative number of pods started").inc()


def container_started(spec: PodSpec, container: AnyContainer) -> None:
    """Count a container that runs."""
    kind = _CONTAINER
    if isinstance(container, EphemeralContainerCommon):
        kind = _EPHEMERAL
    elif any(container.name == each.name for each in spec.init_containers):
        kind = _INIT
    text = "Cumulative number of containers started"
    metrics.counter("kubelet_started_containers_total", text, ("container_type",)).labels(kind).inc()


def count_ended(old: PodStatus, new: PodStatus) -> None:
    """Count the containers that have ended since the status before."""
    _ended(old.init_container_statuses, new.init_container_statuses, _INIT)
    _ended(old.container_statuses, new.container_statuses, _CONTAINER)
    _ended(old.ephemeral_container_statuses, new.ephemeral_container_statuses, _EPHEMERAL)


def _ended(old: Iterable[ContainerStatus], new: Iterable[ContainerStatus], kind: str) -> None:
    known = {status.name for status in old if status.state.terminated is not None}
    for status in new:
        ended = status.state.terminated
        if ended is None or status.name in known:
            continue
        text, labels = "Cumulative number of container terminations.", ("container_type", "exit_code", "reason")
        counter = metrics.counter("kubelet_terminated_containers_total", text, labels)
        counter.labels(kind, str(ended.exit_code), ended.reason).inc()
