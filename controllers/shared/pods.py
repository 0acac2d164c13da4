"""What controllers ask of a Pod."""

from __future__ import annotations

from datetime import datetime, timedelta

from minik8s.api.core_v1 import Pod, PodCondition, PodTemplateSpec
from minik8s.api.object_meta import ObjectMeta
from minik8s.api.objects import Object
from minik8s.machinery.conditions import get_condition
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import controller_of, owner_reference
from minik8s.machinery.times import parse_time

OWNER = "controller-uid"
"""Name of the index `by_owner` of pods."""
NODE = "spec.nodeName"
"""Name of the index `by_node` of pods."""


def by_owner(obj: Object) -> list[str]:
    """Index: the UID of the managing owner; objects without one under `orphans(namespace)`."""
    owner = controller_of(obj)
    return [owner.uid if owner is not None else orphans(obj.metadata.namespace)]


def orphans(namespace: str) -> str:
    """Where `by_owner` puts a namespace's objects without managing owner."""
    return f"orphan/{namespace}"


def by_node(pod: Pod) -> list[str]:
    """Index: the node a pod is bound to."""
    return [pod.spec.node_name] if pod.spec.node_name else []


def is_terminal(pod: Pod) -> bool:
    """Whether all its containers ended and none will be started again."""
    return pod.status.phase in ("Succeeded", "Failed")


def is_active(pod: Pod) -> bool:
    """Whether it counts as a replica: neither ended nor being deleted."""
    return not is_terminal(pod) and pod.metadata.deletion_timestamp is None


def is_terminating(pod: Pod) -> bool:
    """Whether it is being deleted and still runs."""
    return not is_terminal(pod) and pod.metadata.deletion_timestamp is not None


def ready_condition(pod: Pod) -> PodCondition | None:
    """Its condition Ready."""
    return get_condition(pod.status.conditions, "Ready")


def is_ready(pod: Pod) -> bool:
    """Whether its condition Ready holds."""
    condition = ready_condition(pod)
    return condition is not None and condition.status == "True"


def ready_since(pod: Pod) -> datetime | None:
    """Since when it is ready; None when it is not, or does not say."""
    condition = ready_condition(pod)
    if condition is None or condition.status != "True" or not condition.last_transition_time:
        return None
    return parse_time(condition.last_transition_time)


def is_available(pod: Pod, min_ready_seconds: int, now: datetime) -> bool:
    """Whether it has been ready for `min_ready_seconds`."""
    if not is_ready(pod):
        return False
    if min_ready_seconds == 0:
        return True
    since = ready_since(pod)
    return since is not None and since + timedelta(seconds=min_ready_seconds) <= now


def next_availability(pods: list[Pod], min_ready_seconds: int, now: datetime) -> float | None:
    """Seconds until the next of the ready pods becomes available; None when none will."""
    waits = [
        (since - now).total_seconds() + min_ready_seconds
        for pod in pods
        if (since := ready_since(pod)) is not None and not is_available(pod, min_ready_seconds, now)
    ]
    return max(min(waits), 0.0) if waits else None


def restarts(pod: Pod) -> int:
    """The most often restarted container's restarts."""
    return max((c.restart_count for c in pod.status.container_statuses), default=0)


def generate_name_prefix(owner: str) -> str:
    """The `generateName` of an owner's pods."""
    return f"{owner}-"


def pod_from_template(template: PodTemplateSpec, owner: Object, name: str = "") -> Pod:
    """A new pod of a template, managed by `owner`."""
    made = deep_copy(template)
    meta = ObjectMeta(
        name=name,
        generate_name=generate_name_prefix(owner.metadata.name),
        namespace=owner.metadata.namespace,
        labels=made.metadata.labels,
        annotations=made.metadata.annotations,
        finalizers=made.metadata.finalizers,
        owner_references=[owner_reference(owner)],
    )
    return Pod(metadata=meta, spec=made.spec)
