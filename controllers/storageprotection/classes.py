"""Classes of volume attributes that claims or volumes have are not removed."""

from __future__ import annotations

from controllers.options import Options
from controllers.storageprotection.finalizers import FinalizerKeeper
from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim
from minik8s.api.storage_v1 import VolumeAttributesClass
from minik8s.client.controller import ControllerContext
from minik8s.client.informer import Informer

FINALIZER = "kubernetes.io/vac-protection"
_BY_CLASS = "volume-attributes-classes"


def _of_claim(claim: PersistentVolumeClaim) -> list[str]:
    """Index: the classes a claim has, wants, and is being changed to."""
    wanted, status = claim.spec.volume_attributes_class_name, claim.status
    changing = status.modify_volume_status
    target = changing.target_volume_attributes_class_name if changing is not None else ""
    return sorted({name for name in (wanted, status.current_volume_attributes_class_name, target) if name})


def _of_volume(volume: PersistentVolume) -> list[str]:
    """Index: the class a volume has."""
    name = volume.spec.volume_attributes_class_name
    return [name] if name else []


class ClassProtectionController:
    """Lets a class go when no claim and no volume has it."""

    name = "volumeattributesclass-protection-controller"

    def __init__(self) -> None:
        self._keeper = FinalizerKeeper(FINALIZER, self._used)

    def setup(self, ctx: ControllerContext) -> None:
        """Watch classes, claims and volumes."""
        self._ctx = ctx
        self._keeper.setup(ctx, VolumeAttributesClass)
        self._claims: Informer[PersistentVolumeClaim] = ctx.informers.of(
            PersistentVolumeClaim, indexers={_BY_CLASS: _of_claim}
        )
        self._volumes: Informer[PersistentVolume] = ctx.informers.of(PersistentVolume, indexers={_BY_CLASS: _of_volume})
        self._claims.on_change(self._claim_changed)
        self._volumes.on_change(self._volume_changed)

    def _claim_changed(self, old: PersistentVolumeClaim | None, new: PersistentVolumeClaim | None) -> None:
        self._left(_of_claim(old) if old is not None else [], _of_claim(new) if new is not None else [])

    def _volume_changed(self, old: PersistentVolume | None, new: PersistentVolume | None) -> None:
        self._left(_of_volume(old) if old is not None else [], _of_volume(new) if new is not None else [])

    def _left(self, before: list[str], after: list[str]) -> None:
        for name in before:
            if name not in after:
                self._ctx.enqueue(name)

    async def reconcile(self, key: str) -> float | None:
        """Look at one class."""
        await self._keeper.keep(key)
        return None

    async def _used(self, obj: VolumeAttributesClass) -> bool:
        name = obj.metadata.name
        if self._claims.by_index(_BY_CLASS, name) or self._volumes.by_index(_BY_CLASS, name):
            return True
        # The caches may not know the newest: what is given away here cannot be taken back.
        claims = await self._ctx.client.list(PersistentVolumeClaim)
        if any(name in _of_claim(claim) for claim in claims.items):
            return True
        volumes = await self._ctx.client.list(PersistentVolume)
        return any(name in _of_volume(volume) for volume in volumes.items)


def make(options: Options) -> ClassProtectionController:
    """The controller, for the catalog."""
    return ClassProtectionController()
