"""Which claims a pod uses, and whether it still does."""

from __future__ import annotations

from collections.abc import Iterable

from controllers.shared import pods
from minik8s.api.core_v1 import Pod
from minik8s.api.resource_v1 import ResourceClaim
from minik8s.machinery.owners import controller_of

FINALIZER = "resource.kubernetes.io/delete-protection"
POD_CLAIM = "resource.kubernetes.io/pod-claim-name"
BY_CLAIM = "pod-claims"
BY_POD = "claim-pod"


def is_done(pod: Pod) -> bool:
    """Whether its containers ended, or never began and never will."""
    return pods.is_terminal(pod) or (pod.metadata.deletion_timestamp is not None and not pod.spec.node_name)


def claim_names(pod: Pod) -> Iterable[tuple[str, str]]:
    """(name within the pod, name of the claim) of every claim that is known by now."""
    made = {one.name: one.resource_claim_name for one in pod.status.resource_claim_statuses}
    for one in pod.spec.resource_claims:
        name = one.resource_claim_name or made.get(one.name)
        if name:
            yield one.name, name


def by_claim(pod: Pod) -> list[str]:
    """Index: the claims a pod uses."""
    return [f"{pod.metadata.namespace}/{name}" for _, name in claim_names(pod)]


def by_pod(claim: ResourceClaim) -> list[str]:
    """Index: the UID of the pod a claim was made for."""
    owner = controller_of(claim)
    return [owner.uid] if owner is not None and owner.kind == "Pod" else []
