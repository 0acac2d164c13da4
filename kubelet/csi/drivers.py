"""The drivers registered on this node: taken in when their version is known, told of to the cluster, forgotten."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog

from kubelet.csi.errors import CSIError, NotRegistered, said
from kubelet.csi.node_info import InfoError, NodeObjects
from kubelet.csi.objects import DriverObjects
from kubelet.volumes.types import VolumeError
from minik8s.clock import Clock
from minik8s.machinery.quoting import quote

if TYPE_CHECKING:
    from kubelet.csi.driver import Driver

log = structlog.get_logger("csi")

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


class RegistrationError(Exception):
    """The plugin cannot be taken in; it is told the message."""


class Drivers:
    """See `kubelet.csi.registration.Handler`; `changed` hears of each driver that is there now."""

    def __init__(
        self, nodes: NodeObjects, objects: DriverObjects, clock: Clock, changed: Callable[[str], None]
    ) -> None:
        self._nodes, self._objects, self._clock, self._changed = nodes, objects, clock, changed
        self._held: dict[str, Driver] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    def get(self, name: str) -> Driver:
        """A driver. Raises NotRegistered."""
        found = self._held.get(name)
        if found is None:
            raise NotRegistered(name)
        return found

    def validate(self, name: str, endpoint: str, versions: Sequence[str]) -> None:
        """Raises RegistrationError when the driver cannot be taken in."""
        try:
            self._version("ValidatePlugin", name, versions)
        except RegistrationError as error:
            message = f"validation failed for CSI Driver {name} at endpoint {endpoint}: {error}"
            raise RegistrationError(message) from None

    async def register(self, name: str, endpoint: str, versions: Sequence[str]) -> None:
        """Take a driver in. Raises RegistrationError."""
        from kubelet.csi.driver import Driver

        driver = Driver(name, endpoint, self._version("RegisterPlugin", name, versions))
        self._held[name] = driver
        try:
            info = await driver.node_info()
            await self._objects.get(name)
            await self._nodes.install(name, info.node_id, info.most_volumes, info.topology)
        except (VolumeError, InfoError) as error:
            if self._held.get(name) is driver:
                del self._held[name]
            raise RegistrationError(str(error)) from None
        log.info("a CSI driver is registered", driver=name, endpoint=endpoint, node_id=info.node_id)
        self.look_again(name)
        self._changed(name)

    async def deregister(self, name: str, endpoint: str) -> None:
        """Forget a driver, unless another program speaks for it by now."""
        held = self._held.get(name)
        if held is None or held.endpoint != endpoint:
            return
        del self._held[name]
        self.look_again(name)
        log.info("a CSI driver is gone", driver=name)
        try:
            await self._nodes.uninstall(name)
        except InfoError as error:
            log.error("a CSI driver that is gone is still in the CSINode", driver=name, error=str(error))

    async def tell_limit(self, name: str) -> None:
        """Ask a driver anew how many volumes fit, and tell the cluster. Raises CSIError, InfoError."""
        info = await self.get(name).node_info()
        await self._nodes.update(name, info.node_id, info.most_volumes, info.topology)

    def period(self, name: str) -> int:
        """After how many seconds a driver is to be asked again how many volumes fit; 0 for never."""
        known = self._objects.known(name)
        return (known.spec.node_allocatable_update_period_seconds or 0) if known is not None else 0

    def look_again(self, name: str) -> None:
        """The driver, or what its object says of it, is another now: ask it for its limit as often as it says."""
        task = self._asking.pop(name, None)
        if task is not None:
            task.cancel()
        if name in self._held and (seconds := self.period(name)):
            self._asking[name] = asyncio.create_task(self._ask(name, seconds), name=f"csi-limit-{name}")

    def close(self) -> None:
        """Ask no more."""
        for task in self._asking.values():
            task.cancel()

    async def _ask(self, name: str, seconds: int) -> None:
        while True:
            await self._clock.sleep(float(seconds))
            try:
                await self.tell_limit(name)
            except (CSIError, InfoError) as error:
                log.error("a driver's limit cannot be told", driver=name, error=str(error))

    def _version(self, who: str, name: str, versions: Sequence[str]) -> tuple[int, ...]:
        start = f"{who} for CSI driver {quote(name)} failed."
        if not versions:
            raise RegistrationError(said(f"{start} Plugin returned an empty list for supported versions"))
        found = [_parsed(text) for text in versions]
        # Others of the same major version are compatible; a later one is not.
        highest = max((one for one in found if one is not None and one[0] <= 1), default=None)
        if highest is None or highest[0] != 1:
            listed = "[" + " ".join(quote(text) for text in versions) + "]"
            why = (
                f"could not find a highest supported version from versions ([{' '.join(versions)}]) reported: <nil>"
                if highest is None
                else f"highest supported version reported is {'.'.join(map(str, highest))}, must be v1.x"
            )
            raise RegistrationError(said(f"{start} None of the versions specified {listed} are supported. err={why}"))
        held = self._held.get(name)
        if held is not None and held.version >= highest:
            version = quote(".".join(map(str, held.version)))
            raise RegistrationError(
                said(
                    f"{start} Another driver with the same name is already registered with a higher supported version: "
                    f"{version}"
                )
            )
        return highest


def _parsed(text: str) -> tuple[int, ...] | None:
    found = _VERSION.fullmatch(text.strip())
    return tuple(int(part or 0) for part in found.groups()) if found is not None else None
