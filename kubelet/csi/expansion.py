"""Volumes that grew: the driver makes the new room usable here, and the claim says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

from kubelet.csi.drivers import Drivers
from kubelet.csi.errors import CSIError
from kubelet.csi.mounting import Mounter
from kubelet.csi.wanted import Wanted
from kubelet.volumes.types import VolumeError, VolumeFailed
from minik8s.api.core_v1 import PersistentVolumeClaim, PersistentVolumeClaimCondition
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed
from minik8s.machinery import quantity
from minik8s.machinery.quoting import quote
from minik8s.machinery.times import format_time

log = structlog.get_logger("csi")

Tell = Callable[[object, str, str, str], None]
"""Takes what an event is about, its type, reason and message."""
_RESIZING = (
    "Resizing", "FileSystemResizePending", "ControllerResizeError", "NodeResizeError",
)  # fmt: skip
_ALLOWED = ("NodeResizePending", "NodeResizeInProgress")


class Expansion:
    """Lets volumes of this node be used whole."""

    def __init__(self, client: ApiClient, drivers: Drivers, mounter: Mounter, tell: Tell) -> None:
        self._client, self._drivers, self._mounter, self._tell = client, drivers, mounter, tell
        self._refused: dict[str, str] = {}

    def due(self, wanted: Wanted) -> bool:
        """Whether a volume is larger than its claim says, and it is this node's turn."""
        claim = wanted.claim
        if claim is None or wanted.volume is None:
            return False
        size = _size(wanted)
        if (
            quantity.cmp(size, claim.status.capacity.get("storage", "0")) <= 0
            or self._refused.get(wanted.handle) == size
        ):
            return False
        return claim.status.allocated_resource_statuses.get("storage", "") in _ALLOWED

    async def carry_out(self, wanted: Wanted, place: Path) -> None:
        """Expand a volume that is in its place. Raises VolumeFailed."""
        from kubelet.csi.driver import EXPAND, STAGE_UNSTAGE, Access

        claim, volume = wanted.claim, wanted.volume
        assert claim is not None and volume is not None and volume.spec.csi is not None
        size = _size(wanted)
        try:
            if claim.status.allocated_resource_statuses.get("storage") != "NodeResizeInProgress":
                claim = await self._mark(claim, {"allocatedResourceStatuses": {"storage": "NodeResizeInProgress"}})
            driver = self._drivers.get(wanted.driver)
            abilities = await driver.abilities()
            if EXPAND not in abilities:
                raise CSIError(f"NodeExpand is not supported by the CSI driver {wanted.driver}")
            secrets = await self._mounter.secrets(volume.spec.csi.node_expand_secret_ref, "NodeExpandSecretRef")
            staged = str(self._mounter.staging(wanted)) if STAGE_UNSTAGE in abilities else ""
            access = Access(wanted.mode, wanted.block, wanted.fs_type, wanted.options)
            await driver.expand(wanted.handle, str(place), staged, quantity.value(size), access, secrets, abilities)
        except (VolumeError, ApiError, ConnectionFailed) as error:
            await self._failed(wanted, claim, size, error)
            return
        message = f"MountVolume.NodeExpandVolume succeeded for volume {quote(wanted.spec)} {wanted.pod.spec.node_name}"
        self._tell(wanted.pod, "Normal", "FileSystemResizeSuccessful", message)
        self._tell(claim, "Normal", "FileSystemResizeSuccessful", message)
        await self._done(wanted, claim, size)

    async def _failed(self, wanted: Wanted, claim: PersistentVolumeClaim, size: str, error: Exception) -> None:
        why = f"Expander.NodeExpand failed to expand the volume : {error}"
        if isinstance(error, CSIError) and error.finished:
            condition = PersistentVolumeClaimCondition(
                type="NodeResizeError",
                status="True",
                last_transition_time=format_time(self._client.clock.now()),
                message=f"failed to expand pvc with {why}",
            )
            status: dict[str, Any] = {"conditions": [msgspec.to_builtins(condition)]}
            if error.infeasible:
                status["allocatedResourceStatuses"] = {"storage": "NodeResizeInfeasible"}
            try:
                await self._mark(claim, status)
            except (ApiError, ConnectionFailed) as second:
                log.error("a failed expansion cannot be noted", claim=claim.metadata.name, error=str(second))
            if error.code == "FailedPrecondition":
                # Not while it is in use: it may be used as it is, and is not tried again here.
                self._refused[wanted.handle] = size
                return
        raise VolumeFailed(wanted.failed("MountVolume.Setup failed while expanding volume", why))

    async def _done(self, wanted: Wanted, claim: PersistentVolumeClaim, size: str) -> None:
        gone = [{"type": one.type, "$patch": "delete"} for one in claim.status.conditions if one.type in _RESIZING]
        status: dict[str, Any] = {"capacity": {"storage": size}, "allocatedResourceStatuses": {"storage": None}}
        if gone:
            status["conditions"] = gone
        try:
            await self._mark(claim, status)
        except (ApiError, ConnectionFailed) as error:
            why = f"mountVolume.NodeExpandVolume update pvc status failed: {error}"
            raise VolumeFailed(wanted.failed("MountVolume.Setup failed while expanding volume", why)) from None

    async def _mark(self, claim: PersistentVolumeClaim, status: dict[str, Any]) -> PersistentVolumeClaim:
        meta = claim.metadata
        return await self._client.patch(
            PersistentVolumeClaim, meta.name, {"status": status}, meta.namespace, "strategic", "status"
        )


def _size(wanted: Wanted) -> str:
    return wanted.volume.spec.capacity.get("storage", "0") if wanted.volume is not None else "0"
