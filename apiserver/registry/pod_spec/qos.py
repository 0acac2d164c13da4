"""The quality of service a pod gets: Guaranteed, Burstable or BestEffort."""

from __future__ import annotations

from apiserver.registry.pod_spec.resource_lists import add_into
from minik8s.api.core_v1 import PodSpec
from minik8s.machinery import quantity

_COMPUTE = ("cpu", "memory")


def _positive(resources: dict[str, str]) -> dict[str, str]:
    return {n: v for n, v in resources.items() if n in _COMPUTE and quantity.parse(v) > 0}


def compute_qos(spec: PodSpec) -> str:
    """The class that requests and limits of a pod (or else of its containers) make."""
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    guaranteed = True
    if spec.resources is not None:
        requests = _positive(spec.resources.requests)
        limits = _positive(spec.resources.limits)
        guaranteed = not spec.resources.limits or len(limits) == len(_COMPUTE)
    else:
        for container in (*spec.containers, *spec.init_containers):
            mine = container.resources
            if mine.requests:
                add_into(requests, _positive(mine.requests))
            bounded = _positive(mine.limits) if mine.limits else {}
            add_into(limits, bounded)
            guaranteed = guaranteed and len(bounded) == len(_COMPUTE)
    if not requests and not limits:
        return "BestEffort"
    same = len(requests) == len(limits) and all(
        name in limits and quantity.cmp(limits[name], value) == 0 for name, value in requests.items()
    )
    return "Guaranteed" if guaranteed and same else "Burstable"
