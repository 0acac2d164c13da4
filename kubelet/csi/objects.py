"""The CSIDriver objects: how the cluster says a driver's volumes are to be treated. Watched once one matters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kubelet.volumes.types import VolumeError
from minik8s.api.storage_v1 import CSIDriver
from minik8s.client.api import ApiClient
from minik8s.client.informer import Informer, Informers

_WAIT_SECONDS = 10.0


class DriverObjects:
    """All CSIDriver objects; `changed` hears of each that comes, goes or is another now."""

    def __init__(self, client: ApiClient, changed: Callable[[str], None]) -> None:
        self._informers = Informers(client)
        self._changed = changed
        self._informer: Informer[CSIDriver] | None = None

    async def get(self, name: str) -> CSIDriver | None:
        """One of them; None when there is none. Raises VolumeError when the API does not answer."""
        if self._informer is None:
            self._informer = self._informers.of(CSIDriver)
            self._informer.on_change(self._heard)
            await self._informers.start()
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._informer.synced()
        except TimeoutError:
            raise VolumeError("failed to sync csidriver cache: timed out waiting for the condition") from None
        return self._informer.get(name)

    def known(self, name: str) -> CSIDriver | None:
        """One of them, as far as it is known already."""
        return self._informer.get(name) if self._informer is not None else None

    async def close(self) -> None:
        """Watch no more."""
        await self._informers.stop()

    def _heard(self, old: CSIDriver | None, new: CSIDriver | None) -> None:
        one = new or old
        assert one is not None
        self._changed(one.metadata.name)


def attaches(driver: CSIDriver | None) -> bool:
    """Whether volumes of a driver are attached to a node before they are mounted."""
    return driver is None or driver.spec.attach_required is not False
