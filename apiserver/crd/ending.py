"""The end of a kind: its definition stays until the last object is gone."""

from __future__ import annotations

from apiserver.coding import encode
from apiserver.crd.installed import Installed
from apiserver.crd.outline import Outline, Outlines, outline
from apiserver.registry.apiextensions.custom_resource_definitions import FINALIZER
from apiserver.storage.cache import ResourceCache
from apiserver.storage.cacher import Cacher
from apiserver.storage.entry import Entry
from apiserver.storage.store import RevisionConflict
from minik8s.api.apiextensions_v1 import CustomResourceDefinitionCondition
from minik8s.machinery.conditions import set_condition
from minik8s.machinery.times import format_time


class Ending:
    """Deletes the objects of definitions that are being deleted, then lets those go."""

    def __init__(self, cacher: Cacher, outlines: Outlines, definitions: ResourceCache) -> None:
        self._cacher = cacher
        self._objects = outlines
        self._definitions = definitions

    async def sync(self, crd: Outline, entry: Entry, held: Installed | None) -> bool:
        """One step, again when the last object is gone; whether it did anything. Raises StatusError, StoreError.

        `entry` is where the definition was read.
        """
        if FINALIZER not in crd.metadata.finalizers:
            return False
        now = format_time(self._cacher.clock.now())
        condition = CustomResourceDefinitionCondition(
            type="Terminating",
            status="True",
            reason="InstanceDeletionInProgress",
            message="CustomResource deletion is in progress",
        )
        # What was let in before the end was known is in the store by now, if not yet in the cache.
        await self._cacher.fresh()
        if held is not None and len(held.cache):
            if set_condition(crd.status.conditions, condition, now):
                await self._objects.update(crd, entry)
            await self._delete_all(held, now)
            await self._cacher.fresh()
            if len(held.cache):
                return True
            now_held = self._definitions.get("", crd.metadata.name)
            if now_held is None:
                return True
            entry, crd = now_held, outline(now_held)
        crd.metadata.finalizers = [each for each in crd.metadata.finalizers if each != FINALIZER]
        if not crd.metadata.finalizers:
            await self._objects.delete(crd)
            return True
        condition.status, condition.reason = "False", "InstanceDeletionCompleted"
        condition.message = "removed all instances"
        set_condition(crd.status.conditions, condition, now)
        await self._objects.update(crd, entry)
        return True

    async def _delete_all(self, held: Installed, now: str) -> None:
        """Objects that nobody holds go; the others are marked, for those who do."""
        kind = held.stored
        for entry in list(held.cache.ordered()):
            key = held.cache.prefix + (f"{entry.namespace}/{entry.name}" if entry.namespace else entry.name)
            obj = kind.decode(entry.wire)
            try:
                if not obj.metadata.finalizers:
                    await self._cacher.store.delete(key, entry.revision)
                elif obj.metadata.deletion_timestamp is None:
                    obj.metadata.deletion_timestamp = now
                    obj.metadata.deletion_grace_period_seconds = 0
                    obj.metadata.generation += 1
                    version = obj.api_version or kind.group_version
                    await self._cacher.store.update(key, encode(obj, kind.kind, version), entry.revision)
            except RevisionConflict:
                continue
