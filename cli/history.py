"""The revisions of a workload: ReplicaSets of a Deployment, ControllerRevisions of the others."""

from __future__ import annotations

import dataclasses
from typing import Any

from cli.describe.pods import template_lines
from cli.errors import CommandError
from cli.output.tables import columns
from cli.session import Session
from cli.targets import Target
from cli.workloads import REPLICA_SETS, REVISIONS
from minik8s.machinery.selector_text import selector_text

REVISION = "deployment.kubernetes.io/revision"
CAUSE = "kubernetes.io/change-cause"
_HASH = "pod-template-hash"
# What annotations tell of the Deployment or the ReplicaSet itself; the others came with the revision.
_OWN_NOTES = {
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Revision:
    """One revision: its number, why it came, its Pod template, and the object that keeps it."""

    number: int
    cause: str
    template: dict[str, Any]
    obj: dict[str, Any]


async def revisions(session: Session, target: Target) -> list[Revision]:
    """All revisions kept, oldest first. Raises CommandError for what has none."""
    kind, uid = target.served.resource.kind, target.obj["metadata"]["uid"]
    if kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        raise CommandError(f'error: no history viewer has been implemented for "{kind}"')
    selector = selector_text((target.obj.get("spec") or {}).get("selector"))
    resource = REPLICA_SETS if kind == "Deployment" else REVISIONS
    listed = await session.client.list(resource, target.namespace, label_selector=selector)
    found = []
    for obj in listed.items:
        meta = obj["metadata"]
        if not any(owner.get("uid") == uid and owner.get("controller") for owner in meta.get("ownerReferences") or ()):
            continue
        notes = meta.get("annotations") or {}
        if kind == "Deployment":
            number, template = int(notes.get(REVISION, 0) or 0), obj["spec"].get("template", {})
        else:
            number, template = obj.get("revision", 0), (obj.get("data") or {}).get("spec", {}).get("template", {})
        if number:
            found.append(Revision(number, notes.get(CAUSE, ""), template, obj))
    return sorted(found, key=lambda revision: revision.number)


def listed(target: Target, found: list[Revision]) -> list[str]:
    """`rollout history`."""
    if not found:
        return ["No rollout history found."]
    rows = [["REVISION", "CHANGE-CAUSE"], *([str(r.number), r.cause or "<none>"] for r in found)]
    return [f"{target.told} ", *(line.replace("   ", "  ", 1) for line in columns(rows)), ""]


def pick(found: list[Revision], number: int) -> Revision:
    """One revision. Raises CommandError."""
    for revision in found:
        if revision.number == number:
            return revision
    raise CommandError("error: unable to find the specified revision")


def described(target: Target, revision: Revision) -> list[str]:
    """`rollout history --revision`."""
    return [
        f"{target.told} with revision #{revision.number}",
        *template_lines(revision.template, revision.cause),
        "",
    ]


def before(found: list[Revision], number: int, target: Target) -> Revision:
    """The revision to go back to: the one named, else the last but one. Raises CommandError."""
    if number:
        for revision in found:
            if revision.number == number:
                return revision
        raise CommandError(f"error: unable to find specified revision {number} in history")
    if len(found) < 2:
        raise CommandError(f'error: no rollout history found for {target.served.resource.plural} "{target.name}"')
    return found[-2]


def bare(template: dict[str, Any]) -> dict[str, Any]:
    """A template without what the controller put in."""
    found = {key: value for key, value in template.items() if not key.startswith("$")}
    meta = dict(found.get("metadata") or {})
    meta["labels"] = {k: v for k, v in (meta.get("labels") or {}).items() if k != _HASH}
    meta.pop("creationTimestamp", None)
    found["metadata"] = meta
    return found


def same_template(target: Target, revision: Revision) -> bool:
    """Whether the workload has the revision's template now."""
    return bare(target.obj["spec"]["template"]) == bare(revision.template)


def undo_patch(target: Target, revision: Revision) -> tuple[Any, str]:
    """(patch, its type) that brings a revision's template, and what was noted of it, back.

    It does not depend on the object's version: a Deployment's controller writes its status all through a rollout.
    """
    if target.served.resource.kind == "Deployment":
        notes = {k: v for k, v in _notes(target.obj).items() if k in _OWN_NOTES}
        notes |= {k: v for k, v in _notes(revision.obj).items() if k not in _OWN_NOTES}
        return [
            {"op": "replace", "path": "/spec/template", "value": bare(revision.template)},
            {"op": "add", "path": "/metadata/annotations", "value": notes},
        ], "json"
    return revision.obj["data"], "strategic"


def _notes(obj: dict[str, Any]) -> dict[str, str]:
    return obj["metadata"].get("annotations") or {}
