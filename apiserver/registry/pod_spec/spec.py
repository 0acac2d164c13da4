"""A pod spec as a whole."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.labels import validate_labels
from apiserver.registry.pod_spec.affinity import validate_affinity
from apiserver.registry.pod_spec.containers import (
    Surroundings,
    validate_containers,
    validate_ephemeral_containers,
    validate_init_containers,
)
from apiserver.registry.pod_spec.dns_and_hosts import (
    DNS_POLICIES,
    validate_dns,
    validate_host_aliases,
    validate_hostname_override,
)
from apiserver.registry.pod_spec.environment import validate_file_volumes
from apiserver.registry.pod_spec.resources import check_container_name, validate_pod_resources, validate_requirements
from apiserver.registry.pod_spec.rules import PodRules
from apiserver.registry.pod_spec.security_context import validate_pod_context
from apiserver.registry.pod_spec.tolerations import validate_tolerations
from apiserver.registry.pod_spec.topology_spread import validate_spread
from apiserver.registry.pod_spec.volumes import validate_volumes
from apiserver.registry.pod_spec.windows import (
    containers_with_paths,
    validate_host_process,
    validate_linux,
    validate_windows,
)
from minik8s.api.core_v1 import PodResourceClaim, PodSpec, ResourceRequirements
from minik8s.api.object_meta import ObjectMeta

MIRROR_ANNOTATION = "kubernetes.io/config.mirror"
_RESTART_POLICIES = ("Always", "OnFailure", "Never")
_INT32_MAX = 2**31 - 1


def _validate_resource_claims(
    claims: list[PodResourceClaim], metadata: ObjectMeta | None, path: str, errors: Errors
) -> None:
    names: set[str] = set()
    for index, claim in enumerate(claims):
        here = f"{path}[{index}]"
        if metadata is not None and MIRROR_ANNOTATION in metadata.annotations:
            errors.forbidden("[]", "static pods do not support resource claims")
            continue
        if not claim.name:
            errors.required(f"{here}.name")
        elif claim.name in names:
            errors.duplicate(f"{here}.name", claim.name)
        else:
            errors.invalid_each(f"{here}.name", claim.name, formats.dns_label(claim.name))
            names.add(claim.name)
        direct, template = claim.resource_claim_name, claim.resource_claim_template_name
        if direct is not None and template is not None:
            errors.invalid(
                here,
                internal_form(claim),
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
            )
        if direct is None and template is None:
            errors.invalid(
                here, internal_form(claim), "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            )
        if direct is not None:
            errors.invalid_each(f"{here}.resourceClaimName", direct, formats.dns_subdomain(direct))
        if template is not None:
            errors.invalid_each(f"{here}.resourceClaimTemplateName", template, formats.dns_subdomain(template))


def _validate_host_ports(spec: PodSpec, is_pod: bool, path: str, errors: Errors) -> None:
    for index, container in enumerate(spec.containers):
        for at, port in enumerate(container.ports):
            if (is_pod or port.host_port) and port.host_port != port.container_port:
                errors.invalid(
                    f"{path}.containers[{index}].ports[{at}].hostPort",
                    port.host_port,
                    "must match `containerPort` when `hostNetwork` is true",
                )


def _validate_gates(spec: PodSpec, path: str, errors: Errors) -> None:
    for index, gate in enumerate(spec.readiness_gates):
        kind = gate.condition_type
        errors.invalid_each(f"{path}.readinessGates[{index}].conditionType", kind, formats.qualified_name(kind))
    seen: set[str] = set()
    for index, scheduling in enumerate(spec.scheduling_gates):
        here, name = f"{path}.schedulingGates[{index}]", scheduling.name
        errors.invalid_each(here, name, formats.qualified_name(name))
        if name in seen:
            errors.duplicate(here, name)
        seen.add(name)


def _validate_host_users(spec: PodSpec, rules: PodRules, path: str, errors: Errors) -> None:
    why = "when `hostUsers` is false"
    if spec.host_network and not rules.user_namespaces_on_host_network:
        errors.forbidden(f"{path}.hostNetwork", why)
    if spec.host_pid:
        errors.forbidden(f"{path}.HostPID", why)
    if spec.host_ipc:
        errors.forbidden(f"{path}.HostIPC", why)
    if not rules.user_namespaces_with_devices:
        for container, here in containers_with_paths(spec, path):
            if container.volume_devices:
                errors.forbidden(f"{here}.volumeDevices", why)


def _validate_names(spec: PodSpec, path: str, errors: Errors) -> None:
    if spec.service_account_name:
        name = spec.service_account_name
        if formats.dns_subdomain(name):
            errors.invalid_each(f"{path}.serviceAccountName", name, formats.dns_subdomain(name))
    if spec.node_name and formats.dns_subdomain(spec.node_name):
        errors.invalid_each(f"{path}.nodeName", spec.node_name, formats.dns_subdomain(spec.node_name))
    deadline = spec.active_deadline_seconds
    if deadline is not None and not 1 <= deadline <= _INT32_MAX:
        errors.invalid(f"{path}.activeDeadlineSeconds", deadline, f"must be between 1 and {_INT32_MAX}, inclusive")
    if spec.hostname:
        errors.invalid_each(f"{path}.hostname", spec.hostname, formats.dns_label(spec.hostname))
    if spec.subdomain:
        errors.invalid_each(f"{path}.subdomain", spec.subdomain, formats.dns_label(spec.subdomain))


def validate_pod_spec(spec: PodSpec, metadata: ObjectMeta | None, path: str, errors: Errors, rules: PodRules) -> None:
    """Everything in a pod spec; `metadata` is the Pod's own, None for a template."""
    if spec.termination_grace_period_seconds is None:
        errors.required(f"{path}.terminationGracePeriodSeconds")
    volumes = validate_volumes(
        spec.volumes,
        metadata,
        f"{path}.volumes",
        errors,
        is_pod=rules.is_pod,
        any_token_path=rules.any_token_path,
    )
    claims = frozenset(claim.name for claim in spec.resource_claims if claim.name)
    if spec.resource_claims:
        _validate_resource_claims(spec.resource_claims, metadata, f"{path}.resourceClaims", errors)
    around = Surroundings(spec, volumes, claims, rules, spec.host_users is not False)
    validate_containers(around, f"{path}.containers", errors)
    if spec.init_containers:
        validate_init_containers(around, f"{path}.initContainers", errors)
    if spec.ephemeral_containers:
        validate_ephemeral_containers(around, f"{path}.ephemeralContainers", errors)
    if spec.resources is not None:
        validate_pod_resources(spec, claims, path, errors, indivisible_huge_pages=rules.indivisible_huge_pages)
    if spec.host_network:
        _validate_host_ports(spec, rules.is_pod, path, errors)
    if not spec.restart_policy:
        errors.required(f"{path}.restartPolicy")
    elif spec.restart_policy not in _RESTART_POLICIES:
        errors.not_supported(f"{path}.restartPolicy", spec.restart_policy, _RESTART_POLICIES)
    if not spec.dns_policy:
        errors.required(f"{path}.dnsPolicy")
    elif spec.dns_policy not in DNS_POLICIES:
        errors.not_supported(f"{path}.dnsPolicy", spec.dns_policy, DNS_POLICIES)
    if spec.node_selector:
        validate_labels(spec.node_selector, f"{path}.nodeSelector", errors)
    if spec.security_context is not None:
        validate_pod_context(
            spec.security_context,
            spec,
            f"{path}.securityContext",
            errors,
            host_namespaces=rules.host_namespace_sysctls,
            any_selinux_change_policy=rules.any_selinux_change_policy,
        )
    if spec.affinity is not None:
        validate_affinity(
            spec.affinity,
            f"{path}.affinity",
            errors,
            any_value=rules.any_label_value_in_selector,
            any_node_value=rules.any_label_value_in_node_affinity,
        )
    if spec.dns_config is not None or spec.dns_policy == "None":
        validate_dns(spec.dns_config, spec.dns_policy, f"{path}.dnsConfig", errors)
    if spec.readiness_gates or spec.scheduling_gates:
        _validate_gates(spec, path, errors)
    if spec.topology_spread_constraints:
        validate_spread(
            spec.topology_spread_constraints,
            f"{path}.topologySpreadConstraints",
            errors,
            any_selector=rules.any_spread_selector,
            old_label_keys=rules.any_spread_label_keys,
        )
    validate_host_process(spec, path, errors)
    if spec.host_users is False:
        _validate_host_users(spec, rules, path, errors)
    validate_hostname_override(spec, path, errors)
    _validate_names(spec, path, errors)
    if spec.tolerations:
        validate_tolerations(spec.tolerations, f"{path}.tolerations", errors, comparisons=rules.toleration_comparisons)
    if spec.host_aliases:
        validate_host_aliases(spec.host_aliases, f"{path}.hostAliases", errors)
    _validate_scheduling(spec, claims, rules, path, errors)
    validate_file_volumes(spec, path, errors)


