"""A Pod as the scheduler holds it: the object, its template, and where it is or is about to be."""

from __future__ import annotations

from minik8s.api.core_v1 import Pod
from scheduler.pods.template import Template, template_of


class PodInfo:
    """A Pod and the facts of its template.

    `node` is the node it is on: `spec.nodeName`, or the one just chosen for it (then `assumed` is true).
    """

    __slots__ = ("assumed", "key", "name", "namespace", "node", "pod", "priority", "template", "terminating", "uid")

    def __init__(self, pod: Pod, template: Template | None = None) -> None:
        self.pod = pod
        meta = pod.metadata
        self.namespace, self.name, self.uid = meta.namespace, meta.name, meta.uid
        self.key = f"{meta.namespace}/{meta.name}"
        self.template = template or template_of(pod)
        self.priority = pod.spec.priority or 0
        self.terminating = meta.deletion_timestamp is not None
        self.node = pod.spec.node_name
        self.assumed = False

    def __repr__(self) -> str:
        return f"PodInfo({self.key})"


def is_finished(pod: Pod) -> bool:
    """Whether all containers ended for good, so that the Pod takes nothing any more."""
    return pod.status.phase in ("Succeeded", "Failed")
