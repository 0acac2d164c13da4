"""What is allowed in a pod spec, and unwise."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.registry import formats
from apiserver.registry.addresses import ip_warnings
from apiserver.registry.pod_spec.annotations import APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD, app_armor_field
from apiserver.registry.pod_spec.overlaps import overlapping_paths
from apiserver.registry.pod_spec.windows import containers_with_paths
from minik8s.api.core_v1 import (
    Container,
    ContainerPort,
    EphemeralContainer,
    NodeSelectorTerm,
    PersistentVolumeClaimSpec,
    PodAffinity,
    PodAntiAffinity,
    PodSpec,
    PodTemplateSpec,
    Volume,
)
from minik8s.api.object_meta import ObjectMeta
from minik8s.machinery import quantity

NODE_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
}
_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": (
        'non-functional in v1.16+; use the "priorityClassName" field instead'
    ),
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
_VOLUMES = (
    ("photon_persistent_disk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("git_repo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scale_io", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
)
_LATE_VOLUMES = (
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
)
_NO_SELECTOR = "a null labelSelector results in matching no pod"
_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'
_APP_ARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead'
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def node_term_warnings(term: NodeSelectorTerm, path: str, *, values: bool) -> list[str]:
    """Labels of nodes that have newer names, and label values that no node can have."""
    found = []
    for index, expression in enumerate(term.match_expressions):
        here, key = f"{path}.matchExpressions[{index}]", expression.key
        if key in NODE_LABELS:
            found.append(f"{here}.key: {key} is {NODE_LABELS[key]}")
        if values:
            for at, value in enumerate(expression.values):
                found += [f"{here}.values[{at}]: {value} is invalid, {m}" for m in formats.label_value(value)]
    return found


def _fractional(resources: dict[str, str], path: str, name: str) -> list[str]:
    value = resources.get(name)
    if value is None or quantity.milli_value(value) % 1000 == 0:
        return []
    return [f'{path}[{name}]: fractional byte value "{value}" is invalid, must be an integer']


def claim_spec_warnings(spec: PersistentVolumeClaimSpec, path: str) -> list[str]:
    """Storage in fractions of bytes."""
    return [
        *_fractional(spec.resources.limits, f"{path}.resources.limits", "storage"),
        *_fractional(spec.resources.requests, f"{path}.resources.requests", "storage"),
    ]


def _volume_warnings(volumes: list[Volume], path: str) -> list[str]:
    found = []
    for index, volume in enumerate(volumes):
        here = f"{path}[{index}]"
        found += [f"{here}.{name}: {text}" for a, name, text in _VOLUMES if getattr(volume, a) is not None]
        if volume.ephemeral is not None and volume.ephemeral.volume_claim_template is not None:
            spec = volume.ephemeral.volume_claim_template.spec
            found += claim_spec_warnings(spec, f"{here}.ephemeral.volumeClaimTemplate.spec")
        found += [f"{here}.{name}: {text}" for a, name, text in _LATE_VOLUMES if getattr(volume, a) is not None]
    return found


def _repeated(items: Iterable[str], path: str, what: str) -> list[str]:
    seen: set[str] = set()
    found = []
    for index, item in enumerate(items):
        if item in seen:
            found.append(f'{path}[{index}].{what}: duplicate {what} "{item}"')
        seen.add(item)
    return found


def _env_warnings(container: Container | EphemeralContainer, path: str) -> list[str]:
    seen: set[str] = set()
    found = []
    for index, variable in enumerate(container.env):
        if variable.name in seen:
            reference = f"$({variable.name})"
            hides = variable.value_from is not None or variable.value == reference or reference not in variable.value
            if hides:
                found.append(
                    f'{path}.env[{index}]: hides previous definition of "{variable.name}", '
                    "which may be dropped when using apply"
                )
        seen.add(variable.name)
    return found


def _go_port(port: ContainerPort) -> str:
    return (
        f"{{Name:{port.name} HostPort:{port.host_port} ContainerPort:{port.container_port} "
        f"Protocol:{port.protocol} HostIP:{port.host_ip}}}"
    )


def _port_warnings(spec: PodSpec, path: str) -> list[str]:
    found = []
    known: dict[str, list[tuple[str, ContainerPort]]] = {}
    names: dict[str, str] = {}
    by_name = []
    for container, at in containers_with_paths(spec, path):
        for index, port in enumerate(container.ports):
            here = f"{at}.ports[{index}]"
            if port.host_ip and not port.host_port:
                found.append(f"{here}: hostIP set without hostPort: {_go_port(port)}")
            others = known.setdefault(f"{port.container_port}/{port.protocol}", [])
            for there, other in others:
                if (port.host_ip, port.host_port) == (other.host_ip, other.host_port):
                    found.append(f"{here}: duplicate port definition with {there}")
                elif not port.host_port or not other.host_port:
                    found.append(f"{here}: overlapping port definition with {there}")
                elif port.host_port == other.host_port and bool(port.host_ip) != bool(other.host_ip):
                    found.append(f"{here}: dangerously ambiguous port definition with {there}")
            others.append((here, port))
            if port.name:
                first = names.setdefault(port.name, here)
                if first != here:
                    by_name.append(
                        f'{here}: duplicate port name "{port.name}" with {first}, '
                        f"services and probes that select ports by name will use {first}"
                    )
    return found + by_name


def _affinity_warnings(affinity: PodAffinity | PodAntiAffinity | None, path: str) -> list[str]:
    if affinity is None:
        return []
    required = affinity.required_during_scheduling_ignored_during_execution
    preferred = affinity.preferred_during_scheduling_ignored_during_execution
    return [
        f"{path}.{_REQUIRED}[{index}].labelSelector: {_NO_SELECTOR}"
        for index, term in enumerate(required)
        if term.label_selector is None
    ] + [
        f"{path}.{_PREFERRED}[{index}].podAffinityTerm.labelSelector: {_NO_SELECTOR}"
        for index, weighted in enumerate(preferred)
        if weighted.pod_affinity_term.label_selector is None
    ]


def _container_warnings(spec: PodSpec, metadata: ObjectMeta, spec_path: str, meta: str, is_template: bool) -> list[str]:
    found = []
    context = spec.security_context
    of_pod = context.app_armor_profile if context is not None else None
    for container, path in containers_with_paths(spec, spec_path):
        mine = container.security_context
        key = SECCOMP_CONTAINER + container.name
        if (mine is None or mine.seccomp_profile is None) and key in metadata.annotations:
            found.append(f"{meta}.annotations[{key}]: {_SECCOMP}")
        key = APP_ARMOR + container.name
        if is_template and key in metadata.annotations and (mine is None or mine.app_armor_profile is None):
            if of_pod is None or of_pod != app_armor_field(metadata.annotations[key]):
                found.append(f"{meta}.annotations[{key}]: {_APP_ARMOR}")
        for name in ("memory", "ephemeral-storage"):
            found += _fractional(container.resources.limits, f"{path}.resources.limits", name)
            found += _fractional(container.resources.requests, f"{path}.resources.requests", name)
        if len(container.env) > 1:
            found += _env_warnings(container, path)
    return found


def pod_warnings(spec: PodSpec, metadata: ObjectMeta, path: str = "") -> list[str]:
    """Everything unwise; `path` is that of the template, "" for a Pod."""
    where = f"{path}.spec" if path else "spec"
    meta = f"{path}.metadata" if path else "metadata"
    found = [f"{where}.nodeSelector[{k}]: {NODE_LABELS[k]}" for k in spec.node_selector if k in NODE_LABELS]
    affinity = spec.affinity
    if affinity is not None and affinity.node_affinity is not None:
        node, here = affinity.node_affinity, f"{where}.affinity.nodeAffinity"
        required = node.required_during_scheduling_ignored_during_execution
        for index, term in enumerate(required.node_selector_terms if required is not None else ()):
            found += node_term_warnings(term, f"{here}.{_REQUIRED}.nodeSelectorTerms[{index}]", values=False)
        for index, preferred in enumerate(node.preferred_during_scheduling_ignored_during_execution):
            found += node_term_warnings(preferred.preference, f"{here}.{_PREFERRED}[{index}].preference", values=True)
    for index, constraint in enumerate(spec.topology_spread_constraints):
        here, key = f"{where}.topologySpreadConstraints[{index}]", constraint.topology_key
        if key in NODE_LABELS:
            found.append(f"{here}.topologyKey: {key} is {NODE_LABELS[key]}")
        if constraint.label_selector is None:
            found.append(f"{here}.labelSelector: {_NO_SELECTOR}")
    if metadata.annotations:
        found += [f"{meta}.annotations[{k}]: {v}" for k, v in _ANNOTATIONS.items() if k in metadata.annotations]
    if spec.volumes:
        found += _volume_warnings(spec.volumes, f"{where}.volumes")
        found += overlapping_paths(spec.volumes)
    if spec.host_aliases:
        found += _repeated((alias.ip for alias in spec.host_aliases), f"{where}.hostAliases", "ip")
    secrets = [reference.name for reference in spec.image_pull_secrets]
    if secrets:
        found += _repeated(secrets, f"{where}.imagePullSecrets", "name")
        for index, name in enumerate(secrets):
            if not name:
                found.append(f'{where}.imagePullSecrets[{index}].name: invalid empty name ""')
    if spec.overhead:
        for name in ("memory", "ephemeral-storage"):
            found += _fractional(spec.overhead, f"{where}.overhead", name)
    context = spec.security_context
    if (context is None or context.seccomp_profile is None) and SECCOMP_POD in metadata.annotations:
        found.append(f"{meta}.annotations[{SECCOMP_POD}]: {_SECCOMP}")
    found += _container_warnings(spec, metadata, where, meta, bool(path))
    found += _port_warnings(spec, where)
    grace = spec.termination_grace_period_seconds
    if grace is not None and grace < 0:
        found.append(
            f"{where}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        )
    if affinity is not None:
        found += _affinity_warnings(affinity.pod_affinity, f"{where}.affinity.podAffinity")
        found += _affinity_warnings(affinity.pod_anti_affinity, f"{where}.affinity.podAntiAffinity")
    for index, server in enumerate(spec.dns_config.nameservers if spec.dns_config is not None else ()):
        found += ip_warnings(server, f"{where}.dnsConfig.nameservers[{index}]")
    for index, alias in enumerate(spec.host_aliases):
        found += ip_warnings(alias.ip, f"{where}.hostAliases[{index}].ip")
    return found


def template_warnings(template: PodTemplateSpec, path: str = "spec.template") -> list[str]:
    """Everything unwise in a pod template."""
    return pod_warnings(template.spec, template.metadata, path)


def pod_name_warnings(name: str) -> list[str]:
    """Names that pods inherit should be DNS labels."""
    found = formats.dns_label(name)
    if not found:
        return []
    return [
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; "
        f"a DNS label is recommended: [{' '.join(found)}]"
    ]
