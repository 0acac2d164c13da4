"""The way of a volume into a Pod and out of it: attached? staged, published, given to the Pod's group; and back."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kubelet.csi.drivers import Drivers
from kubelet.csi.errors import CSIError, NotRegistered, said
from kubelet.csi.layout import Layout, Published, load, remove_mount, save
from kubelet.csi.objects import DriverObjects, attaches
from kubelet.csi.wanted import Key, Wanted, attachment_name, check_lifecycle, gives_group, pod_attributes
from kubelet.tokens import Tokens
from kubelet.volumes import mounts, ownership
from kubelet.volumes.types import VolumeError
from minik8s.api.core_v1 import Secret, SecretReference
from minik8s.api.storage_v1 import CSIDriver, VolumeAttachment
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed

if TYPE_CHECKING:
    from kubelet.csi.driver import Access, Details, Driver

_NO_SECRET, _NO_STAGE_SECRET = (
    "fetching NodePublishSecretRef {} failed: {}",
    "fetching NodeStageSecretRef {} failed: {}",
)
_NO_BLOCK_SECRET = said("blockMapper.publishVolumeForBlock failed to get NodePublishSecretRef {}: {}")


@dataclasses.dataclass(slots=True)
class Device:
    """A volume on this node, however many Pods use it; `block` is its name when it is used without a file system."""

    driver: str
    handle: str
    block: str = ""
    users: set[Key] = dataclasses.field(default_factory=set)
    staged: bool = False
    lock: asyncio.Lock = dataclasses.field(default_factory=asyncio.Lock)
    leaving: asyncio.Task[None] | None = None


class Mounter:
    """Speaks to the drivers. Every method raises VolumeError or OSError."""

    def __init__(
        self,
        client: ApiClient,
        layout: Layout,
        drivers: Drivers,
        objects: DriverObjects,
        tokens: Tokens,
        node_name: str,
    ) -> None:
        self._client, self._layout = client, layout
        self._drivers, self._objects, self._tokens = drivers, objects, tokens
        self._node_name = node_name

    async def bring(self, wanted: Wanted, device: Device | None, again: bool) -> Path:
        """Stage a volume unless it is staged, and publish it; returns where it is. `again`: it may be there already."""
        about = await self._objects.get(wanted.driver)
        context = await self._publish_context(wanted, about)
        if device is not None and not device.staged:
            try:
                await self._stage(wanted, device, context)
            except (VolumeError, OSError) as error:
                what = "MapVolume.SetUpDevice failed" if wanted.block else "MountVolume.MountDevice failed"
                raise wanted.failed(what, error) from None
        try:
            if wanted.block:
                return await self._publish_block(wanted, context, about)
            return await self._publish(wanted, context, about, again)
        except (VolumeError, OSError) as error:
            what = "MapVolume.MapPodDevice failed" if wanted.block else "MountVolume.SetUp failed"
            raise wanted.failed(what, error) from None

    def staging(self, wanted: Wanted) -> Path:
        """Where a volume is staged."""
        if wanted.block:
            return self._layout.block_staging(wanted.spec)
        return self._layout.staging(wanted.driver, wanted.handle)

    async def take(self, one: Published) -> None:
        """Unpublish a volume, and take away what was its place."""
        if one.block:
            await self._take_block(one)
            return
        driver = self._driver(one.driver, "Unmounter.TearDownAt failed to get CSI client")
        place = self._layout.mount(one.uid, one.spec)
        try:
            await driver.unpublish(one.handle, str(place))
        except CSIError as error:
            raise CSIError(said(f"Unmounter.TearDownAt failed: {error}"), error.code) from None
        await asyncio.to_thread(remove_mount, place)

    async def unstage(self, device: Device) -> None:
        """Unstage a volume that no Pod uses, and take away what was its place."""
        if device.block:
            folder, place = self._layout.block_notes(device.block), self._layout.block_staging(device.block)
        else:
            place = self._layout.staging(device.driver, device.handle)
            folder = place.parent
        if load(folder) is not None:
            driver = self._driver(device.driver, "attacher.UnmountDevice failed to create newCsiDriverClient")
            if await _stages(driver):
                try:
                    await driver.unstage(device.handle, str(place))
                except CSIError as error:
                    raise CSIError(said(f"attacher.UnmountDevice failed: {error}"), error.code) from None
            if device.block:
                await asyncio.to_thread(self._layout.forget_block, device.block)
            else:
                await asyncio.to_thread(remove_mount, place)
        device.staged = False

    async def secrets(self, reference: SecretReference | None, failed: str) -> dict[str, str]:
        """What a Secret holds; `failed` are the words for one that cannot be read, with gaps for its name and why."""
        if reference is None:
            return {}
        name, namespace = reference.name, reference.namespace
        try:
            found = await self._client.get(Secret, name, namespace)
        except (ApiError, ConnectionFailed) as error:
            why = said(f"failed to find the secret {name} in the namespace {namespace} with error: {error}")
            raise CSIError(failed.format(f"{namespace}/{name}", why)) from None
        return {key: value.decode("utf-8", "surrogateescape") for key, value in found.data.items()}

    def _driver(self, name: str, what: str) -> Driver:
        try:
            return self._drivers.get(name)
        except NotRegistered as error:
            raise CSIError(said(f"{what}: {error}")) from None

    async def _publish_context(self, wanted: Wanted, about: CSIDriver | None) -> Mapping[str, str]:
        """What attaching gave, for a volume that is attached. Raises VolumeFailed while it is not."""
        if wanted.volume is None or not attaches(about):
            return {}
        name = attachment_name(wanted.driver, wanted.handle, self._node_name)
        what = "MapVolume.WaitForAttach failed" if wanted.block else "MountVolume.WaitForAttach failed"
        try:
            found = await self._client.get(VolumeAttachment, name)
        except (ApiError, ConnectionFailed) as error:
            why = f"volume {wanted.handle} has GET error for volume attachment {name}: {error}"
            raise wanted.failed(what, why) from None
        if found.metadata.deletion_timestamp is not None:
            raise wanted.failed(what, "volume attachment is being deleted")
        if not found.status.attached:
            error_text = found.status.attach_error.message if found.status.attach_error is not None else ""
            why = error_text or f"volume {wanted.handle} is not attached for volume attachment {name}"
            raise wanted.failed(what, why)
        return found.status.attachment_metadata

    async def _stage(self, wanted: Wanted, device: Device, context: Mapping[str, str]) -> None:
        from kubelet.csi.driver import STAGE_UNSTAGE, Details

        what = "blockMapper.SetUpDevice failed to get CSI client" if wanted.block else (
            "attacher.MountDevice failed to create newCsiDriverClient"
        )  # fmt: skip
        driver = self._driver(wanted.driver, what)
        abilities = await driver.abilities()
        source = wanted.volume.spec.csi if wanted.volume is not None else None
        assert source is not None
        place = self.staging(wanted)
        if wanted.block or STAGE_UNSTAGE in abilities:
            # What is asked of the driver from here on is known to whoever comes after a crash.
            if wanted.block:
                await asyncio.to_thread(save, self._layout.block_notes(wanted.spec), self._note(wanted))
            else:
                note = {"volumeHandle": wanted.handle, "driverName": wanted.driver}
                await asyncio.to_thread(save, place.parent, note)
        if STAGE_UNSTAGE in abilities:
            words = said("failed to get NodeStageSecretRef {}: {}") if wanted.block else _NO_STAGE_SECRET
            secrets = await self.secrets(source.node_stage_secret_ref, words)
            await asyncio.to_thread(place.mkdir, 0o750, True, True)
            details = Details(context, wanted.context, secrets)
            try:
                await driver.stage(wanted.handle, str(place), self._access(wanted, abilities), details, abilities)
            except CSIError as error:
                if error.finished and not wanted.block:
                    with contextlib.suppress(OSError):
                        await asyncio.to_thread(remove_mount, place)
                raise
        device.staged = True

    async def _publish(self, wanted: Wanted, context: Mapping[str, str], about: CSIDriver | None, again: bool) -> Path:
        from kubelet.csi.driver import MOUNT_GROUP, STAGE_UNSTAGE

        driver = self._driver(wanted.driver, "mounter.SetUpAt failed to get CSI client")
        check_lifecycle(wanted, about)
        what = "to determine if the node service has VOLUME_MOUNT_GROUP capability"
        if wanted.volume is not None:
            what = "to check for STAGE_UNSTAGE_VOLUME capability"
        abilities = await _abilities(driver, f"mounter.SetUpAt failed {what}")
        place = self._layout.mount(*wanted.key)
        staged = wanted.volume is not None and STAGE_UNSTAGE in abilities
        details = await self._details(wanted, context, about)
        await asyncio.to_thread(save, place.parent, self._note(wanted))
        try:
            await driver.publish(
                wanted.handle,
                str(self.staging(wanted)) if staged else "",
                str(place),
                wanted.read_only,
                self._access(wanted, abilities),
                details,
                abilities,
            )
        except CSIError as error:
            # What is in a Pod already stays there: its containers would never see another mount in its place.
            if error.finished and not again:
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(remove_mount, place)
            raise
        if MOUNT_GROUP not in abilities and wanted.group is not None and gives_group(wanted, about):
            security = wanted.pod.spec.security_context
            policy = security.fs_group_change_policy if security is not None else None
            try:
                await asyncio.to_thread(ownership.give, place, wanted.group, policy)
            except OSError as error:
                raise CSIError(f"applyFSGroup failed for vol {wanted.handle}: {error}") from None
        return place

    async def _publish_block(self, wanted: Wanted, context: Mapping[str, str], about: CSIDriver | None) -> Path:
        driver = self._driver(wanted.driver, "blockMapper.MapPodDevice failed to get CSI client")
        abilities = await driver.abilities()
        place, link = self._layout.block_publish(*wanted.key), self._layout.block_link(*wanted.key)
        details = await self._details(wanted, context, about)

        def prepare() -> None:
            save(self._layout.block_notes(wanted.spec), self._note(wanted))
            for folder in (place.parent, link.parent):
                folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            # It says that the volume may be in the Pod, before it is.
            if not link.is_symlink():
                link.symlink_to(place)

        await asyncio.to_thread(prepare)
        await driver.publish(
            wanted.handle,
            str(self.staging(wanted)),
            str(place),
            wanted.read_only,
            self._access(wanted, abilities),
            details,
            abilities,
        )
        await asyncio.to_thread(_map, place, self._layout.block_hold(*wanted.key))
        return place

    async def _take_block(self, one: Published) -> None:
        driver = self._driver(one.driver, "blockMapper.UnmapPodDevice failed to get CSI client")
        place, link = self._layout.block_publish(one.uid, one.spec), self._layout.block_link(one.uid, one.spec)
        await asyncio.to_thread(_unmap, self._layout.block_hold(one.uid, one.spec))
        try:
            await driver.unpublish(one.handle, str(place))
        except CSIError as error:
            raise CSIError(said(f"blockMapper.unpublishVolumeForBlock failed: {error}"), error.code) from None
        await asyncio.to_thread(link.unlink, True)

    def _note(self, wanted: Wanted) -> dict[str, str]:
        return {
            "specVolID": wanted.spec,
            "volumeHandle": wanted.handle,
            "driverName": wanted.driver,
            "nodeName": self._node_name,
            "volumeLifecycleMode": "Ephemeral" if wanted.inline is not None else "Persistent",
            "attachmentID": attachment_name(wanted.driver, wanted.handle, self._node_name),
        }

    def _access(self, wanted: Wanted, abilities: frozenset[int]) -> Access:
        from kubelet.csi.driver import MOUNT_GROUP, Access

        group = wanted.group if MOUNT_GROUP in abilities else None
        return Access(wanted.mode, wanted.block, wanted.fs_type, wanted.options, group)

    async def _details(self, wanted: Wanted, context: Mapping[str, str], about: CSIDriver | None) -> Details:
        from kubelet.csi.driver import Details

        secrets = await self.secrets(wanted.publish_secret(), _NO_BLOCK_SECRET if wanted.block else _NO_SECRET)
        told = wanted.context
        if about is not None and about.spec.pod_info_on_mount:
            told |= pod_attributes(wanted)
        if about is not None and about.spec.token_requests and not wanted.block:
            tokens = {}
            for asked in about.spec.token_requests:
                seconds = asked.expiration_seconds or 3600
                tokens[asked.audience] = await self._tokens.with_end(wanted.pod, asked.audience, seconds)
            text = msgspec.json.encode(
                {one: {"token": token, "expirationTimestamp": end} for one, (token, end) in sorted(tokens.items())}
            ).decode()
            held = secrets if about.spec.service_account_token_in_secrets else told
            held["csi.storage.k8s.io/serviceAccount.tokens"] = text
        return Details(context, told, secrets)


async def _abilities(driver: Driver, failed: str) -> frozenset[int]:
    try:
        return await driver.abilities()
    except CSIError as error:
        raise CSIError(said(f"{failed}: {error}"), error.code) from None


async def _stages(driver: Driver) -> bool:
    from kubelet.csi.driver import STAGE_UNSTAGE

    return STAGE_UNSTAGE in await driver.abilities()


def _map(device: Path, place: Path) -> None:
    """Keep a second hold on a device file in the folder that all its Pods' files are in."""
    place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    if not mounts.is_mounted(place):
        place.touch()
        mounts.bind(device, place)


def _unmap(place: Path) -> None:
    if mounts.is_mounted(place):
        mounts.unmount(place)
    with contextlib.suppress(FileNotFoundError):
        place.unlink()
