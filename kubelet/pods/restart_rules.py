"""Who runs again after it ended: a container's rules by exit code, its own policy, the Pod's policy."""

from __future__ import annotations

from kubelet.pods.declared import AnyContainer, is_sidecar
from minik8s.api.core_v1 import PodSpec

ALL = "RestartAllContainers"
"""The action of a rule by which the end of one container restarts all of its Pod."""


def action_for(container: AnyContainer, code: int) -> str:
    """What the first of the container's rules that matches this exit code asks for; "" when none does."""
    for rule in container.restart_policy_rules:
        codes = rule.exit_codes
        if codes is not None and (code in codes.values) == (codes.operator == "In"):
            return rule.action
    return ""


def restarts(spec: PodSpec, container: AnyContainer, code: int, init: bool = False) -> bool:
    """Whether a container that ended with this exit code is to run again; `init` for one that is no sidecar."""
    if any(container is ephemeral for ephemeral in spec.ephemeral_containers):
        return False
    if action := action_for(container, code):
        return action in ("Restart", ALL)
    policy = restart_policy(spec, container, init)
    return policy == "Always" or (policy == "OnFailure" and code != 0)


def restart_policy(spec: PodSpec, container: AnyContainer, init: bool = False) -> str:
    """The policy that holds for a container: its own, or the Pod's; init containers that succeeded never return."""
    policy = container.restart_policy or spec.restart_policy or "Always"
    return "OnFailure" if init and policy == "Always" and not is_sidecar(container) else policy


def may_restart_all(spec: PodSpec) -> bool:
    """Whether some container's end may restart all of the Pod."""
    return any(rule.action == ALL for c in (*spec.init_containers, *spec.containers) for rule in c.restart_policy_rules)
