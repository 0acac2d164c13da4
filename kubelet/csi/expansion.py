"""Volumes that grew: the driver makes the new room usable here, and the claim says so.

What is usable is known for each volume of this node: one that several nodes write to has to grow on every one of them,
also when the claim tells of its new size already because another node was faster.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

from kubelet.csi.drivers import Drivers
from kubelet.csi.errors import CSIError, NotRegistered
from kubelet.csi.mounting import Mounter
from kubelet.csi.wanted import Wanted
from kubelet.volumes.types import VolumeError
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
_NOT_REQUIRED = "volume.kubernetes.io/node-expansion-not-required"
_Key = tuple[str, str]


class ExpansionFailed(VolumeError):
    """A volume is not larger; the message says why."""


class _NotSupported(CSIError):
    """The driver cannot do it at all."""


class Expansion:
    """Lets volumes of this node be used whole."""

    def __init__(self, client: ApiClient, drivers: Drivers, mounter: Mounter, tell: Tell) -> None:
        self._client, self._drivers, self._mounter, self._tell = client, drivers, mounter, tell
        self._usable: dict[_Key, str] = {}
        self._refused: set[_Key] = set()
        self._failed: set[_Key] = set()

    def hold(self, wanted: Wanted) -> None:
        """A volume comes to this node: what its claim says of its size is what is usable."""
        if wanted.claim is not None:
            self._usable.setdefault(_key(wanted), _capacity(wanted.claim))

    def forget(self, driver: str, handle: str) -> None:
        """A volume has left this node."""
        key = (driver, handle)
        self._usable.pop(key, None)
        self._refused.discard(key)
        self._failed.discard(key)

    def due(self, wanted: Wanted, there: bool) -> bool:
        """Whether a volume is larger than what is usable of it here; `there`: it is in a Pod already."""
        if wanted.claim is None or wanted.volume is None:
            return False
        if not there:
            return quantity.cmp(_size(wanted), _capacity(wanted.claim)) > 0
        key = _key(wanted)
        return key not in self._refused and quantity.cmp(_size(wanted), self._usable.get(key, _size(wanted))) > 0

    async def carry_out(self, wanted: Wanted, place: Path) -> None:
        """Expand a volume that is in its place, if it is its turn. Raises ExpansionFailed."""
        assert wanted.claim is not None and wanted.volume is not None
        meta = wanted.claim.metadata
        try:
            claim = await self._client.get(PersistentVolumeClaim, meta.name, meta.namespace)
        except (ApiError, ConnectionFailed) as error:
            raise ExpansionFailed(f"mountVolume.NodeExpandVolume get PVC failed : {error}") from None
        if wanted.read_only:
            message = wanted.says("MountVolume.NodeExpandVolume failed", "requested read-only file system")
            self._tell_both(wanted, claim, "Warning", "FileSystemResizeFailed", message)
            self._usable[_key(wanted)] = _size(wanted)
            return
        resize = claim.status.allocated_resource_statuses.get("storage", "")
        allocated = claim.status.allocated_resources.get("storage", "")
        if not resize and not allocated:
            await self._plain(wanted, claim, place)
            return
        size = allocated or _size(wanted)
        already = not resize and quantity.cmp(_capacity(claim), size) >= 0
        shared = "ReadWriteMany" in claim.spec.access_modes and _NOT_REQUIRED not in claim.metadata.annotations
        if already and not shared:
            # It was done where nothing of it had to be done here.
            self._usable[_key(wanted)] = size
        elif already or resize in _ALLOWED:
            await self._recoverable(wanted, claim, place, size, already)

    async def _plain(self, wanted: Wanted, claim: PersistentVolumeClaim, place: Path) -> None:
        """For an older resizer, which does not say whose turn it is."""
        size = _size(wanted)
        try:
            await self._expand(wanted, place, size)
        except _NotSupported:
            self._usable[_key(wanted)] = size
            return
        except VolumeError as error:
            if isinstance(error, CSIError) and error.code == "FailedPrecondition":
                self._refused.add(_key(wanted))
                return
            raise ExpansionFailed(str(error)) from None
        self._succeeded(wanted, claim, size)
        if quantity.cmp(_capacity(claim), size) < 0:
            await self._finish(claim, size, "PVC")

    async def _recoverable(
        self, wanted: Wanted, claim: PersistentVolumeClaim, place: Path, size: str, already: bool
    ) -> None:
        """`already`: the claim tells of the size, as another node was faster."""
        resize = claim.status.allocated_resource_statuses.get("storage", "")
        try:
            if not already and resize != "NodeResizeInProgress":
                claim = await self._mark(claim, {"allocatedResourceStatuses": {"storage": "NodeResizeInProgress"}})
            await self._expand(wanted, place, size)
        except (ApiError, ConnectionFailed) as error:
            text = f"patchPVCStatus failed to patch PVC {quote(claim.metadata.name)}: {error}"
            raise ExpansionFailed(text) from None
        except VolumeError as error:
            if already and isinstance(error, _NotSupported):
                self._usable[_key(wanted)] = size
                return
            await self._note(wanted, claim, size, error)
            if isinstance(error, CSIError) and error.code == "FailedPrecondition":
                # Not while it is in use: it may be used as it is, and is not tried again here.
                self._refused.add(_key(wanted))
                return
            raise ExpansionFailed(str(error)) from None
        self._succeeded(wanted, claim, size)
        if not already:
            await self._finish(claim, size, "pvc")

    async def _expand(self, wanted: Wanted, place: Path, size: str) -> None:
        """Ask the driver. Raises VolumeError."""
        from kubelet.csi.driver import EXPAND, STAGE_UNSTAGE, Access

        assert wanted.volume is not None and wanted.volume.spec.csi is not None
        driver = self._drivers.get(wanted.driver)
        try:
            abilities = await driver.abilities()
        except CSIError as error:
            text = f"Expander.NodeExpand failed to check if node supports expansion : {error}"
            raise CSIError(text, error.code) from None
        if EXPAND not in abilities:
            raise _NotSupported(f"NodeExpand is not supported by the CSI driver {wanted.driver}")
        reference = wanted.volume.spec.csi.node_expand_secret_ref
        secrets = await self._mounter.secrets(reference, "expander.NodeExpand failed to get NodeExpandSecretRef {}: {}")
        staged = str(self._mounter.staging(wanted)) if STAGE_UNSTAGE in abilities else ""
        access = Access(wanted.mode, wanted.block, wanted.fs_type, wanted.options)
        try:
            await driver.expand(wanted.handle, str(place), staged, quantity.value(size), access, secrets, abilities)
        except CSIError as error:
            start = "Expander.NodeExpand failed to expand the volume" + ("" if error.infeasible else " :")
            raise CSIError(f"{start} {error}", error.code) from None

    def _succeeded(self, wanted: Wanted, claim: PersistentVolumeClaim, size: str) -> None:
        message = wanted.says("MountVolume.NodeExpandVolume succeeded", wanted.pod.spec.node_name)
        self._tell_both(wanted, claim, "Normal", "FileSystemResizeSuccessful", message)
        self._usable[_key(wanted)] = size

    def _tell_both(self, wanted: Wanted, claim: PersistentVolumeClaim, kind: str, reason: str, message: str) -> None:
        self._tell(wanted.pod, kind, reason, message)
        self._tell(claim, kind, reason, message)

    async def _note(self, wanted: Wanted, claim: PersistentVolumeClaim, size: str, error: Exception) -> None:
        """Say in the claim why it did not grow, when it is certain that nothing is under way any more."""
        if isinstance(error, NotRegistered) or (isinstance(error, CSIError) and error.code and not error.finished):
            return
        # Who has asked for another size since then gets it only when this one is given up.
        given_up = _key(wanted) in self._failed and quantity.cmp(_requested(claim), size) != 0
        self._failed.add(_key(wanted))
        condition = PersistentVolumeClaimCondition(
            type="NodeResizeError",
            status="True",
            last_transition_time=format_time(self._client.clock.now()),
            message=f"failed to expand pvc with {error}",
        )
        status: dict[str, Any] = {"conditions": [msgspec.to_builtins(condition)]}
        if given_up or (isinstance(error, CSIError) and error.infeasible):
            status["allocatedResourceStatuses"] = {"storage": "NodeResizeInfeasible"}
        try:
            await self._mark(claim, status)
        except (ApiError, ConnectionFailed) as second:
            log.error("a failed expansion cannot be noted", claim=claim.metadata.name, error=str(second))

    async def _finish(self, claim: PersistentVolumeClaim, size: str, called: str) -> None:
        gone = [{"type": one.type, "$patch": "delete"} for one in claim.status.conditions if one.type in _RESIZING]
        status: dict[str, Any] = {"capacity": {"storage": size}, "allocatedResourceStatuses": {"storage": None}}
        if gone:
            status["conditions"] = gone
        try:
            await self._mark(claim, status)
        except (ApiError, ConnectionFailed) as error:
            raise ExpansionFailed(
                f"mountVolume.NodeExpandVolume update {called} status failed: patchPVCStatus failed to patch PVC "
                f"{quote(claim.metadata.name)}: {error}"
            ) from None

    async def _mark(self, claim: PersistentVolumeClaim, status: dict[str, Any]) -> PersistentVolumeClaim:
        meta = claim.metadata
        return await self._client.patch(
            PersistentVolumeClaim, meta.name, {"status": status}, meta.namespace, "strategic", "status"
        )


def _key(wanted: Wanted) -> _Key:
    return wanted.driver, wanted.handle


def _capacity(claim: PersistentVolumeClaim) -> str:
    return claim.status.capacity.get("storage", "0")


def _requested(claim: PersistentVolumeClaim) -> str:
    return claim.spec.resources.requests.get("storage", "0")


def _size(wanted: Wanted) -> str:
    return wanted.volume.spec.capacity.get("storage", "0") if wanted.volume is not None else "0"
