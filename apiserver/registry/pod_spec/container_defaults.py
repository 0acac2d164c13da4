"""Defaults of containers: ports, probes, hooks, environment, image policy."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.registry.pod_spec.images import default_pull_policy
from apiserver.registry.pod_spec.resource_lists import round_up
from minik8s.api.core_v1 import Container, EphemeralContainerCommon, HTTPGetAction, Probe, ResourceRequirements

AnyContainer = Container | EphemeralContainerCommon
TERMINATION_MESSAGE_PATH = "/dev/termination-log"


def default_http_get(action: HTTPGetAction) -> None:
    """Path / and scheme HTTP."""
    if not action.path:
        action.path = "/"
    if not action.scheme:
        action.scheme = "HTTP"


def default_probe(probe: Probe) -> None:
    """One second of patience, every ten seconds, three failures, one success."""
    if not probe.timeout_seconds:
        probe.timeout_seconds = 1
    if not probe.period_seconds:
        probe.period_seconds = 10
    if not probe.success_threshold:
        probe.success_threshold = 1
    if not probe.failure_threshold:
        probe.failure_threshold = 3
    if probe.http_get is not None:
        default_http_get(probe.http_get)
    if probe.grpc is not None and probe.grpc.service is None:
        probe.grpc.service = ""


def default_requirements(resources: ResourceRequirements) -> None:
    """Round limits and requests."""
    if resources.limits:
        round_up(resources.limits)
    if resources.requests:
        round_up(resources.requests)


def _default_env(container: AnyContainer) -> None:
    for env in container.env:
        source = env.value_from
        if source is None:
            continue
        if source.field_ref is not None and not source.field_ref.api_version:
            source.field_ref.api_version = "v1"
        if source.file_key_ref is not None and source.file_key_ref.optional is None:
            source.file_key_ref.optional = False


def default_container(container: AnyContainer) -> None:
    """Fill one container in place."""
    if not container.image_pull_policy:
        container.image_pull_policy = default_pull_policy(container.image)
    if not container.termination_message_path:
        container.termination_message_path = TERMINATION_MESSAGE_PATH
    if not container.termination_message_policy:
        container.termination_message_policy = "File"
    for port in container.ports:
        if not port.protocol:
            port.protocol = "TCP"
    if container.env:
        _default_env(container)
    default_requirements(container.resources)
    for probe in (container.liveness_probe, container.readiness_probe, container.startup_probe):
        if probe is not None:
            default_probe(probe)
    lifecycle = container.lifecycle
    if lifecycle is not None:
        for hook in (lifecycle.post_start, lifecycle.pre_stop):
            if hook is not None and hook.http_get is not None:
                default_http_get(hook.http_get)


def publish_host_ports(containers: Iterable[AnyContainer]) -> None:
    """On the host network a container port is the host's port."""
    for container in containers:
        for port in container.ports:
            if not port.host_port:
                port.host_port = port.container_port
