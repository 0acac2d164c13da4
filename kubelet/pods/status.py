"""The status a Pod gets: computed from its spec, its containers, and what probes and the sync found."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from datetime import datetime

from kubelet.pods.conditions import conditions_for, disrupt, resize_conditions
from kubelet.pods.declared import AnyContainer, is_sidecar, qos_class
from kubelet.pods.observed import Instance, Observed
from kubelet.pods.phase import RESTARTING_ALL, phase_of
from kubelet.pods.plan import should_restart
from kubelet.pods.resources import requests_of, whole_of
from minik8s.api.core_v1 import (
    ContainerState,
    ContainerStateRunning,
    ContainerStateTerminated,
    ContainerStateWaiting,
    ContainerStatus,
    ContainerUser,
    HostIP,
    Pod,
    PodIP,
    PodStatus,
    ResourceRequirements,
    VolumeMountStatus,
)
from minik8s.machinery.times import format_time

EPOCH = "1970-01-01T00:00:00Z"
_REMOVED = "The container is removed because RestartAllContainers in place"


@dataclasses.dataclass(slots=True)
class Findings:
    """What the sync of a Pod knows besides its containers.

    `waiting` has (reason, message) by container; `messages` the termination message by instance, `users` as whom it
    runs or ran; `ended` is set once
    nothing of the Pod will run again; `reason` and `message` are the Pod's own (Evicted, DeadlineExceeded …) and make
    it Failed when `failed` is set. `resize_pending` says why a resize has to wait, `resizing` that one is
    under way, and `resize_error` what is wrong with it. `resources` are those of running containers, `actuated` what
    they are held to by them and by their Pod, `whole` the Pod's own that it is held to. `restarting_all` is set while
    a rule of one container has all of them begin again; `restarts` counts those of containers whose instances were
    removed then.
    """

    ips: tuple[str, ...] = ()
    host_ips: tuple[str, ...] = ()
    waiting: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    messages: dict[str, str] = dataclasses.field(default_factory=dict)
    users: dict[str, ContainerUser | None] = dataclasses.field(default_factory=dict)
    digests: dict[str, str] = dataclasses.field(default_factory=dict)
    failed: bool = False
    ended: bool = False
    reason: str = ""
    message: str = ""
    disruption: str = ""
    resources: dict[str, ResourceRequirements] = dataclasses.field(default_factory=dict)
    actuated: dict[str, ResourceRequirements] = dataclasses.field(default_factory=dict)
    whole: ResourceRequirements | None = None
    resize_pending: str = ""
    resizing: bool = False
    resize_error: str = ""
    restarting_all: bool = False
    restarts: dict[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Verdicts:
    """What the probes say of a running instance."""

    started: Callable[[Instance], bool]
    ready: Callable[[Instance], bool]


def status_of(
    pod: Pod, observed: Observed, findings: Findings, verdicts: Verdicts, now: datetime, engine: str = "docker"
) -> PodStatus:
    """The status to report; transition times stay where nothing changed."""
    spec, old = pod.spec, pod.status
    made = PodStatus(
        qos_class=qos_class(pod),
        start_time=old.start_time or format_time(now),
        reason=findings.reason or (old.reason if old.phase == "Failed" else ""),
        message=findings.message or (old.message if old.phase == "Failed" else ""),
        host_ip=findings.host_ips[0] if findings.host_ips else old.host_ip,
        host_ips=[HostIP(ip=ip) for ip in findings.host_ips] or old.host_ips,
        pod_ip=findings.ips[0] if findings.ips else "",
        pod_ips=[PodIP(ip=ip) for ip in findings.ips],
        nominated_node_name=old.nominated_node_name,
        observed_generation=pod.metadata.generation or old.observed_generation,
        resize=old.resize,
        resource_claim_statuses=old.resource_claim_statuses,
        extended_resource_claim_status=old.extended_resource_claim_status,
        allocated_resources=requests_of(pod),
    )
    maker = _Maker(pod, observed, findings, verdicts, engine)
    made.init_container_statuses = [
        maker.one(c, maker.before(old.init_container_statuses, c.name), True) for c in spec.init_containers
    ]
    made.container_statuses = [
        maker.one(c, maker.before(old.container_statuses, c.name), False) for c in spec.containers
    ]
    made.ephemeral_container_statuses = [
        maker.one(c, maker.before(old.ephemeral_container_statuses, c.name), False, ephemeral=True)
        for c in spec.ephemeral_containers
        if observed.newest(c.name) is not None or c.name in findings.waiting
    ]
    made.phase = "Failed" if findings.failed else phase_of(spec, made, findings.ended)
    if old.phase in ("Succeeded", "Failed"):
        made.phase = old.phase
    wired = observed.sandbox is not None and bool(findings.ips)
    restarting = findings.restarting_all and any(observed.of(c.name) for c in (*spec.init_containers, *spec.containers))
    made.conditions = conditions_for(pod, made, wired, now, restarting)
    made.resources = whole_of(_held(pod, findings), made.phase == "Running")
    resize_conditions(
        made.conditions, pod, findings.resize_pending, findings.resize_error, findings.resizing, format_time(now)
    )
    if findings.disruption:
        disrupt(made.conditions, findings.disruption, pod.metadata.generation, now)
    return made


def _held(pod: Pod, findings: Findings) -> Pod:
    """The Pod with the resources it is held to, which are others than allocated while it is resized."""
    if findings.whole is None or pod.spec.resources is None:
        return pod
    found = copy.copy(pod)
    found.spec = copy.copy(pod.spec)
    found.spec.resources = findings.whole
    return found


class _Maker:
    def __init__(self, pod: Pod, observed: Observed, findings: Findings, verdicts: Verdicts, engine: str) -> None:
        self.pod, self.observed, self.findings, self.verdicts = pod, observed, findings, verdicts
        self.engine = engine

    @staticmethod
    def before(statuses: list[ContainerStatus], name: str) -> ContainerStatus | None:
        return next((s for s in statuses if s.name == name), None)

    def one(
        self, container: AnyContainer, old: ContainerStatus | None, init: bool, ephemeral: bool = False
    ) -> ContainerStatus:
        found = self.observed.newest(container.name)
        status = ContainerStatus(name=container.name, image=container.image)
        # A Pod's init containers are what it waits for first.
        default = "PodInitializing" if self.pod.spec.init_containers and not ephemeral else "ContainerCreating"
        reason, message = self.findings.waiting.get(container.name, (default, ""))
        waiting = ContainerState(waiting=ContainerStateWaiting(reason=reason, message=message))
        if found is None:
            status.state = waiting
            if old is not None:
                self._lost(status, old)
        else:
            status.container_id = f"{self.engine}://{found.id}"
            status.image_id = self.findings.digests.get(found.details.image_id) or (
                f"{self.engine}://{found.details.image_id}" if found.details.image_id else ""
            )
            status.restart_count = max(found.attempt, old.restart_count if old else 0)
            before = self.observed.previous(container.name)
            if before is not None and before.exited:
                status.last_state = ContainerState(terminated=self.terminated(before))
            elif old is not None and old.container_id in ("", status.container_id):
                status.last_state = old.last_state
            if found.running:
                started = found.details.started_at
                status.state = ContainerState(
                    running=ContainerStateRunning(started_at=format_time(started) if started else None)
                )
            elif found.exited:
                again = should_restart(self.pod.spec, container, found, init and not is_sidecar(container))
                if container.name in self.findings.waiting and again and not self.findings.ended:
                    status.state = waiting
                    status.last_state = ContainerState(terminated=self.terminated(found))
                else:
                    status.state = ContainerState(terminated=self.terminated(found))
            else:
                status.state = waiting
            status.user = self.findings.users.get(found.id)
        self._ready(status, container, found, init, ephemeral)
        self._facts(status, container, ephemeral)
        return status

    def terminated(self, instance: Instance) -> ContainerStateTerminated:
        """How an instance ended."""
        details = instance.details
        text = self.findings.messages.get(instance.id, "")
        made = ContainerStateTerminated(
            exit_code=details.exit_code, message=text, container_id=f"{self.engine}://{instance.id}"
        )
        if details.started_at is None:
            made.reason, made.exit_code, made.message = "StartError", 128, details.error
            made.started_at = EPOCH
            made.finished_at = format_time(details.created_at) if details.created_at else EPOCH
            return made
        if details.oom_killed:
            made.reason = "OOMKilled"
        else:
            made.reason = "Completed" if details.exit_code == 0 else "Error"
        made.started_at = format_time(details.started_at)
        made.finished_at = format_time(details.finished_at) if details.finished_at else made.started_at
        return made

    def _lost(self, status: ContainerStatus, old: ContainerStatus) -> None:
        """A container the API knows and the engine has no more."""
        status.restart_count = old.restart_count
        status.last_state = old.last_state
        if self.findings.restarting_all and (old.state.running is not None or old.state.terminated is not None):
            gone = ContainerStateTerminated(exit_code=137, reason=RESTARTING_ALL, message=_REMOVED)
            status.state = ContainerState(waiting=ContainerStateWaiting(reason=RESTARTING_ALL, message=_REMOVED))
            status.last_state = ContainerState(terminated=gone)
            status.restart_count += 1
        elif old.state.terminated is not None:
            status.container_id, status.image_id, status.state = old.container_id, old.image_id, old.state
        elif old.state.running is not None:
            gone = ContainerStateTerminated(
                exit_code=137,
                reason="ContainerStatusUnknown",
                message="The container could not be located when the pod was deleted.  "
                "The container used to be Running",
            )
            status.last_state = ContainerState(terminated=gone)
            if self.findings.ended:
                status.state, status.last_state = status.last_state, old.last_state
            else:
                status.restart_count += 1

    def _ready(
        self, status: ContainerStatus, container: AnyContainer, found: Instance | None, init: bool, ephemeral: bool
    ) -> None:
        running = status.state.running is not None and found is not None
        if init and not is_sidecar(container):
            ended = status.state.terminated
            status.ready = ended is not None and ended.exit_code == 0
            status.started = bool(running)
            return
        if ephemeral:
            return
        assert found is not None or not running
        status.started = bool(running and found is not None and self.verdicts.started(found))
        status.ready = bool(status.started and found is not None and self.verdicts.ready(found))

    def _facts(self, status: ContainerStatus, container: AnyContainer, ephemeral: bool) -> None:
        if not ephemeral and (container.resources.requests or container.resources.limits):
            held = self.findings.resources.get(container.name, container.resources)
            status.allocated_resources = dict(held.requests)
            status.resources = ResourceRequirements(limits=dict(held.limits), requests=dict(held.requests))
        elif not ephemeral:
            status.resources = ResourceRequirements()
        status.volume_mounts = [
            VolumeMountStatus(
                name=m.name,
                mount_path=m.mount_path,
                read_only=m.read_only,
                recursive_read_only=(m.recursive_read_only or "Disabled") if m.read_only else None,
            )
            for m in container.volume_mounts
        ]
