"""Changes of resources in place: a running container gets its new limits without a restart where it may."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import structlog

from kubelet.pods import killer, shrinking
from kubelet.pods.allocation import resizable, summary, whole
from kubelet.pods.declared import AnyContainer, full_name, grace_seconds
from kubelet.pods.observed import Instance
from kubelet.pods.resources import effective, resources_of, same_resources
from kubelet.pods.state import PodState
from kubelet.runtime.types import RuntimeFailure, RuntimeUnavailable
from minik8s.api.core_v1 import Container, ResourceRequirements
from minik8s.machinery.copy import deep_copy

log = structlog.get_logger("resize")


async def apply(state: PodState) -> None:
    """Bring running containers, and the Pod as a whole, to the resources it wants now. Raises RuntimeUnavailable."""
    context, findings = state.context, state.findings
    held = findings.actuated
    findings.resize_error = ""
    if findings.whole is None:
        findings.whole = deep_copy(whole(state.pod))
    under_way = not same_resources(findings.whole, whole(state.pod))
    objection = await shrinking.objection(context.cgroups, state.pod, _in_place(state), held, findings.whole)
    if under_way:
        await _bound(state, raise_only=True)
    for container in (*state.pod.spec.init_containers, *state.pod.spec.containers):
        instance = state.observed.newest(container.name)
        if instance is None or not instance.running:
            findings.resources.pop(container.name, None)
            held.pop(container.name, None)
            continue
        before = held.get(container.name)
        if before is None:
            began(state, container)
            continue
        if same_resources(before, effective(state.pod, container)):
            findings.resources[container.name] = deep_copy(container.resources)
            continue
        if not under_way:
            # First, as no container may have more than its Pod; what becomes less comes last.
            under_way = True
            await _bound(state, raise_only=True)
        if instance.id in state.kills:
            continue
        if _restarts(state, container, before):
            text = f"Container {container.name} resize requires restart"
            killer.begin(state, container, instance, float(grace_seconds(state.pod)), text)
            continue
        if objection:
            continue
        wanted = resources_of(
            state.pod, container, context.memory_capacity, context.config.cpu_cfs_quota, context.config.pod_pids_limit
        )
        try:
            await context.runtime.update_resources(instance.id, wanted)
        except RuntimeUnavailable:
            raise
        except RuntimeFailure as error:
            _failed(state, f"Error resizing container {container.name}: {error}")
            continue
        began(state, container)
        log.info("resources changed in place", pod=full_name(state.pod), container=container.name)
    if objection:
        _failed(state, objection)
    begun = under_way or findings.resizing
    known = [c for c in resizable(state.pod) if c.name in held]
    done = not objection and all(same_resources(held[c.name], effective(state.pod, c)) for c in known)
    under_way = under_way and not done
    if begun and not under_way:
        await _bound(state)
        findings.whole = deep_copy(whole(state.pod))
    if findings.resizing and not under_way:
        state.event("Normal", "ResizeCompleted", f"Pod resize completed: {summary(state.pod)}")
    findings.resizing = under_way


def began(state: PodState, container: AnyContainer) -> None:
    """A container has what the Pod's spec says now."""
    state.findings.resources[container.name] = deep_copy(container.resources)
    state.findings.actuated[container.name] = deep_copy(effective(state.pod, container))


def _in_place(state: PodState) -> Iterator[tuple[Container, Instance]]:
    """The running containers that keep running whatever their resources become."""
    for container in (*state.pod.spec.init_containers, *state.pod.spec.containers):
        instance, before = state.observed.newest(container.name), state.findings.actuated.get(container.name)
        if instance is None or not instance.running or before is None or instance.id in state.kills:
            continue
        if not _restarts(state, container, before):
            yield container, instance


def _failed(state: PodState, why: str) -> None:
    """Tell why a resize is not done, and try it again later."""
    state.findings.resize_error = why
    # What is in use differs each time: told once for each wish.
    state.event_once("Warning", "ResizeError", why, key=str(state.pod.metadata.generation))
    state.look_again(10.0)


async def _bound(state: PodState, raise_only: bool = False) -> None:
    """Give the Pod's cgroup the limits of the Pod."""
    context = state.context
    if context.cgroups is not None:
        await asyncio.to_thread(context.cgroups.prepare, state.pod, context.config.pod_pids_limit, raise_only)


def _restarts(state: PodState, container: Container, before: ResourceRequirements) -> bool:
    policies = {p.resource_name: p.restart_policy for p in container.resize_policy}
    now = effective(state.pod, container)
    pairs = ((before.limits, now.limits), (before.requests, now.requests))
    changed = {name for old, new in pairs for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    return any(policies.get(name) == "RestartContainer" for name in changed)
