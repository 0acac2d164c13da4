"""Claims that pods use, and volumes that are bound, are not deleted under them."""

from __future__ import annotations

from controllers.options import Options
from controllers.shared import pods
from controllers.volumes.facts import claims_of
from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim, Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.copy import deep_copy

CLAIM_FINALIZER = "kubernetes.io/pvc-protection"
VOLUME_FINALIZER = "kubernetes.io/pv-protection"


class ClaimProtection:
    """Holds each claim by a finalizer until no pod on a node uses it."""

    name = "persistentvolumeclaim-protection-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch claims and pods."""
        self._ctx = ctx
        self._claims: Informer[PersistentVolumeClaim] = ctx.watch(PersistentVolumeClaim)
        self._pods: Informer[Pod] = ctx.informers.of(Pod)
        self._pods.on_change(self._pod_changed)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        if old is not None and (new is None or not _uses(new)):
            for name in claims_of(old):
                self._ctx.enqueue(f"{old.metadata.namespace}/{name}")

    async def reconcile(self, key: str) -> float | None:
        """Put the finalizer on, or take it off a claim that is being deleted and unused."""
        claim = self._claims.get_key(key)
        if claim is None:
            return None
        held = CLAIM_FINALIZER in claim.metadata.finalizers
        going = claim.metadata.deletion_timestamp is not None
        if held == (not going) or (going and await self._is_used(claim)):
            return None
        changed = deep_copy(claim)
        if going:
            changed.metadata.finalizers.remove(CLAIM_FINALIZER)
        else:
            changed.metadata.finalizers.append(CLAIM_FINALIZER)
        try:
            await self._ctx.client.update(changed)
        except NotFound:
            return None
        return None

    async def _is_used(self, claim: PersistentVolumeClaim) -> bool:
        meta = claim.metadata
        if any(_uses(pod) and meta.name in claims_of(pod) for pod in self._pods.list(meta.namespace)):
            return True
        # The cache may not show a pod yet that was bound a moment ago.
        fresh = await self._ctx.client.list(Pod, meta.namespace)
        return any(_uses(pod) and meta.name in claims_of(pod) for pod in fresh.items)


def _uses(pod: Pod) -> bool:
    """Whether a pod's volumes are, or may be, mounted on a node."""
    return bool(pod.spec.node_name) and not pods.is_terminal(pod)


class VolumeProtection:
    """Holds each volume by a finalizer while it is bound."""

    name = "persistentvolume-protection-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch volumes."""
        self._ctx = ctx
        self._volumes: Informer[PersistentVolume] = ctx.watch(PersistentVolume)

    async def reconcile(self, key: str) -> float | None:
        """Put the finalizer on, or take it off a volume that is being deleted and not bound."""
        volume = self._volumes.get_key(key)
        if volume is None:
            return None
        held = VOLUME_FINALIZER in volume.metadata.finalizers
        going = volume.metadata.deletion_timestamp is not None
        if held == (not going) or (going and volume.status.phase == "Bound"):
            return None
        changed = deep_copy(volume)
        if going:
            changed.metadata.finalizers.remove(VOLUME_FINALIZER)
        else:
            changed.metadata.finalizers.append(VOLUME_FINALIZER)
        try:
            await self._ctx.client.update(changed)
        except NotFound:
            return None
        return None


def claims(options: Options) -> ClaimProtection:
    """The controller of claims, for the catalog."""
    return ClaimProtection()


def volumes(options: Options) -> VolumeProtection:
    """The controller of volumes, for the catalog."""
    return VolumeProtection()
