"""Containers: what holds for all, and what is particular to init and ephemeral ones."""

from __future__ import annotations

import dataclasses

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.pod_spec.environment import validate_env, validate_env_from
from apiserver.registry.pod_spec.mounts import validate_devices, validate_mounts
from apiserver.registry.pod_spec.probes import validate_lifecycle, validate_liveness, validate_readiness
from apiserver.registry.pod_spec.resources import check_container_name, validate_requirements
from apiserver.registry.pod_spec.rules import PodRules
from apiserver.registry.pod_spec.security_context import validate_context
from minik8s.api.core_v1 import (
    Container,
    ContainerPort,
    ContainerResizePolicy,
    ContainerRestartRule,
    EphemeralContainer,
    EphemeralContainerCommon,
    PodSpec,
    ResourceRequirements,
    Volume,
)

AnyContainer = Container | EphemeralContainerCommon
PROTOCOLS = ("SCTP", "TCP", "UDP")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_NOT_WITHOUT_RESTART = "may not be set for init containers without restartPolicy=Always"
_NOT_EPHEMERAL = "cannot be set for an Ephemeral Container"
_RESTART_POLICIES = ("Always", "Never", "OnFailure")
_RESTART_ACTIONS = ("Restart", "RestartAllContainers")
_MAX_RESTART_RULES = 20
_MAX_EXIT_CODES = 255


@dataclasses.dataclass(slots=True)
class Surroundings:
    """What a container is judged against: its pod, the pod's good volumes and claims, the rules."""

    spec: PodSpec
    volumes: dict[str, Volume]
    claims: frozenset[str]
    rules: PodRules
    host_users: bool


def _validate_ports(ports: list[ContainerPort], path: str, errors: Errors) -> None:
    names: set[str] = set()
    for index, port in enumerate(ports):
        name = port.name
        if name:
            found = formats.port_name(name)
            if found:
                errors.invalid_each(f"{path}[{index}].name", name, found)
            elif name in names:
                errors.duplicate(f"{path}[{index}].name", name)
            else:
                names.add(name)
        number = port.container_port
        if number == 0:
            errors.required(f"{path}[{index}].containerPort")
        elif not 0 < number < 65536:
            errors.invalid(f"{path}[{index}].containerPort", number, formats.PORT_RANGE)
        if port.host_port and not 0 < port.host_port < 65536:
            errors.invalid(f"{path}[{index}].hostPort", port.host_port, formats.PORT_RANGE)
        if not port.protocol:
            errors.required(f"{path}[{index}].protocol")
        elif port.protocol not in PROTOCOLS:
            errors.not_supported(f"{path}[{index}].protocol", port.protocol, PROTOCOLS)


def validate_pull_policy(policy: str, path: str, errors: Errors) -> None:
    """When an image is pulled."""
    if not policy:
        errors.required(path)
    elif policy not in PULL_POLICIES:
        errors.not_supported(path, policy, PULL_POLICIES)


def _validate_resize(policies: list[ContainerResizePolicy], pod_restart: str, path: str, errors: Errors) -> None:
    seen: set[str] = set()
    for index, policy in enumerate(policies):
        name, restart = policy.resource_name, policy.restart_policy
        if name in seen:
            errors.duplicate(f"{path}[{index}]", name)
        seen.add(name)
        if not name:
            errors.required(path)
        elif name not in ("cpu", "memory"):
            errors.not_supported(path, name, ("cpu", "memory"))
        if not restart:
            errors.required(path)
        elif restart not in ("NotRequired", "RestartContainer"):
            errors.not_supported(path, restart, ("NotRequired", "RestartContainer"))
        if pod_restart == "Never" and restart != "NotRequired":
            errors.invalid(path, restart, "must be 'NotRequired' when pod `restartPolicy` is 'Never'")


