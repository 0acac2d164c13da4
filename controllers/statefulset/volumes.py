"""The claims of a StatefulSet's pods: made before their pod, kept or dropped as the retention policy says."""

from __future__ import annotations

from controllers.statefulset.identity import claims_for, ordinal_of, replicas, start
from minik8s.api.apps_v1 import StatefulSet
from minik8s.api.core_v1 import PersistentVolumeClaim, Pod
from minik8s.api.meta_v1 import OwnerReference
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists, ApiError
from minik8s.client.informer import Informer
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import controller_of, owner_reference


class ClaimIsGoing(Exception):
    """A pod's claim is being deleted: the pod waits until it is gone."""


class Volumes:
    """Every method raises ApiError."""

    def __init__(self, ctx: ControllerContext, owners: Informer[StatefulSet]) -> None:
        self._ctx, self._owners = ctx, owners
        self._claims: Informer[PersistentVolumeClaim] = ctx.informers.of(PersistentVolumeClaim)
        self._claims.on_change(self._changed)

    def _changed(self, old: PersistentVolumeClaim | None, new: PersistentVolumeClaim | None) -> None:
        if new is not None or old is None:
            return
        # A pod may wait until the claim of its predecessor is gone.
        for owner in self._owners.list(old.metadata.namespace):
            prefixes = tuple(f"{t.metadata.name}-{owner.metadata.name}-" for t in owner.spec.volume_claim_templates)
            if prefixes and old.metadata.name.startswith(prefixes):
                self._ctx.enqueue_object(owner)

    async def make(self, owner: StatefulSet, pod: Pod) -> None:
        """Make the pod's missing claims. Raises ClaimIsGoing."""
        for claim in claims_for(owner, ordinal_of(owner, pod)).values():
            name = claim.metadata.name
            held = self._claims.get(name, owner.metadata.namespace)
            if held is not None:
                if held.metadata.deletion_timestamp is not None:
                    raise ClaimIsGoing(f"pvc {name} is being deleted")
                continue
            about = f"Create Claim {name} Pod {pod.metadata.name} in StatefulSet {owner.metadata.name}"
            if not _keeps_deleted(owner):
                claim.metadata.owner_references = [owner_reference(owner)]
            try:
                await self._ctx.client.create(claim)
            except AlreadyExists:
                continue
            except ApiError as error:
                self._ctx.recorder.event(owner, "Warning", "FailedCreate", f"{about} failed error: {error}")
                raise
            self._ctx.recorder.event(owner, "Normal", "SuccessfulCreate", f"{about} success")

    def are_stale(self, owner: StatefulSet, ordinal: int) -> bool:
        """Whether a claim still belongs to the pod's predecessor, and will go with it."""
        for claim in claims_for(owner, ordinal).values():
            held = self._claims.get(claim.metadata.name, owner.metadata.namespace)
            if held is not None and any(one.kind == "Pod" for one in held.metadata.owner_references):
                return True
        return False

    async def retain(self, owner: StatefulSet, pod: Pod) -> None:
        """Make the pod's claims belong to whom the retention policy says: to the set, to the pod, or to nobody."""
        ordinal = ordinal_of(owner, pod)
        wanted = _owner_of_claims(owner, pod, ordinal)
        for claim in claims_for(owner, ordinal).values():
            held = self._claims.get(claim.metadata.name, owner.metadata.namespace)
            if held is None or held.metadata.deletion_timestamp is not None or _is_foreign(held, owner):
                continue
            references = [one for one in held.metadata.owner_references if not _is_ours(one, owner, pod)]
            references += [wanted] if wanted is not None else []
            if references != held.metadata.owner_references:
                changed = deep_copy(held)
                changed.metadata.owner_references = references
                await self._ctx.client.update(changed)


def _policy(owner: StatefulSet, scaled: bool) -> str:
    policy = owner.spec.persistent_volume_claim_retention_policy
    if policy is None:
        return "Retain"
    return (policy.when_scaled if scaled else policy.when_deleted) or "Retain"


def _keeps_deleted(owner: StatefulSet) -> bool:
    return _policy(owner, scaled=False) == "Retain"


def _owner_of_claims(owner: StatefulSet, pod: Pod, ordinal: int) -> OwnerReference | None:
    condemned = not start(owner) <= ordinal < start(owner) + replicas(owner)
    if condemned and _policy(owner, scaled=True) == "Delete":
        return owner_reference(pod)
    return None if _keeps_deleted(owner) else owner_reference(owner)


def _is_ours(reference: OwnerReference, owner: StatefulSet, pod: Pod) -> bool:
    return reference.uid == owner.metadata.uid or (reference.kind == "Pod" and reference.name == pod.metadata.name)


def _is_foreign(claim: PersistentVolumeClaim, owner: StatefulSet) -> bool:
    """Whether somebody else manages the claim: then it is left alone."""
    reference = controller_of(claim)
    return reference is not None and reference.uid != owner.metadata.uid and reference.kind != "Pod"
