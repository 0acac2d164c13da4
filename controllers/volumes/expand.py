"""Claims that grow: what is not expanded by a controller of its own is told whom it waits for."""

from __future__ import annotations

from controllers.options import Options
from controllers.volumes.facts import PROVISIONED_BY
from controllers.volumes.hostpath import PROVISIONER
from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim
from minik8s.client.controller import ControllerContext
from minik8s.client.informer import Informer
from minik8s.machinery import quantity
from minik8s.machinery.copy import deep_copy
from minik8s.quota.storage_classes import storage_class_of

RESIZER = "volume.kubernetes.io/storage-resizer"


class Expander:
    """Grows our own directories' claims, which have no size of their own, and leaves others to their drivers."""

    name = "persistentvolume-expander-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch claims and volumes."""
        self._ctx = ctx
        self._claims: Informer[PersistentVolumeClaim] = ctx.watch(PersistentVolumeClaim)
        self._volumes: Informer[PersistentVolume] = ctx.informers.of(PersistentVolume)

    async def reconcile(self, key: str) -> float | None:
        """Look at one claim."""
        claim = self._claims.get_key(key)
        if claim is None or claim.status.phase != "Bound" or claim.metadata.deletion_timestamp is not None:
            return None
        wanted = claim.spec.resources.requests.get("storage", "0")
        if quantity.cmp(wanted, claim.status.capacity.get("storage", "0")) <= 0:
            return None
        volume = self._volumes.get(claim.spec.volume_name)
        if volume is None or not storage_class_of(claim):
            return None
        if volume.metadata.annotations.get(PROVISIONED_BY) == PROVISIONER:
            await self._grow(claim, volume, wanted)
            return None
        message = "waiting for an external controller to expand this PVC"
        if volume.spec.csi is not None:
            message = f"CSI driver {volume.spec.csi.driver}: {message}"
            if claim.metadata.annotations.get(RESIZER) != volume.spec.csi.driver:
                changed = deep_copy(claim)
                changed.metadata.annotations[RESIZER] = volume.spec.csi.driver
                await self._ctx.client.update(changed, "status")
        self._ctx.recorder.event(claim, "Normal", "ExternalExpanding", message)
        return None

    async def _grow(self, claim: PersistentVolumeClaim, volume: PersistentVolume, wanted: str) -> None:
        if quantity.cmp(volume.spec.capacity.get("storage", "0"), wanted) < 0:
            larger = deep_copy(volume)
            larger.spec.capacity["storage"] = wanted
            await self._ctx.client.update(larger)
        changed = deep_copy(claim)
        changed.status.capacity["storage"] = wanted
        await self._ctx.client.update(changed, "status")
        message = f"Resize volume {volume.metadata.name} succeeded"
        self._ctx.recorder.event(claim, "Normal", "VolumeResizeSuccessful", message)


def make(options: Options) -> Expander:
    """The controller, for the catalog."""
    return Expander()
