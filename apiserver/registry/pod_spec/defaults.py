"""Defaults of pod specs: those every pod template gets, and those only a Pod gets."""

from __future__ import annotations

from apiserver.registry.pod_spec.container_defaults import (
    default_container,
    default_requirements,
    publish_host_ports,
)
from apiserver.registry.pod_spec.resource_lists import (
    aggregate_limits,
    aggregate_requests,
    fill_requests_from_limits,
    is_huge_page,
    is_pod_level,
    round_up,
)
from apiserver.registry.pod_spec.volume_defaults import default_volume
from minik8s.api.core_v1 import Pod, PodSecurityContext, PodSpec

GRACE_PERIOD_SECONDS = 30
SCHEDULER = "default-scheduler"


def default_pod_spec(spec: PodSpec) -> None:
    """Fill a pod spec in place, as in every pod template."""
    if not spec.dns_policy:
        spec.dns_policy = "ClusterFirst"
    if not spec.restart_policy:
        spec.restart_policy = "Always"
    if spec.security_context is None:
        spec.security_context = PodSecurityContext()
    if spec.termination_grace_period_seconds is None:
        spec.termination_grace_period_seconds = GRACE_PERIOD_SECONDS
    if not spec.scheduler_name:
        spec.scheduler_name = SCHEDULER
    # The older name of the field is kept equal to the newer one.
    if spec.service_account_name:
        spec.service_account = spec.service_account_name
    elif spec.service_account:
        spec.service_account_name = spec.service_account
    for volume in spec.volumes:
        default_volume(volume)
    for container in spec.init_containers:
        default_container(container)
    for container in spec.containers:
        default_container(container)
    for ephemeral in spec.ephemeral_containers:
        default_container(ephemeral)
    if spec.overhead:
        round_up(spec.overhead)
    if spec.resources is not None:
        default_requirements(spec.resources)


def _default_pod_resources(spec: PodSpec) -> None:
    resources = spec.resources
    if resources is None:
        return
    if resources.limits or resources.requests:
        for name, value in aggregate_limits(spec).items():
            if is_huge_page(name) and name not in resources.requests and name not in resources.limits:
                resources.limits[name] = value
    if resources.limits:
        for name, value in aggregate_requests(spec).items():
            if name not in resources.requests and is_pod_level(name) and not is_huge_page(name):
                resources.requests[name] = value
        for name, value in resources.limits.items():
            if name not in resources.requests and is_pod_level(name):
                resources.requests[name] = value


def default_pod(pod: Pod) -> None:
    """Fill a Pod in place."""
    spec = pod.spec
    fill_requests_from_limits(spec.containers)
    if spec.init_containers:
        fill_requests_from_limits(spec.init_containers)
    _default_pod_resources(spec)
    if spec.enable_service_links is None:
        spec.enable_service_links = True
    if spec.host_network:
        publish_host_ports(spec.containers)
        publish_host_ports(spec.init_containers)
    default_pod_spec(spec)
    if (spec.termination_grace_period_seconds or 0) < 0:
        # Only of Pods; templates keep what they say.
        spec.termination_grace_period_seconds = 1
    status = pod.status
    for statuses in (status.container_statuses, status.init_container_statuses, status.ephemeral_container_statuses):
        for container in statuses:
            round_up(container.allocated_resources)
            if container.resources is not None:
                default_requirements(container.resources)
