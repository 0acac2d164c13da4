"""Typed reading and writing of stored objects from inside the server, past admission."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from apiserver.auth.errors import StatusError, conflict, not_found
from apiserver.coding import encode
from apiserver.resources import Resource, Resources
from apiserver.rest.ownership import Writer, own_created
from apiserver.storage.cacher import Cacher
from apiserver.storage.store import KeyExists, RevisionConflict
from apiserver.storage.watchers import Change
from minik8s.api.fields import Struct
from minik8s.api.meta_v1 import Status, StatusDetails
from minik8s.api.objects import Object
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_time

T = TypeVar("T", bound=Object)
S = TypeVar("S", bound=Struct)

MANAGER = "kube-apiserver"
"""Who owns the fields of what the server makes by itself."""
_MANAGERS = {"flowcontrol.apiserver.k8s.io": "api-priority-and-fairness-config-producer-v1"}

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def already_exists(resource: Resource, name: str) -> StatusError:
    """409 of a create."""
    qualified = f"{resource.plural}.{resource.group}" if resource.group else resource.plural
    details = StatusDetails(name=name, group=resource.group, kind=resource.plural)
    message = f'{qualified} "{name}" already exists'
    return StatusError(Status(status="Failure", message=message, reason="AlreadyExists", code=409, details=details))


class StoredObjects:
    """Reader and Writer (`apiserver.auth.protocols`) over the watch caches and the store."""

    def __init__(self, resources: Resources, cacher: Cacher) -> None:
        self._resources = resources
        self._cacher = cacher

    def get(self, cls: type[T], name: str, namespace: str = "") -> T | None:
        """The object as the cache has it, or None."""
        entry = self._resources.by_type[cls].cache.get(namespace, name)
        found: T | None = None if entry is None else entry.obj()
        return found

    def list(self, cls: type[T], namespace: str = "") -> Sequence[T]:
        """All objects of a kind, of one namespace if given."""
        return [entry.obj() for entry in self._resources.by_type[cls].cache.ordered(namespace)]

    def on_change(self, cls: type[T], changed: Callable[[T | None, T | None], None]) -> None:
        """Tell of what is there and of every change from now on."""
        cache = self._resources.by_type[cls].cache

        def listener(change: Change) -> None:
            changed(change.old.obj() if change.old else None, change.new.obj() if change.new else None)

        cache.listeners.append(listener)
        for entry in cache.ordered():
            changed(None, entry.obj())

    def on_outline(self, cls: type[Object], shape: type[S], changed: Callable[[S | None, S | None], None]) -> None:
        """Like `on_change`, with objects read as a smaller type: for kinds whose objects may be very large."""
        cache = self._resources.by_type[cls].cache
        decode = msgspec.json.Decoder(shape).decode

        def listener(change: Change) -> None:
            changed(decode(change.old.wire) if change.old else None, decode(change.new.wire) if change.new else None)

        cache.listeners.append(listener)
        for entry in cache.ordered():
            changed(None, decode(entry.wire))

    async def fetch(self, cls: type[T], name: str, namespace: str = "") -> T | None:
        """The object as of a moment not before this call, or None."""
        await self._cacher.fresh()
        return self.get(cls, name, namespace)

    async def create(self, obj: T) -> T:
        """Store a new object and return it as stored. Raises StatusError (409)."""
        resource = self._resources.by_type[type(obj)]
        new = deep_copy(obj)
        new.metadata.uid = new.metadata.uid or str(uuid.uuid4())
        new.metadata.creation_timestamp = now = format_time(self._cacher.clock.now())
        manager = _MANAGERS.get(resource.group, MANAGER)
        own_created(resource, new, Writer(manager, now, reset=resource.strategy.reset_fields))
        key = resource.key(new.metadata.namespace, new.metadata.name)
        try:
            value = encode(new, resource.kind, resource.group_version)
            revision = await self._cacher.store.create(key, resource.stored(value))
        except KeyExists:
            raise already_exists(resource, new.metadata.name) from None
        return await self._stored(new, revision)

    async def update(self, obj: T, subresource: str = "") -> T:
        """Replace an object and return it as stored. Raises StatusError (404, 409)."""
        resource = self._resources.by_type[type(obj)]
        metadata = obj.metadata
        current = await self._cacher.store.get(resource.key(metadata.namespace, metadata.name))
        if current is None:
            raise not_found(resource.group, resource.plural, metadata.name)
        if metadata.resource_version and metadata.resource_version != str(current.mod_revision):
            raise conflict(resource.group, resource.plural, metadata.name, MODIFIED)
        try:
            value = resource.stored(encode(obj, resource.kind, resource.group_version))
            revision = await self._cacher.store.update(current.key, value, current.mod_revision)
        except RevisionConflict:
            raise conflict(resource.group, resource.plural, metadata.name, MODIFIED) from None
        return await self._stored(deep_copy(obj), revision)

    async def delete(self, obj: Object) -> None:
        """Delete an object, guarded by its uid; one that is gone already is fine."""
        resource: Resource = self._resources.by_type[type(obj)]
        await self._cacher.fresh()
        entry = resource.cache.get(obj.metadata.namespace, obj.metadata.name)
        if entry is None or entry.obj().metadata.uid != obj.metadata.uid:
            return
        try:
            key = resource.key(obj.metadata.namespace, obj.metadata.name)
            revision = await self._cacher.store.delete(key, entry.revision)
        except RevisionConflict:
            raise conflict(resource.group, resource.plural, obj.metadata.name, MODIFIED) from None
        await self._cacher.wait_for(revision)

    async def _stored(self, obj: T, revision: int) -> T:
        obj.metadata.resource_version = str(revision)
        await self._cacher.wait_for(revision)
        return obj
