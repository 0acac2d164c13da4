"""Caches of what quotas count: opened when the first quota asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from minik8s.api.core_v1 import PersistentVolumeClaim, Pod, ResourceQuota, Service
from minik8s.api.resource_v1 import ResourceClaim
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError
from minik8s.client.informer import Informer
from minik8s.client.resources import Resource, named
from minik8s.quota.usage import evaluator_of

log = structlog.get_logger("controllers")

Freed = Callable[[str, str, str], None]
"""Told (namespace, group, resource) when an object costs less than before."""
_TYPED: dict[tuple[str, str], type[Any]] = {
    ("", "pods"): Pod,
    ("", "services"): Service,
    ("", "persistentvolumeclaims"): PersistentVolumeClaim,
    ("resource.k8s.io", "resourceclaims"): ResourceClaim,
    # The cache that tells of new quotas: another one may not have the quota yet that is to count itself.
    ("", "resourcequotas"): ResourceQuota,
}


class Counted:
    """One informer for each counted resource; those that are only counted are read as metadata."""

    def __init__(self, ctx: ControllerContext, freed: Freed) -> None:
        self._ctx, self._freed = ctx, freed
        self._informers: dict[tuple[str, str], Informer[Any]] = {}
        for place, cls in _TYPED.items():
            if place[0] == "":
                self._add(place, cls)

    def _add(self, place: tuple[str, str], cls: type[Any] | Resource[Any]) -> Informer[Any]:
        informer: Informer[Any] = self._ctx.informers.of(cls)

        def changed(old: Any, new: Any) -> None:
            # What an object newly costs was charged when it was admitted.
            if old is not None and (new is None or self._costs_less(place, old, new)):
                self._freed(named(old).namespace, *place)

        informer.on_change(changed)
        self._informers[place] = informer
        return informer

    def _costs_less(self, place: tuple[str, str], old: Any, new: Any) -> bool:
        if place not in _TYPED:
            return False
        evaluator, now = evaluator_of(*place), self._ctx.clock.now().timestamp()
        return evaluator.usage(old, now) != evaluator.usage(new, now)

    async def open(self, group: str, resource: str) -> None:
        """Have the objects of a resource at hand, if the server serves it."""
        place = (group, resource)
        informer = self._informers.get(place)
        if informer is None:
            cls: type[Any] | Resource[Any] | None = _TYPED.get(place) or await self._find(group, resource)
            if cls is None:
                return
            informer = self._add(place, cls)
            await self._ctx.informers.start()
        if not informer.has_synced:
            await informer.synced()

    async def _find(self, group: str, resource: str) -> Resource[Any] | None:
        dynamic = self._ctx.client.dynamic
        try:
            for version in await dynamic.all_group_versions(preferred=True):
                if version.rpartition("/")[0] != group:
                    continue
                for found in await dynamic.group_version(version):
                    if found.resource.plural == resource and {"list", "watch"} <= set(found.verbs):
                        return found.resource.metadata()
        except ApiError as error:
            log.debug("resource of a quota is not found", resource=f"{resource}.{group}", error=str(error))
        return None

    def listed(self, namespace: str, group: str, resource: str) -> list[Any] | None:
        """The objects of a namespace; None when they are not watched."""
        informer = self._informers.get((group, resource))
        return None if informer is None else informer.list(namespace)