def _validate_common(container: AnyContainer, around: Surroundings, path: str, errors: Errors) -> None:
    name = container.name
    if not name:
        errors.required(f"{path}.name")
    elif formats.dns_label(name):
        errors.invalid_each(f"{path}.name", name, formats.dns_label(name))
    if not container.image:
        errors.required(f"{path}.image")
    policy = container.termination_message_policy
    if policy != "File":
        if not policy:
            errors.required(f"{path}.terminationMessagePolicy")
        elif policy != "FallbackToLogsOnError":
            errors.not_supported(f"{path}.terminationMessagePolicy", policy, ("File", "FallbackToLogsOnError"))
    if container.ports:
        _validate_ports(container.ports, f"{path}.ports", errors)
    if container.env:
        validate_env(container.env, f"{path}.env", errors)
    if container.env_from:
        validate_env_from(container.env_from, f"{path}.envFrom", errors)
    if container.volume_mounts:
        validate_mounts(container, around.volumes, f"{path}.volumeMounts", errors)
    if container.volume_devices:
        validate_devices(container, around.volumes, f"{path}.volumeDevices", errors)
    if container.image_pull_policy not in PULL_POLICIES:
        validate_pull_policy(container.image_pull_policy, f"{path}.imagePullPolicy", errors)
    resources = container.resources
    if resources.limits or resources.requests or resources.claims:
        validate_requirements(
            resources,
            check_container_name,
            around.claims,
            f"{path}.resources",
            errors,
            indivisible_huge_pages=around.rules.indivisible_huge_pages,
        )
    if container.resize_policy:
        _validate_resize(container.resize_policy, around.spec.restart_policy, f"{path}.resizePolicy", errors)
    if container.security_context is not None:
        validate_context(container.security_context, f"{path}.securityContext", errors, host_users=around.host_users)


def _validate_restart(policy: str | None, rules: list[ContainerRestartRule], path: str, errors: Errors) -> None:
    if policy is None:
        if rules:
            errors.required(f"{path}.restartPolicy", "must specify restartPolicy when restart rules are used")
    elif policy not in _RESTART_POLICIES:
        errors.not_supported(f"{path}.restartPolicy", policy, _RESTART_POLICIES)
    if len(rules) > _MAX_RESTART_RULES:
        errors.too_many(f"{path}.restartPolicyRules", len(rules), _MAX_RESTART_RULES)
    for index, rule in enumerate(rules):
        here = f"{path}.restartPolicyRules[{index}]"
        if rule.action not in _RESTART_ACTIONS:
            errors.not_supported(f"{here}.action", rule.action, _RESTART_ACTIONS)
        codes = rule.exit_codes
        if codes is None:
            errors.required(f"{here}.exitCodes", "must be specified")
            continue
        if codes.operator not in ("In", "NotIn"):
            errors.not_supported(f"{here}.exitCodes.operator", codes.operator, ("In", "NotIn"))
        if len(codes.values) > _MAX_EXIT_CODES:
            errors.too_many(f"{here}.exitCodes.values", len(codes.values), _MAX_EXIT_CODES)


def _validate_host_ports(containers: list[Container], path: str, errors: Errors) -> None:
    taken: set[str] = set()
    for index, container in enumerate(containers):
        for at, port in enumerate(container.ports):
            if port.host_port:
                key = f"{port.protocol}/{port.host_ip}/{port.host_port}"
                if key in taken:
                    errors.duplicate(f"{path}[{index}].ports[{at}].hostPort", key)
                taken.add(key)


def _validate_running(container: Container, around: Surroundings, path: str, errors: Errors) -> None:
    if container.lifecycle is not None:
        spec = around.spec
        validate_lifecycle(
            container.lifecycle, spec.termination_grace_period_seconds, spec.os, f"{path}.lifecycle", errors
        )
    validate_liveness(container.liveness_probe, f"{path}.livenessProbe", errors)
    validate_readiness(container.readiness_probe, f"{path}.readinessProbe", errors)
    validate_liveness(container.startup_probe, f"{path}.startupProbe", errors)


