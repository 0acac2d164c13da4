"""All volumes of drivers on this node: what Pods want, what is under way, what is there; found again after a restart.

Nothing here keeps a Pod's worker waiting: it asks, is told to wait, and is woken when the answer is there.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from kubelet.csi.drivers import Drivers
from kubelet.csi.errors import CSIError
from kubelet.csi.expansion import Expansion, ExpansionFailed, Tell
from kubelet.csi.layout import Layout, Published, Staged
from kubelet.csi.mounting import Device, Mounter
from kubelet.csi.node_info import InfoError, NodeObjects
from kubelet.csi.objects import DriverObjects, attaches
from kubelet.csi.registration import CSI_PLUGIN, PluginRegistry
from kubelet.csi.wanted import Key, Wanted, attachment_name, unique_name
from kubelet.options import Settings
from kubelet.tokens import Tokens
from kubelet.volumes.types import CSI, LimitExceeded, Mounted, VolumeError, VolumeFailed, VolumeWaits
from minik8s.api.core_v1 import Node
from minik8s.api.storage_v1 import VolumeAttachment
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed
from minik8s.machinery.quoting import quote

if TYPE_CHECKING:
    from kubelet.volumes.space import Space

log = structlog.get_logger("csi")

PATIENCE_SECONDS = 123.0
"""When a volume is not attached after so long, it is asked whether the node takes no more."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 122.0
_REPUBLISH_SECONDS = 10.0
_EXHAUSTED = 8


@dataclasses.dataclass(slots=True)
class _Way:
    """How far one volume of one Pod is."""

    wanted: Wanted
    since: float
    task: asyncio.Task[None] | None = None
    later: asyncio.Task[None] | None = None
    there: Mounted | None = None
    failure: VolumeFailed | None = None
    anew: bool = False
    pause: float = 0.0
    next_at: float = float("-inf")
    looked_at: float = 0.0
    published_at: float = 0.0


@dataclasses.dataclass(slots=True)
class _Stuck:
    """Why a Pod's volumes could not be taken out, and when that is tried again."""

    failure: str
    pause: float
    next_at: float


