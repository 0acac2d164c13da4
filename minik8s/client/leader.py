"""Leader election on a Lease: one of several equal processes acts, the others stand by."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from minik8s.api.coordination_v1 import Lease, LeaseSpec
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.api import ApiClient
from minik8s.client.config import ConfigError
from minik8s.client.errors import ApiError, ConnectionFailed, NotFound
from minik8s.client.events import EventRecorder
from minik8s.clock import Clock

log = structlog.get_logger("leader")


class LeadershipLost(Exception):
    """The lease could not be renewed in time; whoever led has been cancelled and the process should end."""


class LeaderElector:
    """Holds a lease for one process. Times are seconds; clocks of different machines are never compared.

    A candidate takes over only when it has itself seen the lease unchanged for `lease_duration`.
    """

    def __init__(
        self,
        client: ApiClient,
        name: str,
        namespace: str,
        identity: str,
        clock: Clock | None = None,
        lease_duration: float = 15,
        renew_deadline: float = 10,
        retry_period: float = 2,
        recorder: EventRecorder | None = None,
        release_on_cancel: bool = True,
    ) -> None:
        if not lease_duration > renew_deadline > retry_period > 0:
            raise ConfigError(
                "--leader-elect-lease-duration > --leader-elect-renew-deadline > --leader-elect-retry-period > 0"
                " must hold"
            )
        self._client = client
        self._name, self._namespace = name, namespace
        self.identity = identity
        self._clock: Clock = clock or client.clock
        self._lease_duration, self._renew_deadline, self._retry_period = lease_duration, renew_deadline, retry_period
        self._recorder = recorder
        self._release = release_on_cancel
        self._observed: Lease | None = None
        self._observed_at = 0.0
        self.leader = ""
        """Who leads, as far as this process has seen."""
        self.on_new_leader: Callable[[str], None] | None = None

    @property
    def is_leader(self) -> bool:
        """Whether this process led when it last looked."""
        return self.leader == self.identity

    def healthy(self) -> bool:
        """False when this process believes to lead with a lease that ran out unrenewed long ago."""
        late = self._clock.monotonic() - self._observed_at
        return not self.is_leader or late < self._lease_duration + 20

    async def run(self, lead: Callable[[], Awaitable[None]]) -> None:
        """Wait until this process leads, then run `lead` until it returns or the lease is lost.

        Raises LeadershipLost; gives the lease back when cancelled or when `lead` ends.
        """
        await self._acquire()
        log.info("became leader", lease=f"{self._namespace}/{self._name}", identity=self.identity)
        self._tell("became leader")
        leading = asyncio.ensure_future(lead())
        renewing = asyncio.ensure_future(self._renew())
        try:
            await asyncio.wait({leading, renewing}, return_when=asyncio.FIRST_COMPLETED)
            if renewing.done() and not leading.done():
                self._tell("stopped leading")
                raise LeadershipLost(
                    f"the lease {self._namespace}/{self._name} could not be renewed within {self._renew_deadline:g}s"
                )
            await leading
        finally:
            for task in (leading, renewing):
                task.cancel()
            await asyncio.gather(leading, renewing, return_exceptions=True)
            if self._release and self.is_leader:
                await self._give_back()

    async def _acquire(self) -> None:
        while not await self._try():
            await self._clock.sleep(self._retry_period * (1 + random.random() * 1.2))

    async def _renew(self) -> None:
        """Returns when the deadline passed without a renewal."""
        renewed = self._clock.monotonic()
        while True:
            await self._clock.sleep(self._retry_period)
            left = renewed + self._renew_deadline - self._clock.monotonic()
            if left <= 0:
                return
            if await self._try(timeout=max(left, 0.1)):
                renewed = self._clock.monotonic()
            elif not self.is_leader:
                return

    async def _try(self, timeout: float | None = None) -> bool:
        try:
            if timeout is None:
                return await self._try_once()
            attempt = asyncio.ensure_future(self._try_once())
            limit = asyncio.ensure_future(self._clock.sleep(timeout))
            try:
                await asyncio.wait({attempt, limit}, return_when=asyncio.FIRST_COMPLETED)
                return attempt.done() and attempt.result()
            finally:
                attempt.cancel()
                limit.cancel()
        except (ApiError, ConnectionFailed) as error:
            log.debug("lease not taken", lease=f"{self._namespace}/{self._name}", error=str(error))
            return False

    async def _try_once(self) -> bool:
        now = self._clock.now()
        held = self._observed
        if held is not None and self.is_leader:
            try:
                self._saw(await self._client.update(self._mine(held, now)))
                return True
            except ApiError:
                pass
        try:
            found = await self._client.get(Lease, self._name, self._namespace)
        except NotFound:
            meta = ObjectMeta(name=self._name, namespace=self._namespace)
            self._saw(await self._client.create(self._mine(Lease(metadata=meta), now)))
            return True
        if held is None or found.metadata.resource_version != held.metadata.resource_version:
            self._saw(found)
        holder = found.spec.holder_identity or ""
        if holder and holder != self.identity:
            duration = found.spec.lease_duration_seconds or self._lease_duration
            if self._clock.monotonic() < self._observed_at + duration:
                return False
        self._saw(await self._client.update(self._mine(found, now)))
        return True

    def _mine(self, held: Lease, now: datetime) -> Lease:
        stamp = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        before = held.spec
        again = before.holder_identity == self.identity
        transitions = before.lease_transitions or 0
        if not again and held.metadata.resource_version:
            transitions += 1
        spec = LeaseSpec(
            holder_identity=self.identity,
            lease_duration_seconds=int(self._lease_duration),
            acquire_time=before.acquire_time if again else stamp,
            renew_time=stamp,
            lease_transitions=transitions,
            strategy=before.strategy,
            preferred_holder=before.preferred_holder,
        )
        return Lease(metadata=held.metadata, spec=spec)

    def _saw(self, lease: Lease) -> None:
        self._observed = lease
        self._observed_at = self._clock.monotonic()
        holder = lease.spec.holder_identity or ""
        if holder != self.leader:
            self.leader = holder
            if holder and self.on_new_leader is not None:
                self.on_new_leader(holder)

    async def _give_back(self) -> None:
        held = self._observed
        if held is None:
            return
        stamp = self._clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = LeaseSpec(
            holder_identity="",
            lease_duration_seconds=1,
            acquire_time=stamp,
            renew_time=stamp,
            lease_transitions=held.spec.lease_transitions,
        )
        try:
            async with asyncio.timeout(5):
                self._saw(await self._client.update(Lease(metadata=held.metadata, spec=spec)))
        except (ApiError, ConnectionFailed, TimeoutError) as error:
            log.debug("lease not given back", lease=f"{self._namespace}/{self._name}", error=str(error))

    def _tell(self, what: str) -> None:
        if self._recorder is not None and self._observed is not None:
            self._recorder.event(self._observed, "Normal", "LeaderElection", f"{self.identity} {what}")
