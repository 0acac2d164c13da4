"""The restart of all containers of a Pod, in place: its sandbox, its address and its volumes stay."""

from __future__ import annotations

from kubelet.pods import killer
from kubelet.pods.declared import find_container
from kubelet.pods.observed import Instance, Observed
from kubelet.pods.restart_rules import ALL, action_for, may_restart_all
from kubelet.pods.state import PodState
from minik8s.api.core_v1 import Pod, PodSpec, PodStatus
from minik8s.machinery.conditions import get_condition

CONDITION = "AllContainersRestarting"


def wanted(pod: Pod, observed: Observed, reported: PodStatus) -> bool:
    """Whether all containers are to go: one ended with a rule that says so, or that was begun and not done."""
    if not may_restart_all(pod.spec):
        return False
    begun = get_condition(reported.conditions, CONDITION)
    if begun is not None and begun.status == "True":
        return True
    return any(
        _asks(pod.spec, i) for c in (*pod.spec.init_containers, *pod.spec.containers) for i in observed.of(c.name)
    )


async def clear(state: PodState) -> None:
    """Take all containers away, the Pod's own before those that prepared it, whoever asked for it last.

    Nobody gets time to end. Raises RuntimeFailure; what is still there goes when this is called again.
    """
    spec, observed = state.pod.spec, state.observed
    order = [i for c in (*spec.containers, *spec.init_containers) for i in observed.of(c.name)]
    for instance in sorted(order, key=lambda i: _asks(spec, i)):
        if instance.running:
            await killer.kill(state, find_container(spec, instance.name), instance, 0.0, "killing")
        await state.context.runtime.remove_container(instance.id)
        observed.drop(instance.id)
        restarts = state.findings.restarts
        restarts[instance.name] = max(restarts.get(instance.name, 0), instance.attempt + 1)
        state.findings.waiting.pop(instance.name, None)


def _asks(spec: PodSpec, instance: Instance) -> bool:
    container = find_container(spec, instance.name)
    return container is not None and instance.exited and action_for(container, instance.exit_code) == ALL
