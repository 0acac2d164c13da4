"""The persistent volume binder: claims and volumes find each other, and are reclaimed when a claim is gone."""

from __future__ import annotations

from controllers.options import Options
from controllers.volumes import facts
from controllers.volumes.bindings import Bindings
from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim
from minik8s.api.storage_v1 import StorageClass
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.quoting import quote
from minik8s.quota.storage_classes import storage_class_of

_VOLUME = "volume:"


class VolumeBinder:
    """Keeps claims and volumes in step; `volume:` keys are volumes, all others claims."""

    name = "persistentvolume-binder-controller"

    def __init__(self, sync_period: float = 15.0) -> None:
        self._period = sync_period

    def setup(self, ctx: ControllerContext) -> None:
        """Watch claims, volumes and classes."""
        self._ctx = ctx
        self._bindings = Bindings(ctx)
        self._claims: Informer[PersistentVolumeClaim] = ctx.watch(PersistentVolumeClaim, keys=self._claim_keys)
        self._volumes: Informer[PersistentVolume] = ctx.watch(PersistentVolume, keys=self._volume_keys)
        self._classes: Informer[StorageClass] = ctx.watch(StorageClass, keys=self._class_keys)

    def _claim_keys(self, claim: PersistentVolumeClaim) -> list[str]:
        return [key_of(claim)] + ([_VOLUME + claim.spec.volume_name] if claim.spec.volume_name else [])

    def _volume_keys(self, volume: PersistentVolume) -> list[str]:
        reference = volume.spec.claim_ref
        keys = [_VOLUME + volume.metadata.name]
        if reference is not None:
            return [*keys, f"{reference.namespace}/{reference.name}"]
        return keys + [key_of(claim) for claim in self._claims.list() if self._might_take(claim, volume)]

    def _might_take(self, claim: PersistentVolumeClaim, volume: PersistentVolume) -> bool:
        if facts.BIND_COMPLETED in claim.metadata.annotations:
            return False
        return claim.spec.volume_name in ("", volume.metadata.name) and storage_class_of(claim) == facts.class_of(
            volume
        )

    def _class_keys(self, storage_class: StorageClass) -> list[str]:
        name = storage_class.metadata.name
        return [
            key_of(claim)
            for claim in self._claims.list()
            if storage_class_of(claim) == name and facts.BIND_COMPLETED not in claim.metadata.annotations
        ]

    async def reconcile(self, key: str) -> float | None:
        """Bring one claim, or one volume, a step further."""
        if key.startswith(_VOLUME):
            volume = self._volumes.get_key(key.removeprefix(_VOLUME))
            if volume is not None:
                await self._sync_volume(volume)
            return None
        claim = self._claims.get_key(key)
        if claim is None:
            return None
        if facts.BIND_COMPLETED in claim.metadata.annotations:
            await self._sync_bound(claim)
            return None
        return await self._sync_unbound(claim)

    def _tell(self, obj: object, type_: str, reason: str, message: str) -> None:
        self._ctx.recorder.event(obj, type_, reason, message)

    async def _sync_bound(self, claim: PersistentVolumeClaim) -> None:
        name = claim.spec.volume_name
        volume = self._volumes.get(name) if name else None
        if not name:
            message = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"
            await self._bindings.lose(claim, "ClaimLost", message)
        elif volume is None:
            message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
            await self._bindings.lose(claim, "ClaimLost", message)
        elif volume.spec.claim_ref is None or facts.is_for(volume, claim):
            await self._bindings.bind(volume, claim)
        else:
            message = "Two claims are bound to the same volume, this one is bound incorrectly"
            await self._bindings.lose(claim, "ClaimMisbound", message)

    async def _sync_unbound(self, claim: PersistentVolumeClaim) -> float | None:
        if claim.spec.volume_name:
            return await self._sync_named(claim)
        storage_class = self._classes.get(storage_class_of(claim))
        waits = facts.waits_for_consumer(claim, storage_class)
        volume = facts.best(claim, self._volumes.list(), only_kept=waits)
        if volume is not None:
            await self._bindings.bind(volume, claim)
            return None
        await self._bindings.pending(claim)
        if claim.metadata.deletion_timestamp is not None:
            return None
        if waits:
            message = "waiting for first consumer to be created before binding"
            self._tell(claim, "Normal", "WaitForFirstConsumer", message)
            return None
        if storage_class_of(claim):
            return await self._provision(claim, storage_class)
        message = "no persistent volumes available for this claim and no storage class is set"
        self._tell(claim, "Normal", "FailedBinding", message)
        return self._period

    async def _sync_named(self, claim: PersistentVolumeClaim) -> float | None:
        volume = self._volumes.get(claim.spec.volume_name)
        if volume is None:
            await self._bindings.pending(claim)
            return None
        if not facts.is_for(volume, claim):
            name = quote(volume.metadata.name)
            if volume.spec.claim_ref is not None:
                self._tell(claim, "Warning", "FailedBinding", f"volume {name} already bound to a different claim.")
                await self._bindings.pending(claim)
                return self._period
            if why := facts.mismatch(volume, claim):
                self._tell(claim, "Warning", "VolumeMismatch", f"Cannot bind to requested volume {name}: {why}")
                await self._bindings.pending(claim)
                return self._period
        await self._bindings.bind(volume, claim)
        return None

    async def _provision(self, claim: PersistentVolumeClaim, storage_class: StorageClass | None) -> float | None:
        """Ask the class's provisioner, by annotation, for a volume."""
        name = storage_class_of(claim)
        if storage_class is None:
            message = f'storageclass.storage.k8s.io "{name}" not found'
            self._tell(claim, "Warning", "ProvisioningFailed", message)
            return self._period
        provisioner = storage_class.provisioner
        if provisioner == facts.NO_PROVISIONER:
            message = f"no persistent volume fits this claim, and volumes of class {quote(name)} are not provisioned"
            self._tell(claim, "Normal", "FailedBinding", message)
            return self._period
        if claim.metadata.annotations.get(facts.PROVISIONER) != provisioner:
            changed = deep_copy(claim)
            changed.metadata.annotations[facts.PROVISIONER] = provisioner
            changed.metadata.annotations[facts.BETA_PROVISIONER] = provisioner
            await self._ctx.client.update(changed)
        message = (
            f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the "
            "system administrator. If volume creation is delayed, please verify that the provisioner is running and "
            "correctly registered."
        )
        self._tell(claim, "Normal", "ExternalProvisioning", message)
        return self._period

    async def _sync_volume(self, volume: PersistentVolume) -> None:
        reference = volume.spec.claim_ref
        if reference is None or not reference.uid:
            await self._bindings.set_phase(volume, "Available")
            return
        claim = self._claims.get(reference.name, reference.namespace)
        if claim is None or claim.metadata.uid != reference.uid:
            claim = await self._fresh_claim(reference.name, reference.namespace, reference.uid)
        if claim is None:
            await self._release(volume)
        elif not claim.spec.volume_name:
            self._ctx.enqueue_object(claim)
        elif claim.spec.volume_name == volume.metadata.name:
            await self._bindings.set_phase(volume, "Bound")
        elif facts.PROVISIONED_BY in volume.metadata.annotations and _deletes(volume):
            # Made for this claim, which took another one: nobody will ever want it.
            await self._release(volume)
        else:
            await self._bindings.unbind(volume)

    async def _fresh_claim(self, name: str, namespace: str, uid: str) -> PersistentVolumeClaim | None:
        # Reclaiming destroys data: the cache alone is not enough.
        try:
            found = await self._ctx.client.get(PersistentVolumeClaim, name, namespace)
        except NotFound:
            return None
        return found if found.metadata.uid == uid else None

    async def _release(self, volume: PersistentVolume) -> None:
        if volume.status.phase not in ("Released", "Failed"):
            await self._bindings.set_phase(volume, "Released")
            return
        policy = volume.spec.persistent_volume_reclaim_policy
        if policy == "Recycle" and volume.status.phase == "Released":
            message = "no volume plugin recycles this volume: use dynamic provisioning"
            self._tell(volume, "Warning", "VolumeFailedRecycle", message)
            await self._bindings.set_phase(volume, "Failed", message)
        elif policy == "Delete" and volume.status.phase == "Released" and not self._has_deleter(volume):
            message = (
                f"error getting deleter volume plugin for volume {quote(volume.metadata.name)}: "
                "no deletable volume plugin matched"
            )
            self._tell(volume, "Warning", "VolumeFailedDelete", message)
            await self._bindings.set_phase(volume, "Failed", message)

    def _has_deleter(self, volume: PersistentVolume) -> bool:
        """Whether a provisioner, ours or another one, deletes the volume."""
        return facts.PROVISIONED_BY in volume.metadata.annotations or volume.spec.csi is not None


def _deletes(volume: PersistentVolume) -> bool:
    return volume.spec.persistent_volume_reclaim_policy == "Delete"


def make(options: Options) -> VolumeBinder:
    """The controller, for the catalog."""
    return VolumeBinder(options.pvclaimbinder_sync_period)
