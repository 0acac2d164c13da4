"""The status a Node reports: computed from facts, the same conditions in the same words as Kubernetes'."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime

from kubelet.node.signals import Threshold
from kubelet.options import KubeletConfiguration
from kubelet.runtime.types import Image
from minik8s.api.core_v1 import (
    ContainerImage,
    DaemonEndpoint,
    NodeAddress,
    NodeCondition,
    NodeDaemonEndpoints,
    NodeFeatures,
    NodeRuntimeHandler,
    NodeStatus,
    NodeSystemInfo,
)
from minik8s.machinery import quantity
from minik8s.machinery.conditions import get_condition
from minik8s.machinery.resource_names import is_extended
from minik8s.machinery.times import format_time

MAX_IMAGES = 50
_WORDS = {
    "MemoryPressure": ("KubeletHasInsufficientMemory", "KubeletHasSufficientMemory"),
    "DiskPressure": ("KubeletHasDiskPressure", "KubeletHasNoDiskPressure"),
    "PIDPressure": ("KubeletHasInsufficientPID", "KubeletHasSufficientPID"),
}
_MESSAGES = {
    "MemoryPressure": ("kubelet has insufficient memory available", "kubelet has sufficient memory available"),
    "DiskPressure": ("kubelet has disk pressure", "kubelet has no disk pressure"),
    "PIDPressure": ("kubelet has insufficient PID available", "kubelet has sufficient PID available"),
}


@dataclasses.dataclass(slots=True)
class Facts:
    """What a node is and has now; `trouble` says why it is not ready ("" when it is)."""

    info: NodeSystemInfo
    capacity: dict[str, str]
    addresses: list[tuple[str, str]]
    trouble: str = ""
    pressures: frozenset[str] = frozenset()
    images: list[Image] = dataclasses.field(default_factory=list)
    volumes_in_use: list[str] = dataclasses.field(default_factory=list)
    port: int = 10250


def allocatable_of(
    capacity: Mapping[str, str], config: KubeletConfiguration, thresholds: list[Threshold]
) -> dict[str, str]:
    """What Pods may ask for: the capacity without what is reserved and what is held back from eviction."""
    found = dict(capacity)
    for reserved in (config.system_reserved, config.kube_reserved):
        for name, amount in reserved.items():
            if name in found:
                found[name] = _less(found[name], amount)
    for threshold in thresholds:
        name = {"memory.available": "memory", "nodefs.available": "ephemeral-storage"}.get(threshold.signal, "")
        if name in found and not threshold.grace:
            held = threshold.limit(quantity.value(capacity[name]))
            found[name] = _less(found[name], str(held))
    if "ephemeral-storage" in found:
        found["ephemeral-storage"] = str(quantity.value(found["ephemeral-storage"]))
    return found


def _less(amount: str, less: str) -> str:
    left = quantity.sub(amount, less)
    return left if quantity.cmp(left, "0") > 0 else "0"


def status_of(facts: Facts, old: NodeStatus, allocatable: Mapping[str, str], now: datetime) -> NodeStatus:
    """The status to report; conditions of others (the network's) stay as they are.

    So do extended resources that somebody put into the capacity (Kubernetes' task page "Advertise Extended Resources
    for a Node"): what is there may be used.
    """
    extended = {name: amount for name, amount in old.capacity.items() if is_extended(name)}
    images = sorted((i for i in facts.images if i.tags or i.digests), key=lambda i: -i.size)[:MAX_IMAGES]
    return NodeStatus(
        capacity={**extended, **facts.capacity},
        allocatable={**extended, **allocatable},
        conditions=conditions_of(facts, old, now),
        addresses=[NodeAddress(type=kind, address=address) for kind, address in facts.addresses],
        daemon_endpoints=NodeDaemonEndpoints(kubelet_endpoint=DaemonEndpoint(port=facts.port)),
        node_info=facts.info,
        images=[ContainerImage(names=[*i.digests, *i.tags][:5], size_bytes=i.size) for i in images],
        volumes_in_use=sorted(facts.volumes_in_use),
        volumes_attached=old.volumes_attached,
        config=old.config,
        runtime_handlers=[NodeRuntimeHandler()],
        features=NodeFeatures(supplemental_groups_policy=False),
    )


def conditions_of(facts: Facts, old: NodeStatus, now: datetime) -> list[NodeCondition]:
    """The kubelet's own conditions: pressures and Ready."""
    made = []
    for kind, (bad, good) in _WORDS.items():
        pressed = kind in facts.pressures
        message = _MESSAGES[kind][0 if pressed else 1]
        made.append(
            NodeCondition(
                type=kind, status="True" if pressed else "False", reason=bad if pressed else good, message=message
            )
        )
    made.append(
        NodeCondition(
            type="Ready",
            status="False" if facts.trouble else "True",
            reason="KubeletNotReady" if facts.trouble else "KubeletReady",
            message=facts.trouble or "kubelet is posting ready status",
        )
    )
    stamp = format_time(now)
    for condition in made:
        before = get_condition(old.conditions, condition.type)
        same = before is not None and before.status == condition.status
        condition.last_transition_time = before.last_transition_time if same and before is not None else stamp
        condition.last_heartbeat_time = stamp
    return made
