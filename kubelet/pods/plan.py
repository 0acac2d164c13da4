"""What is to be done for a Pod now: computed from its spec and what is observed, without doing anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from kubelet import labels
from kubelet.pods.declared import AnyContainer, container_hash, is_sidecar
from kubelet.pods.observed import Instance, Observed
from kubelet.pods.restart_rules import restart_policy, restarts
from minik8s.api.core_v1 import Pod, PodSpec


@dataclasses.dataclass(frozen=True, slots=True)
class Start:
    """A container to start: its first instance or one after `after`."""

    container: AnyContainer
    after: Instance | None


@dataclasses.dataclass(frozen=True, slots=True)
class Kill:
    """An instance to stop, and the event's message about it."""

    instance: Instance
    message: str
    probe_grace: int | None = None


@dataclasses.dataclass(slots=True)
class Plan:
    """What to do, in this order: stop all, or make a sandbox; stop some; start some."""

    stop_all: bool = False
    make_sandbox: bool = False
    kill: list[Kill] = dataclasses.field(default_factory=list)
    start: list[Start] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Health:
    """What probes and hooks say of an instance: `failed` is the message why it must die ("" when it need not)."""

    started: Callable[[Instance], bool]
    failed: Callable[[Instance], tuple[str, int | None]]


def plan_for(pod: Pod, observed: Observed, health: Health) -> Plan:
    """What a Pod that is to run needs now."""
    spec, plan = pod.spec, Plan()
    sandbox = observed.sandbox
    if sandbox is None:
        if observed.running:
            # Their network is gone with the sandbox: they go too, and all begins again.
            plan.stop_all = True
        elif _needs_sandbox(spec, observed):
            plan.make_sandbox = True
        return plan

    def here(container: AnyContainer) -> Instance | None:
        """The newest instance if it belongs to this sandbox; an older one counts as none."""
        found = observed.newest(container.name)
        return found if found is not None and found.sandbox_id == sandbox.id else None

    for ephemeral in spec.ephemeral_containers:
        if observed.newest(ephemeral.name) is None:
            plan.start.append(Start(ephemeral, None))
    initialized = any(here(c) is not None for c in spec.containers)
    if not _init(plan, spec, observed, health, here, initialized):
        return plan
    for container in spec.containers:
        _regular(plan, spec, container, observed, health, here(container))
    return plan


def _init(
    plan: Plan,
    spec: PodSpec,
    observed: Observed,
    health: Health,
    here: Callable[[AnyContainer], Instance | None],
    initialized: bool,
) -> bool:
    """Plan for the init containers; returns whether all are through."""
    for container in spec.init_containers:
        found = here(container)
        newest = observed.newest(container.name)
        if is_sidecar(container):
            if found is None or not found.running:
                plan.start.append(Start(container, newest))
                if not initialized:
                    return False
                continue
            message, grace = health.failed(found)
            if message:
                plan.kill.append(Kill(found, message, grace))
            if not initialized and (message or not health.started(found)):
                return False
            continue
        if initialized:
            continue
        if found is None:
            plan.start.append(Start(container, newest))
            return False
        if found.exited and found.details.exit_code == 0 and not found.details.error:
            continue
        if found.exited or not found.running:
            if should_restart(spec, container, found, init=True):
                plan.start.append(Start(container, found))
            elif observed.running:
                plan.stop_all = True
        return False
    return True


def _regular(
    plan: Plan, spec: PodSpec, container: AnyContainer, observed: Observed, health: Health, found: Instance | None
) -> None:
    if found is None:
        before = observed.newest(container.name)
        if before is None or not before.exited or should_restart(spec, container, before):
            plan.start.append(Start(container, before))
        return
    if not found.running:
        if not found.exited or should_restart(spec, container, found):
            plan.start.append(Start(container, found))
        return
    if found.details.labels.get(labels.CONTAINER_HASH, "") != container_hash(container):
        plan.kill.append(Kill(found, f"Container {container.name} definition changed, will be restarted"))
        return
    message, grace = health.failed(found)
    if message:
        returns = restart_policy(spec, container) != "Never"
        text = f"Container {container.name} {message}"
        plan.kill.append(Kill(found, text + (", will be restarted" if returns else ""), grace))


def _needs_sandbox(spec: PodSpec, observed: Observed) -> bool:
    """Whether anything is still to run."""
    for container in spec.containers:
        found = observed.newest(container.name)
        if found is None or not found.exited or should_restart(spec, container, found):
            return not _init_failed(spec, observed)
    return False


def _init_failed(spec: PodSpec, observed: Observed) -> bool:
    for container in spec.init_containers:
        found = observed.newest(container.name)
        if found is None or is_sidecar(container):
            continue
        failed = found.exited and (found.details.exit_code != 0 or bool(found.details.error))
        if failed and not should_restart(spec, container, found, init=True):
            return True
    return False


def should_restart(spec: PodSpec, container: AnyContainer, ended: Instance, init: bool = False) -> bool:
    """Whether a container that ended is to run again."""
    return restarts(spec, container, ended.exit_code, init)
