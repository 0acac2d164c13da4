"""Leases for keys that expire: keys written about the same time share one, as in Kubernetes."""

from __future__ import annotations

import asyncio
import dataclasses

from apiserver.storage.etcd import messages as m
from apiserver.storage.etcd.endpoints import Endpoints
from minik8s.clock import Clock

_SHARED_SECONDS = 60.0
_SHARED_PART = 0.05
_KEYS_PER_LEASE = 1000


@dataclasses.dataclass(slots=True)
class _Lease:
    id: int
    ends: float
    keys: int = 0


class Leases:
    """Gives out leases that last at least as long as asked, and little longer."""

    def __init__(self, endpoints: Endpoints, clock: Clock) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._current: dict[int, _Lease] = {}
        self._lock = asyncio.Lock()

    async def take(self, ttl: int) -> int:
        """The lease for one key that is to last `ttl` seconds. Raises StoreError."""
        async with self._lock:
            now = self._clock.monotonic()
            lease = self._current.get(ttl)
            if lease is None or now + ttl > lease.ends or lease.keys >= _KEYS_PER_LEASE:
                granted = ttl + int(min(_SHARED_SECONDS, ttl * _SHARED_PART))
                answer, _ = await self._endpoints.call("grant", m.LeaseGrantRequest(TTL=granted))
                lease = self._current[ttl] = _Lease(answer.ID, now + granted)
            lease.keys += 1
            return lease.id