def _validate_scheduling(spec: PodSpec, claims: frozenset[str], rules: PodRules, path: str, errors: Errors) -> None:
    if spec.priority_class_name:
        name = spec.priority_class_name
        errors.invalid_each(f"{path}.priorityClassName", name, formats.dns_subdomain(name))
    if spec.runtime_class_name is not None:
        name = spec.runtime_class_name
        errors.invalid_each(f"{path}.runtimeClassName", name, formats.dns_subdomain(name))
    policy = spec.preemption_policy
    if policy == "":
        errors.required(f"{path}.preemptionPolicy")
    elif policy is not None and policy not in ("PreemptLowerPriority", "Never"):
        errors.not_supported(f"{path}.preemptionPolicy", policy, ("PreemptLowerPriority", "Never"))
    if spec.overhead:
        validate_requirements(
            ResourceRequirements(limits=spec.overhead),
            check_container_name,
            frozenset(),
            f"{path}.overhead",
            errors,
            indivisible_huge_pages=rules.indivisible_huge_pages,
        )
    if spec.os is not None:
        here = f"{path}.os"
        if not spec.os.name:
            errors.required(f"{here}.name")
        elif spec.os.name == "linux":
            validate_linux(spec, path, errors)
        elif spec.os.name == "windows":
            validate_windows(spec, path, errors)
        else:
            errors.not_supported(here, spec.os.name, ("linux", "windows"))
    group = spec.scheduling_group
    if group is not None:
        here = f"{path}.schedulingGroup.podGroupName"
        if group.pod_group_name is None:
            errors.invalid(here, None, "must specify one of: `podGroupName`")
        else:
            errors.invalid_each(here, group.pod_group_name, formats.dns_subdomain(group.pod_group_name))
