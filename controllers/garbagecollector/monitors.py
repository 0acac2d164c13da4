"""Feeds the graph from every resource that can be listed, watched and deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from controllers.garbagecollector.graph import Graph
from minik8s.api.apiextensions_v1 import CustomResourceDefinition
from minik8s.api.apiregistration_v1 import APIService
from minik8s.api.meta_v1 import PartialObjectMetadata
from minik8s.client.api import ApiClient
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError, ConnectionFailed
from minik8s.client.informer import Informer
from minik8s.client.resources import Resource

log = structlog.get_logger("controllers")

_VERBS = ("delete", "list", "watch")
_IGNORED = frozenset({("", "events"), ("events.k8s.io", "events")})
_SETTLE_SECONDS = 0.5
_RETRY_SECONDS = 30.0
_SYNC_SECONDS = 60.0


class Monitors:
    """One informer per resource; follows custom resources and aggregated servers as they come and go.

    Resources are found with `root`, which reads everything; what is watched by another controller in full is not
    watched again.
    """

    def __init__(self, ctx: ControllerContext, graph: Graph, enqueue: Callable[[str], None]) -> None:
        self._ctx, self._graph, self._enqueue = ctx, graph, enqueue
        self._root: ApiClient = ctx.informers.client
        self._watched: dict[tuple[str, str], tuple[Resource[Any], Informer[Any], bool]] = {}
        self._changed = asyncio.Event()
        self._crds: Informer[CustomResourceDefinition] = ctx.informers.of(CustomResourceDefinition)
        self._services: Informer[APIService] = ctx.informers.of(APIService)
        self._crds.on_change(self._crd_changed)
        self._services.on_change(self._service_changed)
        self.ready = asyncio.Event()

    def _crd_changed(self, old: CustomResourceDefinition | None, new: CustomResourceDefinition | None) -> None:
        if old is None or new is None or old.spec != new.spec or old.status.conditions != new.status.conditions:
            self._changed.set()

    def _service_changed(self, old: APIService | None, new: APIService | None) -> None:
        if old is None or new is None or old.status != new.status:
            self._changed.set()

    async def run(self) -> None:
        """Find resources now and whenever they may have changed, until cancelled."""
        while True:
            self._changed.clear()
            complete = await self._find()
            if not self.ready.is_set():
                await self._synced()
                self.ready.set()
            try:
                async with asyncio.timeout(None if complete else _RETRY_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                continue
            # A definition is served a moment after it is established, and seldom comes alone.
            await self._ctx.clock.sleep(_SETTLE_SECONDS)

    async def _find(self) -> bool:
        """Begin to watch what is new, end what is gone; False when not every group could be asked."""
        self._root.dynamic.forget()
        try:
            found, failed = await self._root.dynamic.all(verbs=_VERBS)
        except (ApiError, ConnectionFailed) as error:
            log.warning("cannot find the server's resources, tried again later", error=str(error))
            return False
        wanted = {(one.resource.group, one.resource.plural): one.resource for one in found}
        for place in _IGNORED:
            wanted.pop(place, None)
        unsure = {version.rpartition("/")[0] for version in failed}
        for place, (resource, _, _) in list(self._watched.items()):
            if place not in wanted and place[0] not in unsure:
                await self._end(place)
                for uid in self._graph.forget_resource(resource):
                    self._enqueue(uid)
            elif place in wanted and wanted[place] != _plain(resource):
                await self._end(place)
        for place, resource in wanted.items():
            if place not in self._watched:
                self._begin(place, resource)
        await self._ctx.informers.start()
        return not failed

    def _begin(self, place: tuple[str, str], found: Resource[dict[str, Any]]) -> None:
        held = self._ctx.informers.existing(found.group_version, found.plural)
        if held is not None and held.resource.type is dict:
            held = None
        resource = found.metadata()
        informer: Informer[Any] = held or self._ctx.informers.of(resource)
        self._watched[place] = (resource, informer, held is None)

        def changed(old: PartialObjectMetadata | None, new: PartialObjectMetadata | None) -> None:
            if new is not None:
                if held is None:
                    # Nobody else reads these: what is not needed is not kept.
                    new.metadata.annotations, new.metadata.labels = {}, {}
                if old is not None and old.metadata.uid != new.metadata.uid:
                    self._work(self._graph.forget(old.metadata.uid))
                self._work(self._graph.observe(resource, new.metadata))
            elif old is not None:
                self._work(self._graph.forget(old.metadata.uid))

        informer.on_change(changed)

    def _work(self, uids: set[str]) -> None:
        for uid in uids:
            self._enqueue(uid)

    async def _end(self, place: tuple[str, str]) -> None:
        _, informer, own = self._watched.pop(place)
        if own:
            await self._ctx.informers.discard(informer)

    async def _synced(self) -> None:
        """Wait for the first lists; one that never comes does not hold back all others."""
        try:
            async with asyncio.timeout(_SYNC_SECONDS):
                for _, informer, _ in list(self._watched.values()):
                    await informer.synced()
        except TimeoutError:
            log.warning("garbage collection begins without some resources", waiting=self._ctx.informers.unsynced)


def _plain(resource: Resource[Any]) -> Resource[dict[str, Any]]:
    return Resource(resource.group_version, resource.plural, resource.kind, resource.namespaced, dict)