def validate_containers(around: Surroundings, path: str, errors: Errors) -> None:
    """The regular containers, at least one."""
    containers = around.spec.containers
    if not containers:
        errors.required(path)
        return
    names: set[str] = set()
    for index, container in enumerate(containers):
        here = f"{path}[{index}]"
        _validate_common(container, around, here, errors)
        if container.name in names:
            errors.duplicate(f"{here}.name", container.name)
        names.add(container.name)
        _validate_running(container, around, here, errors)
        if container.restart_policy is not None or container.restart_policy_rules:
            _validate_restart(container.restart_policy, container.restart_policy_rules, here, errors)
    _validate_host_ports(containers, path, errors)


def validate_init_containers(around: Surroundings, path: str, errors: Errors) -> None:
    """The containers that run first; those that restart always are sidecars and live on."""
    names = {container.name for container in around.spec.containers}
    for index, container in enumerate(around.spec.init_containers):
        here = f"{path}[{index}]"
        _validate_common(container, around, here, errors)
        sidecar = container.restart_policy == "Always"
        if container.restart_policy is not None or container.restart_policy_rules:
            _validate_restart(container.restart_policy, container.restart_policy_rules, here, errors)
        if container.name in names:
            errors.duplicate(f"{here}.name", container.name)
        elif container.name:
            names.add(container.name)
        _validate_host_ports([container], path, errors)
        if sidecar:
            _validate_running(container, around, here, errors)
            continue
        for name, found in (
            ("lifecycle", container.lifecycle),
            ("livenessProbe", container.liveness_probe),
            ("readinessProbe", container.readiness_probe),
            ("startupProbe", container.startup_probe),
        ):
            if found is not None:
                errors.forbidden(f"{here}.{name}", _NOT_WITHOUT_RESTART)
        if not around.rules.restart_on_resize_of_init_containers:
            for at, policy in enumerate(container.resize_policy):
                if policy.restart_policy == "RestartContainer":
                    errors.invalid(
                        f"{here}.resizePolicy[{at}].restartPolicy",
                        policy.restart_policy,
                        "must not be set to 'RestartContainer' for non-sidecar initContainers",
                    )


def _ephemeral_forbidden(container: EphemeralContainer) -> list[str]:
    found: tuple[tuple[str, bool], ...] = (
        ("ports", bool(container.ports)),
        ("resources", container.resources != ResourceRequirements()),
        ("resizePolicy", bool(container.resize_policy)),
        ("restartPolicy", container.restart_policy is not None),
        ("restartPolicyRules", bool(container.restart_policy_rules)),
        ("livenessProbe", container.liveness_probe is not None),
        ("readinessProbe", container.readiness_probe is not None),
        ("startupProbe", container.startup_probe is not None),
        ("lifecycle", container.lifecycle is not None),
    )
    return [name for name, is_set in found if is_set]


def validate_ephemeral_containers(around: Surroundings, path: str, errors: Errors) -> None:
    """Containers added to a running pod for a look inside: no promises, so nothing that makes some."""
    spec = around.spec
    others = {container.name for container in (*spec.containers, *spec.init_containers)}
    names = set(others)
    for index, container in enumerate(spec.ephemeral_containers):
        here = f"{path}[{index}]"
        _validate_common(container, around, here, errors)
        validate_image_spacing(container, here, errors)
        if container.name in names:
            errors.duplicate(f"{here}.name", container.name)
        names.add(container.name)
        target = container.target_container_name
        if target and target not in others:
            errors.not_found(f"{here}.targetContainerName", target)
        for name in _ephemeral_forbidden(container):
            errors.forbidden(f"{here}.{name}", _NOT_EPHEMERAL)
        for at, mount in enumerate(container.volume_mounts):
            if mount.sub_path:
                errors.forbidden(f"{here}.volumeMounts[{at}].subPath", _NOT_EPHEMERAL)
            if mount.sub_path_expr:
                errors.forbidden(f"{here}.volumeMounts[{at}].subPathExpr", _NOT_EPHEMERAL)


def validate_image_spacing(container: AnyContainer, path: str, errors: Errors) -> None:
    """An image name has no space around it (in a Pod; templates are left alone)."""
    if container.image != container.image.strip():
        errors.invalid(f"{path}.image", container.image, "must not have leading or trailing whitespace")
