"""The annotations that tie a Deployment to its ReplicaSets: revisions, and the sizes a set was scaled for."""

from __future__ import annotations

from controllers.deployment import sets
from minik8s.api.apps_v1 import Deployment, ReplicaSet

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"
ROLLBACK = "deprecated.deployment.rollback.to"
_NOT_COPIED = frozenset(
    {"kubectl.kubernetes.io/last-applied-configuration", REVISION, HISTORY, DESIRED, MOST, ROLLBACK}
)
_HISTORY_LENGTH = 2000


def revision(obj: Deployment | ReplicaSet) -> int:
    """The revision an object says it is; 0 when it says none."""
    text = obj.metadata.annotations.get(REVISION, "")
    return int(text) if text.isdigit() else 0


def number(one: ReplicaSet, name: str) -> int | None:
    """The number an annotation of a set holds; None without one."""
    text = one.metadata.annotations.get(name, "")
    return int(text) if text.isdigit() else None


def size_annotations(owner: Deployment) -> dict[str, str]:
    """What a set scaled for the deployment as it is now says."""
    most = sets.wanted(owner) + sets.max_surge(owner)
    return {DESIRED: str(sets.wanted(owner)), MOST: str(most)}


def copied(owner: Deployment) -> dict[str, str]:
    """The deployment's annotations that its new set carries too."""
    return {k: v for k, v in owner.metadata.annotations.items() if k not in _NOT_COPIED}


def annotate_new(owner: Deployment, new: ReplicaSet, wanted_revision: int) -> bool:
    """Give the new set the deployment's annotations and its revision; tells whether that changed anything.

    A set that was another revision before (a roll-back) keeps that one in its history.
    """
    annotations = new.metadata.annotations
    before = dict(annotations)
    annotations.update(copied(owner))
    old = annotations.get(REVISION, "")
    if old and not old.isdigit():
        return annotations != before
    if int(old or 0) < wanted_revision:
        annotations[REVISION] = str(wanted_revision)
        if old:
            annotations[HISTORY] = _with(annotations.get(HISTORY, ""), old)
    return annotations != before


def _with(history: str, old: str) -> str:
    held = [*(history.split(",") if history else []), old]
    while len(",".join(held)) > _HISTORY_LENGTH and len(held) > 1:
        del held[0]
    return ",".join(held)
