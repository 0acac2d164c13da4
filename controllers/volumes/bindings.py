"""The writes of the binder: each sets one thing right and does nothing when it is right already."""

from __future__ import annotations

from controllers.volumes import facts
from minik8s.api.core_v1 import ObjectReference, PersistentVolume, PersistentVolumeClaim
from minik8s.client.controller import ControllerContext
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_time


class Bindings:
    """Every method raises ApiError; a Conflict means that the cache was old and it comes again."""

    def __init__(self, ctx: ControllerContext) -> None:
        self._ctx = ctx

    async def bind(self, volume: PersistentVolume, claim: PersistentVolumeClaim) -> None:
        """Tie both to each other: the volume first, so that no second claim can take it."""
        volume = await self._tie_volume(volume, claim)
        await self.set_phase(volume, "Bound")
        claim = await self._tie_claim(claim, volume)
        wanted = deep_copy(claim)
        status = wanted.status
        status.phase, status.access_modes = "Bound", list(volume.spec.access_modes)
        if claim.status.phase != "Bound":
            status.capacity = dict(volume.spec.capacity)
        status.current_volume_attributes_class_name = volume.spec.volume_attributes_class_name or None
        if wanted.status != claim.status:
            await self._ctx.client.update(wanted, "status")

    async def _tie_volume(self, volume: PersistentVolume, claim: PersistentVolumeClaim) -> PersistentVolume:
        reference, meta = volume.spec.claim_ref, claim.metadata
        if reference is not None and reference.uid == meta.uid:
            return volume
        changed = deep_copy(volume)
        if reference is None:
            changed.metadata.annotations[facts.BOUND_BY_CONTROLLER] = "yes"
        changed.spec.claim_ref = ObjectReference(
            kind=claim.kind,
            api_version=claim.api_version,
            name=meta.name,
            namespace=meta.namespace,
            uid=meta.uid,
            resource_version=meta.resource_version,
        )
        return await self._ctx.client.update(changed)

    async def _tie_claim(self, claim: PersistentVolumeClaim, volume: PersistentVolume) -> PersistentVolumeClaim:
        changed = deep_copy(claim)
        if not claim.spec.volume_name:
            changed.spec.volume_name = volume.metadata.name
            changed.metadata.annotations[facts.BOUND_BY_CONTROLLER] = "yes"
        changed.metadata.annotations[facts.BIND_COMPLETED] = "yes"
        return claim if changed == claim else await self._ctx.client.update(changed)

    async def unbind(self, volume: PersistentVolume) -> None:
        """Free a volume whose claim took another one; one that a person kept for a name stays kept for it."""
        changed = deep_copy(volume)
        if changed.metadata.annotations.pop(facts.BOUND_BY_CONTROLLER, None) is not None:
            changed.spec.claim_ref = None
        elif changed.spec.claim_ref is not None:
            changed.spec.claim_ref.uid = changed.spec.claim_ref.resource_version = ""
        changed = await self._ctx.client.update(changed)
        await self.set_phase(changed, "Available")

    async def set_phase(self, volume: PersistentVolume, phase: str, message: str = "") -> None:
        """Write a volume's phase."""
        if volume.status.phase == phase and volume.status.message == message:
            return
        changed = deep_copy(volume)
        if volume.status.phase != phase:
            changed.status.last_phase_transition_time = format_time(self._ctx.clock.now())
        changed.status.phase, changed.status.message = phase, message
        await self._ctx.client.update(changed, "status")

    async def pending(self, claim: PersistentVolumeClaim) -> None:
        """Say that a claim waits."""
        if claim.status.phase != "Pending":
            changed = deep_copy(claim)
            changed.status.phase = "Pending"
            await self._ctx.client.update(changed, "status")

    async def lose(self, claim: PersistentVolumeClaim, reason: str, message: str) -> None:
        """Say that a claim's volume is lost."""
        if claim.status.phase == "Lost":
            return
        changed = deep_copy(claim)
        changed.status.phase, changed.status.capacity, changed.status.access_modes = "Lost", {}, []
        await self._ctx.client.update(changed, "status")
        self._ctx.recorder.event(claim, "Warning", reason, message)
