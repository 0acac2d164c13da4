"""Claims that Pods use are not removed."""

from __future__ import annotations

from controllers.options import Options
from controllers.storageprotection.finalizers import FinalizerKeeper
from minik8s.api.core_v1 import PersistentVolumeClaim, Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.informer import Informer

FINALIZER = "kubernetes.io/pvc-protection"
_BY_CLAIM = "persistent-volume-claims"


def _claims(pod: Pod) -> list[str]:
    """Index: the keys of the claims a Pod names, or has made for it."""
    names = []
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            names.append(volume.persistent_volume_claim.claim_name)
        elif volume.ephemeral is not None:
            names.append(f"{pod.metadata.name}-{volume.name}")
    return [f"{pod.metadata.namespace}/{name}" for name in names]


def _uses(pod: Pod, claim: PersistentVolumeClaim) -> bool:
    # A kubelet starts no Pod whose claim is to be deleted: only those it has got already count.
    meta = claim.metadata
    if not pod.spec.node_name or f"{meta.namespace}/{meta.name}" not in _claims(pod):
        return False
    named = any(
        v.persistent_volume_claim is not None and v.persistent_volume_claim.claim_name == meta.name
        for v in pod.spec.volumes
    )
    return named or any(owner.uid == pod.metadata.uid for owner in meta.owner_references)


class ClaimProtectionController:
    """Lets a claim go when no Pod has it any more."""

    name = "persistentvolumeclaim-protection-controller"

    def __init__(self) -> None:
        self._keeper = FinalizerKeeper(FINALIZER, self._used)

    def setup(self, ctx: ControllerContext) -> None:
        """Watch claims and Pods."""
        self._ctx = ctx
        self._keeper.setup(ctx, PersistentVolumeClaim)
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers={_BY_CLAIM: _claims})
        self._pods.on_change(self._pod_changed)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        if old is not None and (new is None or new.metadata.uid != old.metadata.uid):
            for key in _claims(old):
                self._ctx.enqueue(key)

    async def reconcile(self, key: str) -> float | None:
        """Look at one claim."""
        await self._keeper.keep(key)
        return None

    async def _used(self, claim: PersistentVolumeClaim) -> bool:
        meta = claim.metadata
        if any(_uses(pod, claim) for pod in self._pods.by_index(_BY_CLAIM, f"{meta.namespace}/{meta.name}")):
            return True
        # The cache may not know the newest Pods: what is given away here cannot be taken back.
        found = await self._ctx.client.list(Pod, meta.namespace)
        return any(_uses(pod, claim) for pod in found.items)


def make(options: Options) -> ClaimProtectionController:
    """The controller, for the catalog."""
    return ClaimProtectionController()
