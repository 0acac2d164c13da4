"""A Reader and Writer over objects held in memory."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from apiserver.auth.errors import conflict
from apiserver.auth.protocols import T
from minik8s.api.objects import Object


class MemoryObjects:
    """Objects by kind, namespace and name; every write moves one global version."""

    def __init__(self, objects: Iterable[Object] = ()) -> None:
        self._objects: dict[type[Object], dict[tuple[str, str], Object]] = {}
        self._watchers: dict[type[Object], list[Callable[[Any, Any], None]]] = {}
        self._version = 0
        for obj in objects:
            self.put(obj)

    def put(self, obj: T) -> T:
        """Store an object whatever is there."""
        self._version += 1
        metadata = msgspec.structs.replace(
            obj.metadata, resource_version=str(self._version), uid=obj.metadata.uid or str(uuid.uuid4())
        )
        stored = msgspec.structs.replace(obj, metadata=metadata)
        kind = self._objects.setdefault(type(obj), {})
        key = (metadata.namespace, metadata.name)
        old = kind.get(key)
        kind[key] = stored
        for watcher in self._watchers.get(type(obj), ()):
            watcher(old, stored)
        return stored

    def remove(self, cls: type[Object], name: str, namespace: str = "") -> None:
        """Forget an object."""
        old = self._objects.get(cls, {}).pop((namespace, name), None)
        if old is not None:
            self._version += 1
            for watcher in self._watchers.get(cls, ()):
                watcher(old, None)

    def get(self, cls: type[T], name: str, namespace: str = "") -> T | None:
        """The object, or None."""
        found = self._objects.get(cls, {}).get((namespace, name))
        return found if isinstance(found, cls) else None

    def list(self, cls: type[T], namespace: str = "") -> Sequence[T]:
        """All objects of a kind, of one namespace if given."""
        held = self._objects.get(cls, {})
        return [obj for key, obj in held.items() if isinstance(obj, cls) and namespace in ("", key[0])]

    def on_change(self, cls: type[T], changed: Callable[[T | None, T | None], None]) -> None:
        """Tell of what is there and of every change."""
        self._watchers.setdefault(cls, []).append(changed)
        for obj in self.list(cls):
            changed(None, obj)

    async def fetch(self, cls: type[T], name: str, namespace: str = "") -> T | None:
        """The object, or None."""
        return self.get(cls, name, namespace)

    async def create(self, obj: T) -> T:
        """Store a new object. Raises StatusError (409) when there is one of the name."""
        if self.get(type(obj), obj.metadata.name, obj.metadata.namespace) is not None:
            raise conflict("", obj.kind, obj.metadata.name, "exists already")
        return self.put(obj)

    async def update(self, obj: T, subresource: str = "") -> T:
        """Replace an object. Raises StatusError (409) when it has changed since it was read."""
        current = self.get(type(obj), obj.metadata.name, obj.metadata.namespace)
        version = obj.metadata.resource_version
        if current is None or (version and version != current.metadata.resource_version):
            why = "the object has been modified; please apply your changes to the latest version and try again"
            raise conflict("", obj.kind, obj.metadata.name, why)
        return self.put(obj)

    async def delete(self, obj: Object) -> None:
        """Forget an object."""
        self.remove(type(obj), obj.metadata.name, obj.metadata.namespace)
