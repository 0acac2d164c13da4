"""Node ports: each is a key of its own in the store, which can be made once."""

from __future__ import annotations

import random

from apiserver.measures.allocators import DYNAMIC, STATIC, Allocations
from apiserver.services.cluster_ips import NotAllocated
from apiserver.services.settings import ServiceSettings
from apiserver.storage.store import KeyExists, RevisionConflict, Store

TAKEN = "provided port is already allocated"
_FULL = "range is full"
_PROBES = 32
_RESERVED = 86  # the lower ports are handed out last: there is room for those that are asked for


class NodePorts:
    """Hands out ports."""

    def __init__(self, store: Store, root: str, settings: ServiceSettings) -> None:
        self._store = store
        self._prefix = f"{root}/ranges/servicenodeports/"
        self._first, self._last = settings.first_port, settings.last_port
        self.counts = Allocations()

    def _key(self, port: int) -> str:
        return f"{self._prefix}{port}"

    async def take(self, port: int, owner: str, *, dry_run: bool = False) -> None:
        """Take a certain port for a service (`namespace/name`). Raises NotAllocated."""
        if not self._first <= port <= self._last:
            raise NotAllocated(
                f"provided port is not in the valid range. The range of valid ports is {self._first}-{self._last}"
            )
        if not await self._take(port, owner, dry_run=dry_run):
            self.counts.refused(STATIC)
            raise NotAllocated(TAKEN)
        if not dry_run:
            self.counts.took(STATIC)

    async def _take(self, port: int, owner: str, *, dry_run: bool) -> bool:
        if dry_run:
            return await self._store.get(self._key(port)) is None
        try:
            await self._store.create(self._key(port), owner.encode())
        except KeyExists:
            return False
        return True

    async def take_any(self, owner: str, *, dry_run: bool = False) -> int:
        """Take some free port. Raises NotAllocated."""
        start = min(self._first + _RESERVED, self._last)
        for _ in range(_PROBES):
            port: int = random.randint(start, self._last)
            if await self._try(port, owner, dry_run=dry_run):
                return port
        taken = await self.taken()
        for port in (*range(start, self._last + 1), *range(self._first, start)):
            if port not in taken and await self._try(port, owner, dry_run=dry_run):
                return port
        self.counts.refused(DYNAMIC)
        raise NotAllocated(_FULL)

    async def _try(self, port: int, owner: str, *, dry_run: bool) -> bool:
        if not await self._take(port, owner, dry_run=dry_run):
            return False
        if not dry_run:
            self.counts.took(DYNAMIC)
        return True

    async def taken(self) -> dict[int, str]:
        """Every port that is taken, and by whom."""
        page = await self._store.range(self._prefix)
        return {int(item.key.removeprefix(self._prefix)): item.value.decode() for item in page.items}

    async def give_back(self, port: int) -> None:
        """Let a port go; one that is free is fine."""
        found = await self._store.get(self._key(port))
        if found is not None:
            try:
                await self._store.delete(found.key, found.mod_revision)
            except RevisionConflict:
                return
