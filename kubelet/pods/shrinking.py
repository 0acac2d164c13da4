"""Memory limits are not lowered below what is in use: the kernel would end processes for it, or refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from kubelet.cgroups import Cgroups, memory_limit
from kubelet.pods.observed import Instance
from kubelet.pods.resources import effective, number_of
from kubelet.server.cgroups import path_of
from minik8s.api.core_v1 import Container, Pod, ResourceRequirements

Changes = Iterable[tuple[Container, Instance]]


async def objection(
    cgroups: Cgroups | None,
    pod: Pod,
    running: Changes,
    held: Mapping[str, ResourceRequirements],
    whole: ResourceRequirements,
) -> str:
    """Why the Pod and its running containers cannot get what it wants now, "" when they can.

    `held` is what containers are held to, by name, and `whole` what the Pod itself is.
    """
    # What an engine does not tell of, or what is gone, cannot object.
    there = [(container, instance.details.pid) for container, instance in running if instance.details.pid]
    own = pod.spec.resources or ResourceRequirements()
    changed = [_memory(effective(pod, c)) != _memory(held[c.name]) for c, _ in there]
    if cgroups is None or not there or not (any(changed) or _memory(own) != _memory(whole)):
        return ""
    return await asyncio.to_thread(_compare, cgroups, pod, there, held)


def _compare(
    cgroups: Cgroups, pod: Pod, there: list[tuple[Container, int]], held: Mapping[str, ResourceRequirements]
) -> str:
    found = []
    places = {container.name: path_of(pid) for container, pid in there}
    whole = next((str(PurePosixPath(place).parent) for place in places.values() if place), "")
    wanted = memory_limit(pod)
    if whole and _lower(wanted, cgroups.memory_limit_at(whole)) and (used := cgroups.memory_at(whole)) >= wanted:
        found.append(f"attempting to set pod memory limit ({wanted}) below current usage ({used})")
    for container, _ in there:
        limit, before = _memory(effective(pod, container)), _memory(held[container.name])
        place = places[container.name]
        if place and _lower(limit, before) and (used := cgroups.memory_at(place)) >= limit:
            about = f'container "{container.name}"'
            found.append(f"attempting to set {about} memory limit ({limit}) below current usage ({used})")
    together = ", ".join(found) if len(found) < 2 else f"[{', '.join(found)}]"
    return f"cannot decrease memory limits: {together}" if found else ""


def _memory(resources: ResourceRequirements) -> int:
    return number_of(resources.limits.get("memory", ""))


def _lower(wanted: int, before: int) -> bool:
    """Whether a limit is lower than the one before; 0 is none."""
    return wanted != 0 and (before == 0 or wanted < before)
