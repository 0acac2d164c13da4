"""What a Pod may use of its node: the resources it had, until those it asks for now fit beside the other Pods."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import msgspec

from kubelet.pods.resources import same_resources
from minik8s.api.core_v1 import Container, ContainerStatus, Pod, ResourceRequirements
from minik8s.machinery.conditions import get_condition

WHOLE = ""
"""Stands for the Pod itself where resources are held by the names of containers."""

Fits = Callable[[Pod], str | None]
"""Says why a Pod's requests do not fit beside the node's other Pods: "" when they do, None when it is not known yet."""


def resizable(pod: Pod) -> Iterator[Container]:
    """The containers whose resources may change while they run."""
    yield from pod.spec.init_containers
    yield from pod.spec.containers


def resized(before: Pod, after: Pod) -> bool:
    """Whether a container, or the Pod as a whole, is to have other resources than it had."""
    old, new = held_by(before), held_by(after)
    return any(name in old and not same_resources(old[name], resources) for name, resources in new.items())


def holding(pod: Pod, held: dict[str, ResourceRequirements]) -> Pod:
    """The Pod with these resources in place of the ones its containers ask for."""
    made = copy.copy(pod)
    made.spec = copy.copy(pod.spec)
    made.spec.containers = [_with(c, held.get(c.name)) for c in pod.spec.containers]
    made.spec.init_containers = [_with(c, held.get(c.name)) for c in pod.spec.init_containers]
    if pod.spec.resources is not None and WHOLE in held:
        made.spec.resources = held[WHOLE]
    return made


def held_by(pod: Pod) -> dict[str, ResourceRequirements]:
    """The resources of a Pod's containers by name, and the Pod's own."""
    return {c.name: c.resources for c in resizable(pod)} | {WHOLE: whole(pod)}


def whole(pod: Pod) -> ResourceRequirements:
    """The Pod's own resources; empty where only its containers have some."""
    return pod.spec.resources or ResourceRequirements()


def remembered(pod: Pod) -> dict[str, ResourceRequirements]:
    """What an earlier kubelet said that the containers have of a Pod whose resize it put off; empty when it did not."""
    pending = get_condition(pod.status.conditions, "PodResizePending")
    if pending is None or pending.status != "True":
        return {}
    statuses: list[ContainerStatus] = [*pod.status.init_container_statuses, *pod.status.container_statuses]
    found = {s.name: s.resources for s in statuses if s.resources is not None}
    if pod.spec.resources is not None and pod.status.resources is not None:
        found[WHOLE] = pod.status.resources
    return found


def summary(pod: Pod, trouble: str = "") -> str:
    """The resources asked for, as events tell them."""
    found: dict[str, object] = {}
    for field, held in (("initContainers", pod.spec.init_containers), ("containers", pod.spec.containers)):
        if held:
            found[field] = [{"name": c.name, "resources": c.resources} for c in held]
    found["generation"] = pod.metadata.generation
    if trouble:
        found["error"] = trouble
    return msgspec.json.encode(found).decode()


def _with(container: Container, resources: ResourceRequirements | None) -> Container:
    if resources is None:
        return container
    made = copy.copy(container)
    made.resources = resources
    return made
