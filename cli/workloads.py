"""From a workload to its Pods, and where each kind keeps its Pod template."""

from __future__ import annotations

from typing import Any

from cli.errors import CommandError
from cli.session import Session
from cli.targets import Target
from minik8s.client.resources import Resource
from minik8s.machinery.selector_text import selector_text

PODS: Resource[dict[str, Any]] = Resource("v1", "pods", "Pod", True, dict)
REPLICA_SETS: Resource[dict[str, Any]] = Resource("apps/v1", "replicasets", "ReplicaSet", True, dict)
REVISIONS: Resource[dict[str, Any]] = Resource("apps/v1", "controllerrevisions", "ControllerRevision", True, dict)


def template_of(obj: dict[str, Any]) -> dict[str, Any]:
    """The Pod template inside a workload, or a Pod itself. Raises CommandError for anything else."""
    spec = obj.get("spec") or {}
    if obj.get("kind") == "Pod":
        return obj
    if obj.get("kind") == "CronJob":
        spec = spec.get("jobTemplate", {}).get("spec", {})
    template = spec.get("template")
    if not isinstance(template, dict):
        raise CommandError(f"error: {obj.get('kind')} has no Pod template")
    return template


async def pods_of(session: Session, target: Target) -> list[dict[str, Any]]:
    """The Pods of a Pod, Service or workload, best first: running, ready, oldest. Raises CommandError."""
    if target.obj.get("kind") == "Pod":
        return [target.obj]
    selector = selector_text((target.obj.get("spec") or {}).get("selector"))
    if not selector:
        raise CommandError(f"error: cannot find the Pods of {target.told}: it has no selector")
    listed = await session.client.list(PODS, target.namespace, label_selector=selector)
    if not listed.items:
        raise CommandError(f"error: timed out waiting for the condition: no Pods of {target.told} exist")
    return sorted(listed.items, key=_rank)


def _rank(pod: dict[str, Any]) -> tuple[bool, bool, str]:
    status = pod.get("status", {})
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions") or ())
    return status.get("phase") != "Running", not ready, pod["metadata"]["creationTimestamp"]


def container_names(pod: dict[str, Any], all_kinds: bool = False) -> list[str]:
    """The names of a Pod's containers; with init and ephemeral ones before and after when asked."""
    spec = pod.get("spec") or {}
    parts = ("initContainers", "containers", "ephemeralContainers") if all_kinds else ("containers",)
    return [each["name"] for part in parts for each in spec.get(part) or ()]


def default_container(session: Session, pod: dict[str, Any], quiet: bool = False) -> str:
    """The container a command is about when none is named."""
    names = container_names(pod)
    annotated = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container", "")
    if annotated in names:
        return str(annotated)
    if len(names) > 1 and not quiet:
        every = ", ".join(names)
        session.warn(f'Defaulted container "{names[0]}" out of: {every}')
    return names[0] if names else ""
