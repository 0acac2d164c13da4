"""What an API server makes at its start and keeps as it must be while it runs, each on its own beat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from apiserver.auth.errors import StatusError
from apiserver.auth.setup import Auth, AuthSettings
from apiserver.bootstrap.endpoints import RENEW_SECONDS, KubernetesService
from apiserver.bootstrap.objects import (
    api_services,
    authentication_config,
    ensure,
    keep,
    namespaces,
    priority_classes,
    service_cidr,
    token_tracking,
)
from apiserver.fairness.upkeep import FlowControlUpkeep
from apiserver.objects import StoredObjects
from apiserver.services.repair import Repair
from apiserver.services.settings import ServiceSettings
from apiserver.storage.cacher import NotCaughtUp
from apiserver.storage.store import StoreError
from minik8s.clock import Clock
from minik8s.machinery.times import format_time

log = structlog.get_logger("apiserver.bootstrap")

_FLOW_SECONDS = 60.0
# How long changes of flow schemas are gathered before it is told what came of them.
_TOLD_SECONDS = 0.2
_REPAIR_SECONDS = 180.0
_AUTHORITIES_SECONDS = 60.0


class Upkeep:
    """`start` makes what must be there before the server is ready, then keeps it in the background until `stop`."""

    def __init__(
        self,
        objects: StoredObjects,
        auth: Auth,
        auth_settings: AuthSettings,
        services: ServiceSettings,
        repair: Repair,
        kubernetes: KubernetesService | None,
        clock: Clock,
    ) -> None:
        self._objects = objects
        self._auth = auth
        self._auth_settings = auth_settings
        self._services = services
        self._repair = repair
        self._kubernetes = kubernetes
        self._flows = FlowControlUpkeep(objects, objects, clock.now)
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []

    async def first_objects(self) -> None:
        """Make what a cluster has from the first moment. Raises StatusError or StoreError."""
        now = format_time(self._clock.now())
        wanted = [
            *namespaces(),
            *priority_classes(),
            service_cidr(self._services, now),
            *api_services(now),
            token_tracking(now.partition("T")[0]),
        ]
        made = await ensure(self._objects, wanted)
        if made:
            log.info("made the first objects of the cluster", objects=made)
        try:
            config = authentication_config(self._auth_settings)
        except (OSError, UnicodeDecodeError) as error:
            log.warning("cannot publish the client authorities", reason=str(error))
        else:
            if config is not None:
                await keep(self._objects, config)
        await self._flows.ensure()

    async def start(self) -> None:
        """List this server among the endpoints, and keep all of it from now on."""
        if self._kubernetes is not None:
            await self._kubernetes.once()
            self._every(RENEW_SECONDS, self._kubernetes.once, "the Service kubernetes")
        await self._repair.once()
        self._every(_REPAIR_SECONDS, self._repair.once, "addresses of services")
        self._every(_FLOW_SECONDS, self._flows.ensure, "flow control")
        self._every(_TOLD_SECONDS, self._flows.tell, "conditions of flow schemas")
        self._every(_AUTHORITIES_SECONDS, self._auth.refresh, "client authorities")

    async def stop(self) -> None:
        """End the work; take the server out of the endpoints."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._kubernetes is not None:
            try:
                await self._kubernetes.leave()
            except (StatusError, StoreError, NotCaughtUp) as error:
                log.warning("cannot leave the endpoints of the Service kubernetes", reason=str(error))

    def _every(self, seconds: float, work: Callable[[], Awaitable[object]], what: str) -> None:
        async def loop() -> None:
            while True:
                await self._clock.sleep(seconds)
                try:
                    await work()
                except (StatusError, StoreError, NotCaughtUp) as error:
                    log.warning("cannot keep up, trying again later", what=what, reason=str(error))
                except Exception:
                    log.exception("cannot keep up, trying again later", what=what)

        self._tasks.append(asyncio.create_task(loop(), name=f"upkeep: {what}"))
