"""Aggregation put together."""

from __future__ import annotations

from apiserver.aggregation.availability import Availability
from apiserver.aggregation.documents import Documents
from apiserver.aggregation.forwarding import Forwarding
from apiserver.aggregation.registration import Registration
from apiserver.aggregation.remotes import Remote, Remotes
from apiserver.aggregation.settings import AggregationSettings
from apiserver.call import Call
from apiserver.discovery.catalog import Catalog
from apiserver.objects import StoredObjects
from apiserver.openapi.serving import OpenAPI
from apiserver.streams.backend import Backends
from apiserver.webhooks.services import Services
from minik8s.clock import Clock


class Aggregation:
    """Servers of others behind this one."""

    def __init__(
        self,
        objects: StoredObjects,
        services: Services,
        settings: AggregationSettings,
        catalog: Catalog,
        openapi: OpenAPI,
        clock: Clock,
    ) -> None:
        self._backends = Backends()
        self.remotes = Remotes(objects, services, settings)
        self._forwarding = Forwarding(self.remotes, self._backends)
        documents = Documents(self.remotes, self._backends, catalog, openapi)
        self._availability = Availability(
            self.remotes, objects, objects, self._backends, clock, documents.take_over, documents.lost
        )
        self._registration = Registration(objects, objects, clock)

    def find(self, path: str) -> Remote | None:
        """Who serves a path, None for what this server serves itself."""
        return self.remotes.find(path)

    async def forward(self, call: Call, remote: Remote) -> None:
        """Pass a request on."""
        await self._forwarding.forward(call, remote)

    def start(self) -> None:
        """Find out who answers from now on."""
        self._availability.start()
        self._registration.start()

    async def stop(self) -> None:
        """End all work, drop all connections."""
        await self._availability.stop()
        await self._registration.stop()
        await self._backends.close()
