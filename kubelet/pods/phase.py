"""The one word for where a Pod is."""

from __future__ import annotations

from kubelet.pods.declared import is_sidecar
from minik8s.api.core_v1 import ContainerStatus, PodSpec, PodStatus


def phase_of(spec: PodSpec, status: PodStatus, ended: bool) -> str:
    """Pending, Running, Succeeded or Failed; `ended` when nothing of it will run again."""
    pending, failed = _init(spec, status)
    running = waiting = stopped = succeeded = 0
    for container in status.container_statuses:
        if container.state.running is not None:
            running += 1
        elif container.state.terminated is not None:
            stopped += 1
            succeeded += container.state.terminated.exit_code == 0
        elif container.last_state.terminated is not None:
            stopped += 1
            # One that waits to be started again is not counted as well.
        else:
            waiting += 1
    if ended:
        done = stopped > 0 and stopped == succeeded and not waiting and not failed
        return "Succeeded" if done else "Failed"
    if failed and spec.restart_policy == "Never":
        return "Failed"
    if pending or waiting:
        return "Pending"
    if running:
        return "Running"
    if stopped:
        if spec.restart_policy == "Always":
            return "Running"
        if stopped == succeeded:
            return "Succeeded"
        return "Failed" if spec.restart_policy == "Never" else "Running"
    return "Pending"


def _init(spec: PodSpec, status: PodStatus) -> tuple[int, int]:
    """How many init containers are still to end well, and how many failed."""
    pending = failed = 0
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
        failed += _failed(container)
    return pending, failed


def _succeeded(status: ContainerStatus) -> bool:
    return status.state.terminated is not None and status.state.terminated.exit_code == 0


def _failed(status: ContainerStatus) -> bool:
    ended = status.state.terminated or (status.last_state.terminated if status.state.waiting else None)
    return ended is not None and ended.exit_code != 0
