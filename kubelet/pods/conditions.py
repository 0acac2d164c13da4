"""A Pod's conditions, worded as Kubernetes words them."""

from __future__ import annotations

from datetime import datetime

from kubelet.pods.declared import is_sidecar
from kubelet.pods.restart_rules import may_restart_all
from minik8s.api.core_v1 import Pod, PodCondition, PodStatus
from minik8s.machinery.conditions import get_condition, set_condition
from minik8s.machinery.times import format_time

PASSING = frozenset(("PodResizePending", "PodResizeInProgress"))
"""Those of the kubelet's conditions that are there only while they are true."""
OURS = (
    "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled", "AllContainersRestarting",
    *sorted(PASSING),
)  # fmt: skip


def conditions_for(
    pod: Pod, status: PodStatus, wired: bool, now: datetime, restarting_all: bool = False
) -> list[PodCondition]:
    """All conditions: the kubelet's own made anew, those of others as they are."""
    old = pod.status.conditions
    made = [
        PodCondition(type="PodReadyToStartContainers", status=_word(wired)),
        _initialized(pod, status),
        _ready(pod, status),
        _containers_ready(pod, status),
        PodCondition(type="PodScheduled", status="True"),
    ]
    if may_restart_all(pod.spec):
        made.append(_restarting_all(status, restarting_all))
    stamp = format_time(now)
    for condition in made:
        before = get_condition(old, condition.type)
        same = before is not None and before.status == condition.status
        condition.last_transition_time = before.last_transition_time if same and before else stamp
        condition.observed_generation = pod.metadata.generation
    return made + [c for c in old if c.type not in OURS]


def resize_conditions(
    conditions: list[PodCondition], pod: Pod, pending: str, error: str, resizing: bool, stamp: str
) -> None:
    """Add the conditions of a resize that has to wait, and of one that is under way."""
    wanted = []
    if pending:
        wanted.append(PodCondition(type="PodResizePending", status="True", reason="Deferred", message=pending))
    if error or resizing:
        reason = "Error" if error else ""
        wanted.append(PodCondition(type="PodResizeInProgress", status="True", reason=reason, message=error))
    for made in wanted:
        before = get_condition(pod.status.conditions, made.type)
        made.last_transition_time = before.last_transition_time if before is not None else stamp
        made.observed_generation = pod.metadata.generation
        conditions.append(made)


def disrupt(conditions: list[PodCondition], message: str, generation: int, now: datetime) -> None:
    """Add the condition that says that the kubelet ended the Pod."""
    made = PodCondition(
        type="DisruptionTarget",
        status="True",
        reason="TerminationByKubelet",
        message=message,
        observed_generation=generation,
    )
    set_condition(conditions, made, format_time(now))


def _word(value: bool) -> str:
    return "True" if value else "False"


def _initialized(pod: Pod, status: PodStatus) -> PodCondition:
    made = PodCondition(type="Initialized", status="True")
    if status.phase in ("Succeeded",):
        made.reason = "PodCompleted"
        return made
    declared = {c.name: c for c in pod.spec.init_containers}
    begun = any(
        c.state.running is not None or c.state.terminated is not None or c.last_state.terminated is not None
        for c in status.container_statuses
    )
    incomplete = []
    for container in status.init_container_statuses:
        fine = bool(container.started) if is_sidecar(declared[container.name]) else container.ready
        if not fine and not begun:
            incomplete.append(container.name)
    if incomplete:
        made.status, made.reason = "False", "ContainersNotInitialized"
        made.message = f"containers with incomplete status: [{' '.join(incomplete)}]"
    return made


def _containers_ready(pod: Pod, status: PodStatus) -> PodCondition:
    made = PodCondition(type="ContainersReady", status="True")
    if status.phase == "Succeeded":
        made.status, made.reason = "False", "PodCompleted"
        return made
    if status.phase == "Failed":
        made.status, made.reason = "False", "PodFailed"
        return made
    sidecars = {c.name for c in pod.spec.init_containers if is_sidecar(c)}
    unready = [c.name for c in status.init_container_statuses if c.name in sidecars and not c.ready]
    unready += [c.name for c in status.container_statuses if not c.ready]
    if unready:
        made.status, made.reason = "False", "ContainersNotReady"
        made.message = f"containers with unready status: [{' '.join(unready)}]"
    return made


def _restarting_all(status: PodStatus, restarting: bool) -> PodCondition:
    made = PodCondition(type="AllContainersRestarting", status="False")
    if status.phase in ("Succeeded", "Failed"):
        made.reason = "PodCompleted" if status.phase == "Succeeded" else "PodFailed"
    elif restarting:
        made.status, made.reason = "True", "RestartAllContainersStarted"
        made.message = "container exited with restart policy rule"
    return made


def _ready(pod: Pod, status: PodStatus) -> PodCondition:
    containers = _containers_ready(pod, status)
    made = PodCondition(type="Ready", status=containers.status, reason=containers.reason, message=containers.message)
    if containers.status != "True":
        return made
    troubles = []
    for gate in pod.spec.readiness_gates:
        found = get_condition(pod.status.conditions, gate.condition_type)
        if found is None:
            troubles.append(f'corresponding condition of pod readiness gate "{gate.condition_type}" does not exist.')
        elif found.status != "True":
            troubles.append(
                f'the status of pod readiness gate "{gate.condition_type}" is not "True", but {found.status}'
            )
    if troubles:
        made.status, made.reason, made.message = "False", "ReadinessGatesNotReady", ", ".join(troubles)
    return made