class CSIVolumes:
    """`wake` wakes a Pod's worker by uid; `report` has the Node's status written soon; `tell` records events."""

    def __init__(
        self,
        client: ApiClient,
        settings: Settings,
        tokens: Tokens,
        node: Callable[[], Node | None],
        wake: Callable[[str], None],
        report: Callable[[], None],
        tell: Tell,
        refresh_seconds: float = 60.0,
    ) -> None:
        self._client, self._clock = client, client.clock
        self._node, self._wake, self._report, self._tell = node, wake, report, tell
        self._refresh_seconds = refresh_seconds
        self._node_name = settings.node_name
        self._layout = Layout(settings.root_dir)
        self._nodes = NodeObjects(client, settings.node_name)
        self._objects = DriverObjects(client, self._object_changed)
        self.drivers = Drivers(self._nodes, self._objects, client.clock, self._driver_changed)
        self._plugins = PluginRegistry(settings.root_dir / "plugins_registry", {CSI_PLUGIN: self.drivers}, client.clock)
        self._mounter = Mounter(client, self._layout, self.drivers, self._objects, tokens, settings.node_name)
        self._expansion = Expansion(client, self.drivers, self._mounter, tell)
        self._ways: dict[Key, _Way] = {}
        self._devices: dict[tuple[str, str], Device] = {}
        self._found: set[Key] = set()
        self._stuck: dict[str, _Stuck] = {}

    async def find(self) -> None:
        """What an earlier kubelet left: volumes that may be staged, and those that may be in Pods. Raises OSError."""
        staged, published = await asyncio.to_thread(lambda: (self._layout.staged(), self._layout.all_published()))
        for one in staged:
            self._device(one)
        for found in published:
            self._found.add((found.uid, found.spec))
            if not found.inline:
                device = self._device(Staged(found.driver, found.handle, found.spec if found.block else ""))
                device.users.add((found.uid, found.spec))

    async def run(self, registered: asyncio.Event) -> None:
        """Follow plugins until cancelled, once this node is `registered`."""
        await registered.wait()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._nodes.start())
                tasks.create_task(self._plugins.run())
        finally:
            self.drivers.close()
            for task in self._tasks():
                task.cancel()
            await asyncio.gather(*self._tasks(), return_exceptions=True)
            await self._objects.close()

    def _tasks(self) -> list[asyncio.Task[None]]:
        ways = self._ways.values()
        held = (
            [way.task for way in ways]
            + [way.later for way in ways]
            + [device.leaving for device in self._devices.values()]
        )
        return [task for task in held if task is not None]

    # What Pods want.

    async def mount(self, wanted: Wanted) -> Mounted:
        """Where a volume is. Raises VolumeFailed, and VolumeWaits while it is on its way."""
        now = self._clock.monotonic()
        way = self._ways.get(wanted.key)
        if way is None:
            way = self._ways[wanted.key] = _Way(wanted, now)
        way.wanted, way.looked_at = wanted, now
        if wanted.volume is not None:
            await self._objects.get(wanted.driver)
            self._hold(wanted)
            self._expansion.hold(wanted)
        if way.task is not None:
            if way.there is None:
                raise await self._waits(way)
            return way.there
        if way.there is not None:
            if now >= way.next_at and await self._once_more(way):
                way.task = asyncio.create_task(self._go(way), name=f"csi-{wanted.spec}")
            return way.there
        if way.failure is not None:
            failure, way.failure = way.failure, None
            failure.again_in = max(way.next_at - now, 0.0)
            raise failure
        if now < way.next_at:
            raise VolumeWaits("the driver is asked again in a moment", way.next_at - now)
        if self._unattached(wanted):
            raise await self._waits(way)
        self._check_alone(wanted)
        way.task = asyncio.create_task(self._go(way), name=f"csi-{wanted.spec}")
        raise VolumeWaits("the driver is at work")

    def _hold(self, wanted: Wanted) -> Device:
        """Count a Pod as a user of a volume; the Node's status says that it is in use before it is mounted."""
        device = self._device(Staged(wanted.driver, wanted.handle, wanted.spec if wanted.block else ""))
        if wanted.key not in device.users:
            device.users.add(wanted.key)
            if self._attaches(wanted.driver):
                self._report()
        return device

    def _device(self, one: Staged) -> Device:
        key = (one.driver, one.handle)
        found = self._devices.get(key)
        if found is None:
            found = self._devices[key] = Device(one.driver, one.handle)
        found.block = found.block or one.spec
        return found

    def _attaches(self, driver: str) -> bool:
        return attaches(self._objects.known(driver))

    def _unattached(self, wanted: Wanted) -> bool:
        """Whether the Node's status does not say yet that a volume may be mounted."""
        if wanted.volume is None or not self._attaches(wanted.driver):
            return False
        node = self._node()
        if node is None:
            return True
        attached = any(one.name == wanted.unique for one in node.status.volumes_attached)
        return not attached or wanted.unique not in node.status.volumes_in_use

    def _check_alone(self, wanted: Wanted) -> None:
        volume = wanted.volume
        if volume is None or volume.spec.access_modes != ["ReadWriteOncePod"]:
            return
        others = self._devices[(wanted.driver, wanted.handle)].users - {wanted.key}
        if any(key in self._found or (key in self._ways and self._ways[key].there is not None) for key in others):
            why = "volume uses the ReadWriteOncePod access mode and is already in use by another pod"
            raise wanted.failed(
                "MapVolume.SetUpDevice failed" if wanted.block else "MountVolume.SetUp failed", why, 2.0
            )

    async def _waits(self, way: _Way) -> VolumeError:
        now = self._clock.monotonic()
        left, unattached = way.since + PATIENCE_SECONDS - now, self._unattached(way.wanted)
        if left > 0:
            return VolumeWaits("the volume is on its way", left, unattached)
        way.since = now
        if unattached and await self._exhausted(way.wanted):
            name = way.wanted.name
            return LimitExceeded(
                f"Node has reached its volume attachment limit, rejecting pod. unmounted volumes=[{name}], "
                f"unattached volumes=[{name}], failed to process volumes=[]: context deadline exceeded"
            )
        return VolumeWaits("the volume is on its way", PATIENCE_SECONDS, unattached, late=True)

    async def _exhausted(self, wanted: Wanted) -> bool:
        """Whether a volume is not attached because the node takes no more; the cluster is told the limit then."""
        if not self.drivers.period(wanted.driver):
            return False
        name = attachment_name(wanted.driver, wanted.handle, self._node_name)
        try:
            found = await self._client.get(VolumeAttachment, name)
            if found.status.attach_error is None or found.status.attach_error.error_code != _EXHAUSTED:
                return False
            await self.drivers.tell_limit(wanted.driver)
        except (ApiError, ConnectionFailed):
            return False
        except (CSIError, InfoError) as error:
            log.error("a driver's limit cannot be told", driver=wanted.driver, error=str(error))
        return True

    async def _once_more(self, way: _Way) -> bool:
        """Whether there is something to do about a volume that is there."""
        about = await self._objects.get(way.wanted.driver)
        old = self._clock.monotonic() - way.published_at >= _REPUBLISH_SECONDS
        way.anew = about is not None and bool(about.spec.requires_republish) and old and not way.wanted.block
        return way.anew or self._expansion.due(way.wanted, True)

    async def _go(self, way: _Way) -> None:
        """Bring a volume, or bring it anew, or let it grow; wakes the Pod in the end."""
        wanted, before = way.wanted, way.there
        device = self._devices.get((wanted.driver, wanted.handle)) if wanted.volume is not None else None
        try:
            async with device.lock if device is not None else asyncio.Lock():
                again = before is not None or wanted.key in self._found
                if before is None or way.anew:
                    place = await self._mounter.bring(wanted, device, again)
                    way.published_at = self._clock.monotonic()
                else:
                    place = before.path
                if self._expansion.due(wanted, before is not None):
                    await self._grow(wanted, place, before is not None)
            if before is None and wanted.block:
                self._tell_mapped(wanted)
            way.there = Mounted(place, wanted.read_only, wanted.block, CSI + wanted.driver)
            way.pause = 0.0
            self._found.discard(wanted.key)
        except (VolumeError, OSError) as error:
            self._failed(way, error)
        finally:
            way.task = None
        if before is None:
            self._wake(wanted.pod.metadata.uid)

    async def _later(self, way: _Way) -> None:
        """Try once more what failed about a volume that is there."""
        await self._clock.sleep(way.pause)
        way.later = None
        if way.task is None:
            way.task = asyncio.create_task(self._go(way), name=f"csi-{way.wanted.spec}")

    async def _grow(self, wanted: Wanted, place: Path, there: bool) -> None:
        """Raises VolumeFailed."""
        try:
            await self._expansion.carry_out(wanted, place)
        except ExpansionFailed as error:
            if there:
                failed = wanted.failed("NodeExpandVolume.NodeExpandVolume failed", error)
                failed.reason = "VolumeResizeFailed"
            elif wanted.block:
                failed = wanted.failed("MapVolume.MarkVolumeAsMounted failed while expanding volume", error)
            else:
                failed = wanted.failed("MountVolume.Setup failed while expanding volume", error)
            raise failed from None

    def _tell_mapped(self, wanted: Wanted) -> None:
        hold, link = self._layout.block_hold(*wanted.key), self._layout.block_link(*wanted.key)
        for what, folder in (("globalMapPath", hold.parent), ("volumeMapPath", link.parent)):
            message = wanted.says("MapVolume.MapPodDevice succeeded", f"{what} {quote(str(folder))}")
            self._tell(wanted.pod, "Normal", "SuccessfulMountVolume", message)

    def _failed(self, way: _Way, error: Exception) -> None:
        if not isinstance(error, VolumeFailed):
            error = way.wanted.failed("MountVolume.SetUp failed", error)
        log.warning("a volume cannot be mounted", pod=way.wanted.pod.metadata.name, error=str(error))
        way.pause = min(way.pause * 2, _LONGEST_PAUSE) if way.pause else _FIRST_PAUSE
        way.next_at = self._clock.monotonic() + way.pause
        if way.there is not None:
            self._tell(way.wanted.pod, "Warning", error.reason, str(error))
            # No Pod waits for it, so nobody else would try again so soon.
            way.later = asyncio.create_task(self._later(way), name=f"csi-later-{way.wanted.spec}")
        else:
            way.failure = error

    # What Pods want no longer.

    async def unmount(self, uid: str) -> None:
        """Take all volumes out of a Pod that has ended. Raises VolumeFailed with the first that cannot go now."""
        stuck, now = self._stuck.get(uid), self._clock.monotonic()
        if stuck is not None and now < stuck.next_at:
            raise VolumeFailed(stuck.failure, stuck.next_at - now)
        ways = [way for way in self._ways.values() if way.wanted.pod.metadata.uid == uid]
        for way in ways:
            if way.later is not None:
                way.later.cancel()
                way.later = None
        if tasks := [way.task for way in ways if way.task is not None]:
            # The driver is at it: only when it is done can it be undone.
            await asyncio.wait(tasks)
        failure = ""
        for one in await asyncio.to_thread(self._layout.published, uid):
            try:
                await self._take(one)
            except (VolumeError, OSError) as error:
                failure = failure or f'UnmountVolume.TearDown failed for volume "{one.spec}" : {error}'
        if failure:
            pause = min(stuck.pause * 2, _LONGEST_PAUSE) if stuck is not None else _FIRST_PAUSE
            self._stuck[uid] = _Stuck(failure, pause, self._clock.monotonic() + pause)
            raise VolumeFailed(failure, pause)
        self._stuck.pop(uid, None)
        for way in ways:
            self._ways.pop(way.wanted.key, None)
        for device in list(self._devices.values()):
            if gone := {key for key in device.users if key[0] == uid}:
                device.users -= gone
                self._leave(device)

    async def _take(self, one: Published) -> None:
        device = self._devices.get((one.driver, one.handle))
        async with device.lock if device is not None else asyncio.Lock():
            await self._mounter.take(one)
        self._ways.pop((one.uid, one.spec), None)
        self._found.discard((one.uid, one.spec))

    def _leave(self, device: Device) -> None:
        """Unstage a volume that nobody uses, however often it has to be tried."""
        if device.users or device.leaving is not None:
            return
        device.leaving = asyncio.create_task(self._unstage(device), name=f"csi-unstage-{device.handle}")

    async def _unstage(self, device: Device) -> None:
        pause = _FIRST_PAUSE
        try:
            while not device.users:
                try:
                    async with device.lock:
                        if device.users:
                            return
                        await self._mounter.unstage(device)
                        self._devices.pop((device.driver, device.handle), None)
                        self._expansion.forget(device.driver, device.handle)
                    self._report()
                    return
                except (VolumeError, OSError) as error:
                    log.warning("a volume cannot be unstaged", volume=device.handle, error=str(error))
                await self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            if device.leaving is asyncio.current_task():
                device.leaving = None

    def tidy(self) -> None:
        """Unstage what no Pod uses, now that all Pods of this node are known."""
        for device in list(self._devices.values()):
            self._leave(device)

    # What others ask.

    def in_use(self) -> list[str]:
        """The volumes that must not be detached from this node."""
        return [
            unique_name(device.driver, device.handle)
            for device in self._devices.values()
            if self._attaches(device.driver)
        ]

    def due(self) -> set[str]:
        """The Pods whose volumes are to be looked at again: they may have grown, or want to be published anew."""
        now = self._clock.monotonic()
        found = set()
        for (uid, _), way in self._ways.items():
            if way.there is None or now - way.looked_at < self._refresh_seconds:
                continue
            about = self._objects.known(way.wanted.driver)
            if way.wanted.claim is not None or (about is not None and about.spec.requires_republish):
                found.add(uid)
        return found

    async def space(self, uid: str, name: str, health: bool = False) -> Space | None:
        """How full a volume of a Pod is, with `health` how well; None when its driver does not tell. Raises CSIError.

        `name` is what the Pod calls it.
        """
        from kubelet.csi.driver import CONDITION, STATS

        ways = [way for key, way in self._ways.items() if key[0] == uid and way.wanted.name == name]
        if not ways or (there := ways[0].there) is None:
            return None
        wanted = ways[0].wanted
        driver = self.drivers.get(wanted.driver)
        abilities = await driver.abilities()
        if STATS not in abilities:
            return None
        place = self._layout.block_hold(*wanted.key) if wanted.block else there.path
        return await driver.space(wanted.handle, str(place), health and CONDITION in abilities)

    # What changes.

    def node_changed(self) -> None:
        """The Node is another now: what Pods wait for may stand in it."""
        for (uid, _), way in self._ways.items():
            if way.there is None and way.task is None and not way.failure:
                self._wake(uid)

    def _driver_changed(self, name: str) -> None:
        """A driver is there: what waits for it waits no longer."""
        for (uid, _), way in self._ways.items():
            if way.wanted.driver == name:
                way.next_at, way.pause = float("-inf"), 0.0
                if way.there is None:
                    self._wake(uid)
        for uid, stuck in self._stuck.items():
            stuck.next_at = float("-inf")
            self._wake(uid)
        for device in self._devices.values():
            if device.driver == name and device.leaving is not None and not device.lock.locked():
                device.leaving.cancel()
                device.leaving = asyncio.create_task(self._unstage(device), name=f"csi-unstage-{device.handle}")

    def _object_changed(self, name: str) -> None:
        self.drivers.look_again(name)
        self._report()
        self.node_changed()
