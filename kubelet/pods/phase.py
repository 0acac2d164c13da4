"""The one word for where a Pod is."""

from __future__ import annotations

from kubelet.pods.declared import AnyContainer, is_sidecar
from kubelet.pods.restart_rules import restarts
from minik8s.api.core_v1 import ContainerStateTerminated, ContainerStatus, PodSpec, PodStatus

RESTARTING_ALL = "RestartingAllContainers"
"""Why a container ended that a rule of another one has begin again."""


def phase_of(spec: PodSpec, status: PodStatus, ended: bool) -> str:
    """Pending, Running, Succeeded or Failed; `ended` when nothing of it will run again."""
    pending, failed, lost = _init(spec, status)
    running = waiting = stopped = succeeded = over = 0
    declared = {c.name: c for c in spec.containers}
    for container in status.container_statuses:
        end = container.state.terminated or container.last_state.terminated
        if container.state.running is not None:
            running += 1
        elif end is not None:
            # One that waits to be started again has stopped; it has not succeeded.
            stopped += 1
            over += not _returns(spec, declared[container.name], end)
            succeeded += container.state.terminated is not None and end.exit_code == 0
        else:
            waiting += 1
    if ended:
        done = stopped > 0 and stopped == succeeded and not waiting and not failed
        return "Succeeded" if done else "Failed"
    if lost:
        return "Failed"
    if pending or waiting:
        return "Pending"
    if running:
        return "Running"
    if stopped:
        if stopped > over:
            return "Running"
        return "Succeeded" if stopped == succeeded else "Failed"
    return "Pending"


def _init(spec: PodSpec, status: PodStatus) -> tuple[int, int, int]:
    """How many init containers are still to end well, how many failed, and how many of these do not run again."""
    pending = failed = lost = 0
    begun = any(
        c.state.running is not None or c.state.terminated is not None or c.last_state.terminated is not None
        for c in status.container_statuses
    )
    declared = {c.name: c for c in spec.init_containers}
    for container in status.init_container_statuses:
        if is_sidecar(declared[container.name]):
            pending += not begun and not container.started
            continue
        pending += not begun and not _succeeded(container)
        end = container.state.terminated or (container.last_state.terminated if container.state.waiting else None)
        if end is not None and end.exit_code != 0:
            failed += 1
            lost += not _returns(spec, declared[container.name], end, init=True)
    return pending, failed, lost


def _returns(spec: PodSpec, container: AnyContainer, end: ContainerStateTerminated, init: bool = False) -> bool:
    return end.reason == RESTARTING_ALL or restarts(spec, container, end.exit_code, init)


def _succeeded(status: ContainerStatus) -> bool:
    return status.state.terminated is not None and status.state.terminated.exit_code == 0
