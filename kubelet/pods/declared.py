"""What a Pod's spec declares, in the form the kubelet asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from minik8s.api.core_v1 import Container, EphemeralContainerCommon, Pod, PodSpec
from minik8s.machinery import quantity

AnyContainer = Container | EphemeralContainerCommon
MIRROR_ANNOTATION = "kubernetes.io/config.mirror"
SOURCE_ANNOTATION = "kubernetes.io/config.source"
HASH_ANNOTATION = "kubernetes.io/config.hash"
SEEN_ANNOTATION = "kubernetes.io/config.seen"


def every_container(spec: PodSpec) -> Iterator[AnyContainer]:
    """Init, regular and ephemeral containers, in this order."""
    yield from spec.init_containers
    yield from spec.containers
    yield from spec.ephemeral_containers


def used_volumes(pod: Pod) -> set[str]:
    """The volumes that a container mounts or has as a device; others are not made."""
    found: set[str] = set()
    for container in every_container(pod.spec):
        found |= {mount.name for mount in container.volume_mounts} | {use.name for use in container.volume_devices}
    return found


def find_container(spec: PodSpec, name: str) -> AnyContainer | None:
    """The container of that name."""
    return next((c for c in every_container(spec) if c.name == name), None)


def sysctl_name(name: str) -> str:
    """A sysctl's name with dots between its parts; where slashes are the separators, dots belong to the parts."""
    first = next((letter for letter in name if letter in "./"), ".")
    return name if first == "." else name.translate(str.maketrans("./", "/."))


def is_sidecar(container: AnyContainer) -> bool:
    """Whether an init container is one that keeps running beside the others."""
    return container.restart_policy == "Always"


def is_static(pod: Pod) -> bool:
    """Whether the Pod comes from a manifest of this node."""
    return pod.metadata.annotations.get(SOURCE_ANNOTATION, "api") != "api"


def is_mirror(pod: Pod) -> bool:
    """Whether the object only shows a static Pod in the API."""
    return MIRROR_ANNOTATION in pod.metadata.annotations


def full_name(pod: Pod) -> str:
    """How the kubelet names a Pod in messages: `name_namespace(uid)`."""
    return f"{pod.metadata.name}_{pod.metadata.namespace}({pod.metadata.uid})"


def container_hash(container: AnyContainer) -> str:
    """Changes when the container must be made anew: its image (resources can change in place)."""
    fields = [container.name, container.image]
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()[:8]


def grace_seconds(pod: Pod) -> int:
    """How long the Pod's containers may take to stop."""
    asked = pod.metadata.deletion_grace_period_seconds if pod.metadata.deletion_timestamp else None
    if asked is None:
        asked = pod.spec.termination_grace_period_seconds
    return int(asked if asked is not None else 30)


def is_terminal(pod: Pod) -> bool:
    """Whether the API says that the Pod has ended."""
    return pod.status.phase in ("Succeeded", "Failed")


def _positive(resources: dict[str, str]) -> dict[str, str]:
    return {n: v for n, v in resources.items() if n in ("cpu", "memory") and quantity.parse(v) > 0}


def qos_class(pod: Pod) -> str:
    """Guaranteed, Burstable or BestEffort."""
    if pod.status.qos_class:
        return pod.status.qos_class
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    guaranteed = True
    parts = [pod.spec.resources] if pod.spec.resources is not None else []
    for part in parts or [c.resources for c in (*pod.spec.containers, *pod.spec.init_containers)]:
        for name, amount in _positive(part.requests).items():
            requests[name] = quantity.add(requests[name], amount) if name in requests else amount
        bounded = _positive(part.limits)
        for name, amount in bounded.items():
            limits[name] = quantity.add(limits[name], amount) if name in limits else amount
        guaranteed = guaranteed and len(bounded) == 2
    if not requests and not limits:
        return "BestEffort"
    same = requests.keys() == limits.keys() and all(quantity.cmp(limits[n], v) == 0 for n, v in requests.items())
    return "Guaranteed" if guaranteed and same else "Burstable"
