"""How much of each resource a Pod takes on a node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from minik8s.api.core_v1 import Container, ContainerStatus, Pod, ResourceRequirements
from scheduler.resources import CPU, MEMORY, amount, number_of

Amounts = dict[int, int]

DEFAULT_CPU = 100
"""Thousandths of a CPU that scores count for a container that asks for none."""
DEFAULT_MEMORY = 200 * 1024 * 1024
"""Bytes that scores count for a container that asks for none."""
_DEFAULTS = {CPU: DEFAULT_CPU, MEMORY: DEFAULT_MEMORY}


def pod_requests(pod: Pod) -> tuple[Amounts, Amounts]:
    """What the Pod takes, and the same as scores see it (containers that ask for no cpu or memory count a default).

    The larger of the containers' sum (with sidecars) and of each start of an init container, then the Pod's own
    `resources`, then its overhead. A resize under way counts the larger of what was asked and what is held.
    """
    held = {s.name: s for s in (*pod.status.container_statuses, *pod.status.init_container_statuses)}
    infeasible = any(
        c.type == "PodResizePending" and c.status == "True" and c.reason == "Infeasible" for c in pod.status.conditions
    )
    containers = [(c, _container(c, held.get(c.name), infeasible)) for c in pod.spec.containers]
    starting = [(c, _container(c, held.get(c.name), infeasible)) for c in pod.spec.init_containers]
    total = _combined(containers, starting, {})
    own = _pod_level(pod, infeasible)
    overhead = {number_of(name): amount(number_of(name), text) for name, text in pod.spec.overhead.items()}
    missing = _DEFAULTS
    if own:
        missing = {n: d for n, d in _DEFAULTS.items() if n not in own and not total.get(n)}
    seen = _combined(containers, starting, missing)
    for found in (total, seen):
        found.update(own)
        for resource, more in overhead.items():
            found[resource] = found.get(resource, 0) + more
    return {n: v for n, v in total.items() if v}, seen


def _combined(
    containers: Iterable[tuple[Container, Amounts]], starting: Iterable[tuple[Container, Amounts]], missing: Amounts
) -> Amounts:
    total: Amounts = {}
    for _, asked in containers:
        _add(total, _with(asked, missing))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container, asked in starting:
        wanted = _with(asked, missing)
        if container.restart_policy == "Always":
            _add(total, wanted)
            _add(sidecars, wanted)
            wanted = sidecars
        else:
            wanted = dict(wanted)
            _add(wanted, sidecars)
        for resource, value in wanted.items():
            peak[resource] = max(peak.get(resource, 0), value)
    for resource, value in peak.items():
        total[resource] = max(total.get(resource, 0), value)
    return total


def _with(asked: Amounts, missing: Amounts) -> Amounts:
    return {**missing, **{n: v for n, v in asked.items() if v or n not in missing}} if missing else asked


def _add(total: Amounts, more: Mapping[int, int]) -> None:
    for resource, value in more.items():
        total[resource] = total.get(resource, 0) + value


def _amounts(found: Mapping[str, str]) -> Amounts:
    return {number_of(name): amount(number_of(name), text) for name, text in found.items()}


def _container(container: Container, status: ContainerStatus | None, infeasible: bool) -> Amounts:
    asked = _amounts(container.resources.requests)
    if status is None or (status.resources is None and not status.allocated_resources):
        return asked
    return _resized(asked, status.resources, status.allocated_resources, infeasible)


def _resized(
    asked: Amounts, running: ResourceRequirements | None, allocated: Mapping[str, str], infeasible: bool
) -> Amounts:
    found = {} if infeasible else dict(asked)
    for held in (running.requests if running else {}, allocated):
        for resource, value in _amounts(held).items():
            found[resource] = max(found.get(resource, 0), value)
    return found


def _pod_level(pod: Pod, infeasible: bool) -> Amounts:
    """The requests of the Pod itself; only cpu, memory and huge pages may be asked for there."""
    if pod.spec.resources is None or not pod.spec.resources.requests:
        return {}
    wanted = {n: q for n, q in pod.spec.resources.requests.items() if n in ("cpu", "memory") or "hugepages-" in n}
    asked = _amounts(wanted)
    if pod.status.resources is None and not pod.status.allocated_resources:
        return asked
    found = _resized(asked, pod.status.resources, pod.status.allocated_resources, infeasible)
    return {n: v for n, v in found.items() if n in asked}
