"""What a pod asks for as a whole: its containers, its init containers before them, its overhead."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from minik8s.api.core_v1 import Container, ContainerStatus, Pod
from minik8s.machinery import quantity
from minik8s.quota.amounts import Amounts, add_to, raise_to

_Ask = Callable[[Container], Mapping[str, str]]


def pod_level(name: str) -> bool:
    """Whether a resource can be asked for on the pod instead of its containers."""
    return name in ("cpu", "memory") or name.startswith("hugepages-")


def has_pod_level(pod: Pod) -> bool:
    """Whether the pod asks for anything as a whole."""
    resources = pod.spec.resources
    return resources is not None and any(pod_level(name) for name in (*resources.requests, *resources.limits))


def _restartable(container: Container) -> bool:
    return container.restart_policy == "Always"


def _total(pod: Pod, ask: _Ask) -> Amounts:
    total: Amounts = {}
    for container in pod.spec.containers:
        add_to(total, ask(container))
    sidecars: Amounts = {}
    most: Amounts = {}
    for container in pod.spec.init_containers:
        wanted = ask(container)
        if _restartable(container):
            add_to(total, wanted)
            add_to(sidecars, wanted)
            raise_to(most, sidecars)
        else:
            # An init container runs beside the sidecars that were started before it.
            together = dict(sidecars)
            add_to(together, wanted)
            raise_to(most, together)
    raise_to(total, most)
    return total


def plain_requests(pod: Pod) -> Amounts:
    """Requests of the spec, without overhead."""
    return _with_pod_level(_total(pod, lambda container: container.resources.requests), pod, "requests")


def plain_limits(pod: Pod) -> Amounts:
    """Limits of the spec, without overhead."""
    return _with_pod_level(_total(pod, lambda container: container.resources.limits), pod, "limits")


def _with_pod_level(total: Amounts, pod: Pod, which: str) -> Amounts:
    if pod.spec.resources is not None:
        asked: Mapping[str, str] = getattr(pod.spec.resources, which)
        total.update({name: quantity.canonical(value) for name, value in asked.items() if pod_level(name)})
    return total


def _infeasible(pod: Pod) -> bool:
    return any(c.type == "PodResizePending" and c.reason == "Infeasible" for c in pod.status.conditions)


def _statuses(pod: Pod) -> dict[str, ContainerStatus]:
    return {status.name: status for status in (*pod.status.container_statuses, *pod.status.init_container_statuses)}


def charged_requests(pod: Pod) -> Amounts:
    """Requests a quota counts: of a pod being resized the larger of wanted and held, with overhead."""
    statuses = _statuses(pod)
    infeasible = _infeasible(pod)

    def ask(container: Container) -> Mapping[str, str]:
        status = statuses.get(container.name)
        if status is None or status.resources is None:
            return container.resources.requests
        held: Amounts = {}
        raise_to(held, status.resources.requests)
        raise_to(held, status.allocated_resources)
        if not infeasible:
            raise_to(held, container.resources.requests)
        return held

    total = _with_pod_level(_total(pod, ask), pod, "requests")
    add_to(total, pod.spec.overhead)
    return total


def charged_limits(pod: Pod) -> Amounts:
    """Limits a quota counts, in the same way; overhead only where there is a limit."""
    statuses = _statuses(pod)
    infeasible = _infeasible(pod)

    def ask(container: Container) -> Mapping[str, str]:
        status = statuses.get(container.name)
        if status is None or status.resources is None:
            return container.resources.limits
        held: Amounts = {}
        raise_to(held, status.resources.limits)
        if not infeasible:
            raise_to(held, container.resources.limits)
        return held

    total = _with_pod_level(_total(pod, ask), pod, "limits")
    for name, value in pod.spec.overhead.items():
        if name in total and quantity.cmp(total[name], "0") != 0:
            total[name] = quantity.add(total[name], value)
    return total


def best_effort(pod: Pod) -> bool:
    """Whether no container of the pod asks for CPU or memory at all."""
    lists = [
        amounts
        for container in (*pod.spec.containers, *pod.spec.init_containers)
        for amounts in (container.resources.requests, container.resources.limits)
    ]
    if pod.spec.resources is not None:
        lists += [pod.spec.resources.requests, pod.spec.resources.limits]
    return not any(
        name in ("cpu", "memory") and quantity.cmp(value, "0") > 0
        for amounts in lists
        for name, value in amounts.items()
    )
