"""Volumes that are bound to a claim are not removed."""

from __future__ import annotations

from controllers.options import Options
from controllers.storageprotection.finalizers import FinalizerKeeper
from minik8s.api.core_v1 import PersistentVolume
from minik8s.client.controller import ControllerContext

FINALIZER = "kubernetes.io/pv-protection"


class VolumeProtectionController:
    """Lets a volume go when it is no longer bound."""

    name = "persistentvolume-protection-controller"

    def __init__(self) -> None:
        self._keeper = FinalizerKeeper(FINALIZER, self._used)

    def setup(self, ctx: ControllerContext) -> None:
        """Watch volumes."""
        self._keeper.setup(ctx, PersistentVolume)

    async def reconcile(self, key: str) -> float | None:
        """Look at one volume."""
        await self._keeper.keep(key)
        return None

    @staticmethod
    async def _used(volume: PersistentVolume) -> bool:
        return volume.status.phase == "Bound"


def make(options: Options) -> VolumeProtectionController:
    """The controller, for the catalog."""
    return VolumeProtectionController()
