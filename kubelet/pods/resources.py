"""Requests and limits as the kernel takes them."""

from __future__ import annotations

from collections.abc import Callable

from kubelet.pods.declared import AnyContainer, qos_class
from kubelet.runtime.types import Resources
from minik8s.api.core_v1 import Container, Pod, ResourceRequirements
from minik8s.machinery import quantity

MIN_SHARES, MAX_SHARES = 2, 262_144
PERIOD, MIN_QUOTA = 100_000, 1_000
GUARANTEED_SCORE, BEST_EFFORT_SCORE = -997, 1000
_CRITICAL_PRIORITY = 2_000_000_000
_HELD = {"cpu", "memory"}
"""What the kernel holds Pods and containers to."""


def milli_cpu(amount: str) -> int:
    """Thousandths of a CPU; 0 for none."""
    return quantity.milli_value(amount) if amount else 0


def number_of(amount: str) -> int:
    """Bytes, or another whole number; 0 for none."""
    return quantity.value(amount) if amount else 0


def shares_of(milli: int) -> int:
    """The CPU weight of a request."""
    return min(max(milli * 1024 // 1000, MIN_SHARES), MAX_SHARES)


def quota_of(milli: int) -> int:
    """Microseconds of CPU in a period; 0 is unlimited."""
    return max(milli * PERIOD // 1000, MIN_QUOTA) if milli else 0


def resources_of(
    pod: Pod, container: AnyContainer, memory_capacity: int, quota: bool = True, pids: int = -1
) -> Resources:
    """What the engine is told about a container's resources."""
    held = effective(pod, container)
    requested, limit = milli_cpu(held.requests.get("cpu", "")), milli_cpu(held.limits.get("cpu", ""))
    if "cpu" not in held.requests and limit:
        requested = limit
    return Resources(
        cpu_shares=shares_of(requested),
        cpu_quota=quota_of(limit) if quota else 0,
        cpu_period=PERIOD,
        memory=number_of(held.limits.get("memory", "")),
        pids=max(pids, 0),
        oom_score_adj=oom_score(pod, container, memory_capacity),
    )


def oom_score(pod: Pod, container: AnyContainer, memory_capacity: int) -> int:
    """Who is killed first when memory ends: the higher, the sooner."""
    if (pod.spec.priority or 0) >= _CRITICAL_PRIORITY:
        return GUARANTEED_SCORE
    quality = qos_class(pod)
    if quality == "Guaranteed":
        return GUARANTEED_SCORE
    if quality == "BestEffort":
        return BEST_EFFORT_SCORE
    requested = number_of(container.resources.requests.get("memory", ""))
    score = 1000 - 1000 * requested // max(memory_capacity, 1)
    return min(max(score, 1000 + GUARANTEED_SCORE), BEST_EFFORT_SCORE - 1)


def requests_of(pod: Pod) -> dict[str, str]:
    """What a Pod asks of a node: containers together, or the largest init container, with sidecars and overhead."""
    if pod.spec.resources is not None and pod.spec.resources.requests:
        total = dict(pod.spec.resources.requests)
        rest = {n: a for n, a in _containers(pod).items() if n not in ("cpu", "memory")}
        total = rest | total
    else:
        total = _containers(pod)
    return _add(total, pod.spec.overhead)


def limits_of(pod: Pod) -> dict[str, str]:
    """What a Pod may use, as far as its containers are limited: together, or the largest init container."""
    return _containers(pod, lambda container: container.resources.limits)


def effective(pod: Pod, container: AnyContainer) -> ResourceRequirements:
    """What holds for a container: where it has no limit of CPU or memory, its Pod's."""
    own = container.resources
    whole = pod.spec.resources.limits if pod.spec.resources is not None else {}
    if not whole:
        return own
    return ResourceRequirements(requests=own.requests, limits={n: whole[n] for n in _HELD & whole.keys()} | own.limits)


def whole_of(pod: Pod, begun: bool) -> ResourceRequirements:
    """The resources of a Pod together, as its status tells them; `begun` once it runs, when its cgroup holds them."""
    own = pod.spec.resources or ResourceRequirements()
    asked, limits = requests_of(pod), limits_of(pod)
    if not begun:
        return ResourceRequirements(requests=asked, limits=limits | own.limits, claims=own.claims)
    everyone = [*pod.spec.init_containers, *pod.spec.containers]
    # Its own limits alone, or those of its containers together where each of them is limited.
    held = set() if own.limits else {name for name in _HELD if all(name in c.resources.limits for c in everyone)}
    return ResourceRequirements(
        requests={n: a for n, a in asked.items() if n in _HELD} | own.requests,
        limits={n: a for n, a in limits.items() if n in held} | own.limits,
        claims=own.claims,
    )


def _containers(
    pod: Pod, amounts: Callable[[Container], dict[str, str]] = lambda container: container.resources.requests
) -> dict[str, str]:
    total: dict[str, str] = {}
    for container in pod.spec.containers:
        total = _add(total, amounts(container))
    sidecars: dict[str, str] = {}
    most: dict[str, str] = {}
    for container in pod.spec.init_containers:
        if container.restart_policy == "Always":
            total = _add(total, amounts(container))
            sidecars = _add(sidecars, amounts(container))
            most = _max(most, sidecars)
        else:
            most = _max(most, _add(sidecars, amounts(container)))
    return _max(total, most)


def _add(first: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    return first | {n: quantity.add(first[n], a) if n in first else a for n, a in second.items()}


def _max(first: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    return first | {n: a for n, a in second.items() if n not in first or quantity.cmp(a, first[n]) > 0}


def same_resources(one: ResourceRequirements, other: ResourceRequirements) -> bool:
    """Whether two containers' requirements mean the same."""
    return one.requests == other.requests and one.limits == other.limits
