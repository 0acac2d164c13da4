"""The status of pods."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.registry import formats
from apiserver.registry.addresses import check_ip, one_of_each_family
from apiserver.registry.core.pod_changes import validate_annotation_change
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata_update
from apiserver.registry.pod_spec.rules import PodRules
from minik8s.api.core_v1 import (
    Container,
    ContainerStatus,
    Pod,
    PodExtendedResourceClaimStatus,
    PodSpec,
    PodStatus,
)
from minik8s.machinery import quantity
from minik8s.machinery.resource_names import is_native

_SYSTEM_CONDITIONS = ("PodScheduled", "Ready", "Initialized")
_HEALTH = ("Healthy", "Unhealthy", "Unknown")
_MAX_HEALTH_MESSAGE = 1024
_NO_RETURN = "may not be transitioned to non-terminated state"
_ONE_PER_FAMILY = "may specify no more than one IP for each IP family"


def keep_observed_generations(new: PodStatus, old: PodStatus) -> None:
    """Writers that know nothing of observed generations leave them as they are."""
    if not new.observed_generation:
        new.observed_generation = old.observed_generation
    known: dict[str, list[int]] = {}
    for condition in old.conditions:
        known.setdefault(condition.type, []).append(condition.observed_generation)
    for condition in new.conditions:
        before = known.get(condition.type)
        generation = before.pop(0) if before else 0
        if not condition.observed_generation:
            condition.observed_generation = generation


def _restarts(container: Container, spec: PodSpec, exit_code: int) -> bool:
    if container.restart_policy is not None:
        for rule in container.restart_policy_rules:
            codes = rule.exit_codes
            if codes is not None and (exit_code in codes.values) == (codes.operator == "In"):
                if rule.action in ("Restart", "RestartAllContainers"):
                    return True
                break
        if container.restart_policy in ("Always", "OnFailure", "Never"):
            return container.restart_policy == "Always" or (container.restart_policy == "OnFailure" and exit_code != 0)
    if spec.restart_policy == "OnFailure":
        return exit_code != 0
    return spec.restart_policy != "Never"


def _all_may_restart(spec: PodSpec) -> bool:
    return any(
        rule.action == "RestartAllContainers"
        for container in (*spec.init_containers, *spec.containers)
        for rule in container.restart_policy_rules
    )


def _validate_transitions(
    new: list[ContainerStatus],
    old: list[ContainerStatus],
    containers: Sequence[Container] | None,
    spec: PodSpec,
    path: str,
    errors: Errors,
) -> None:
    """Containers that ended stay ended; `containers` None means that none of them ever restarts."""
    if containers is not None and _all_may_restart(spec):
        return
    for index, before in enumerate(old):
        ended = before.state.terminated
        if ended is None:
            continue
        for after in new:
            if after.name == before.name and after.state.terminated is None:
                container = next((c for c in containers or () if c.name == before.name), None)
                if container is None or not _restarts(container, spec, ended.exit_code):
                    errors.forbidden(f"{path}[{index}].state", _NO_RETURN)
                break


def _validate_conditions(status: PodStatus, errors: Errors) -> None:
    for index, condition in enumerate(status.conditions):
        path = f"status.conditions[{index}]"
        if condition.observed_generation < 0:
            errors.invalid(
                f"{path}.observedGeneration", condition.observed_generation, "must be a non-negative integer"
            )
        if condition.type not in _SYSTEM_CONDITIONS:
            errors.invalid_each(f"{path}.Type", condition.type, formats.qualified_name(condition.type))


def _validate_addresses(new: PodStatus, old: PodStatus, errors: Errors) -> None:
    stored = [address.ip for address in old.pod_ips]
    for index, address in enumerate(new.pod_ips):
        check_ip(address.ip, f"status.podIPs[{index}]", errors, stored)
    if len(new.pod_ips) > 1:
        values = [address.ip for address in new.pod_ips]
        if len(values) > 2 or not one_of_each_family(values):
            errors.invalid("status.podIPs", internal_form(new.pod_ips), _ONE_PER_FAMILY)
    if not new.host_ips:
        return
    if new.host_ip != new.host_ips[0].ip:
        errors.invalid("status.hostIPs[0].ip", new.host_ips[0].ip, "must be equal to `hostIP`")
    stored = [host.ip for host in old.host_ips]
    for index, host in enumerate(new.host_ips):
        check_ip(host.ip, f"status.hostIPs[{index}]", errors, stored)
    if len(new.host_ips) > 1:
        values = [host.ip for host in new.host_ips]
        if len(values) > 2 or not one_of_each_family(values):
            errors.invalid("status.hostIPs", internal_form(new.host_ips), _ONE_PER_FAMILY)


def _validate_claims(pod: Pod, errors: Errors) -> None:
    names = {claim.name for claim in pod.spec.resource_claims}
    seen: set[str] = set()
    for index, status in enumerate(pod.status.resource_claim_statuses):
        path = f"status.resourceClaimStatuses[{index}]"
        if status.name not in names:
            errors.invalid(f"{path}.name", status.name, "must match the name of an entry in `spec.resourceClaims`")
        if status.name in seen:
            errors.duplicate(f"{path}.name", status.name)
        seen.add(status.name)
        claim = status.resource_claim_name
        if claim is not None:
            errors.invalid_each(f"{path}.resourceClaimName", claim, formats.dns_subdomain(claim))


def _validate_extended_claim(status: PodExtendedResourceClaimStatus, spec: PodSpec, errors: Errors) -> None:
    path = "status.extendedResourceClaimStatus"
    where = "spec.initContainers.{0} or spec.containers.{0}"
    containers = {container.name: container for container in (*spec.init_containers, *spec.containers)}
    if not status.request_mappings:
        errors.required(f"{path}.requestMappings", "at least one request mapping is required")
    seen: set[tuple[str, str, str]] = set()
    for index, mapping in enumerate(status.request_mappings):
        here = f"{path}.requestMappings[{index}]"
        container = containers.get(mapping.container_name)
        if container is None:
            errors.invalid(
                f"{here}.containerName",
                mapping.container_name,
                f"must match the name of an entry in {where.format('name')}",
            )
        elif mapping.resource_name not in container.resources.requests:
            errors.invalid(
                f"{here}.resourceName",
                mapping.resource_name,
                f"must match the extended resource name of an entry in {where.format('resources.requests')}",
            )
        errors.invalid_each(f"{path}.requestName", mapping.request_name, formats.dns_label(mapping.request_name))
        key = (mapping.container_name, mapping.resource_name, mapping.request_name)
        if key in seen:
            for name, value in zip(("containerName", "resourceName", "requestName"), key, strict=True):
                errors.duplicate(f"{here}.{name}", value)
        seen.add(key)
    if not status.resource_claim_name:
        errors.required(f"{path}.resourceClaimName")
    else:
        found = formats.dns_subdomain(status.resource_claim_name)
        errors.invalid_each(f"{path}.resourceClaimName", status.resource_claim_name, found)


def _validate_node_allocatable(pod: Pod, errors: Errors) -> None:
    known = {claim.resource_claim_name for claim in pod.spec.resource_claims}
    known |= {claim.resource_claim_name for claim in pod.status.resource_claim_statuses}
    for index, status in enumerate(pod.status.node_allocatable_resource_claim_statuses):
        path, name = f"status.nodeAllocatableResourceClaimStatuses[{index}]", status.resource_claim_name
        if not name:
            errors.required(f"{path}.resourceClaimName", "must not be empty")
        if name not in known:
            errors.invalid(f"{path}.resourceClaimName", name, "no mapping found in pod reference")
        if not status.containers:
            errors.required(f"{path}.containers", "must not be empty")
        if not status.resources:
            errors.required(f"{path}.resources", "must not be empty")
        for resource, value in status.resources.items():
            here = f"{path}.resources[{resource}]"
            if not is_native(resource):
                errors.invalid(here, resource, "must be a node allocatable resource name")
            if quantity.parse(value) < 0:
                errors.invalid(here, value, "must be non-negative")


def _validate_users(statuses: list[ContainerStatus], path: str, os: str, errors: Errors) -> None:
    for index, status in enumerate(statuses):
        user = status.user.linux if status.user is not None else None
        if user is None:
            continue
        here = f"{path}[{index}].user.linux"
        if os == "windows":
            errors.forbidden(here, "cannot be set for a windows pod")
        elif os == "linux":
            for name, value in (("uid", user.uid), ("gid", user.gid)):
                if not formats.is_id(value):
                    errors.invalid(f"{here}.{name}", value, formats.ID_RANGE)
            for at, group in enumerate(user.supplemental_groups):
                if not formats.is_id(group):
                    errors.invalid(f"{here}.supplementalGroups[{at}]", group, formats.ID_RANGE)


def _validate_health(statuses: list[ContainerStatus], path: str, containers: list[Container], errors: Errors) -> None:
    for index, status in enumerate(statuses):
        container = next((c for c in containers if c.name == status.name), None)
        for at, resource in enumerate(status.allocated_resources_status):
            here = f"{path}[{index}].allocatedResourcesStatus[{at}]"
            if container is not None:
                _validate_health_name(resource.name, container, here, errors)
            seen: set[str] = set()
            for number, health in enumerate(resource.resources):
                item = f"{here}.resources[{number}]"
                if health.health not in _HEALTH:
                    errors.not_supported(f"{item}.health", health.health, _HEALTH)
                if health.message == "":
                    errors.required(f"{item}.message", "must be non-empty if specified")
                elif health.message is not None and len(health.message.encode()) > _MAX_HEALTH_MESSAGE:
                    errors.too_long(f"{item}.message", _MAX_HEALTH_MESSAGE)
                if health.resource_id in seen:
                    errors.duplicate(f"{item}.resourceID", health.resource_id)
                seen.add(health.resource_id)


def _validate_health_name(name: str, container: Container, path: str, errors: Errors) -> None:
    if name.startswith("claim:"):
        known = {f"claim:{c.name}/{c.request}" if c.request else f"claim:{c.name}" for c in container.resources.claims}
        what = (
            "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or "
            "'claim:<claimName>' if request is empty"
        )
    else:
        known = set(container.resources.requests)
        what = "must match one of the container's resource requests"
    if name not in known:
        errors.invalid(f"{path}.name", name, what)


def validate_status(new: Pod, old: Pod, errors: Errors, rules: PodRules) -> None:
    """A status that replaces another."""
    validate_metadata_update(new.metadata, old.metadata, errors)
    validate_annotation_change(new, old, errors, rules)
    mine, theirs, spec = new.status, old.status, old.spec
    _validate_conditions(mine, errors)
    if new.spec.node_name != spec.node_name:
        errors.forbidden("status.nodeName", "may not be changed directly")
    nominated = mine.nominated_node_name
    if nominated and nominated != theirs.nominated_node_name:
        errors.invalid_each("status.nominatedNodeName", nominated, formats.dns_subdomain(nominated))
        if spec.node_name:
            errors.forbidden("status.nominatedNodeName", "may not be set on pods that are already bound to a node")
    if mine.observed_generation < 0:
        errors.invalid("status.observedGeneration", mine.observed_generation, "must be a non-negative integer")
    errors.immutable("status.qosClass", mine.qos_class, theirs.qos_class)
    groups = (
        ("containerStatuses", mine.container_statuses, theirs.container_statuses, spec.containers),
        ("initContainerStatuses", mine.init_container_statuses, theirs.init_container_statuses, spec.init_containers),
        ("ephemeralContainerStatuses", mine.ephemeral_container_statuses, theirs.ephemeral_container_statuses, None),
    )
    for name, after, before, containers in groups:
        _validate_transitions(after, before, containers, spec, f"status.{name}", errors)
    _validate_claims(new, errors)
    if mine.extended_resource_claim_status is not None:
        _validate_extended_claim(mine.extended_resource_claim_status, new.spec, errors)
    _validate_node_allocatable(new, errors)
    _validate_addresses(mine, theirs, errors)
    os = new.spec.os.name if new.spec.os is not None else "linux"
    for name, after, _, _ in groups:
        _validate_users(after, f"status.{name}", os, errors)
    for name, after, _, containers in groups:
        if containers is not None:
            _validate_health(after, f"status.{name}", containers, errors)
            continue
        for index, status in enumerate(after):
            if status.allocated_resources_status:
                errors.forbidden(
                    f"status.{name}[{index}].allocatedResourcesStatus", "must not be specified in container status"
                )
