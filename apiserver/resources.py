"""The resources a server serves: their names, their types, their caches and what may be done with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec

from apiserver.call import Call
from apiserver.coding import encode
from apiserver.registry import strategy_of
from apiserver.registry.conversions import conversion_of
from apiserver.storage.cache import ResourceCache
from apiserver.storage.cacher import Cacher
from apiserver.storage.entry import Form
from apiserver.storage.view import ViewForm
from apiserver.tables.printer import Printer
from apiserver.tables.printers import printer_of
from minik8s.api.scheme import RESOURCES, ResourceType, resource_for_plural, type_of
from minik8s.machinery.apply.schema import Schema, blank_of, schema_of

STANDARD_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_VERBS = {"namespaces": tuple(verb for verb in STANDARD_VERBS if verb != "deletecollection")}
# What these hold is large or many: objects are decoded when asked for and not kept.
_NOT_KEPT = frozenset(
    {"pods", "events", "secrets", "configmaps", "endpoints", "endpointslices", "customresourcedefinitions"}
)


def _late_decoder(cls: type[Any]) -> Callable[[bytes], Any]:
    """A decoder that is made when it is first used: making all of them at start takes a quarter of a second."""
    made: list[Callable[[bytes], Any]] = []

    def decode(data: bytes) -> Any:
        if not made:
            made.append(msgspec.json.Decoder(cls).decode)
        return made[0](data)

    return decode


class Resource:
    """One resource of one group version; `strategic` tells whether it takes strategic merge patches.

    `protobuf` tells whether objects have a protobuf form. `watch_events` counts what watchers were sent.
    """

    def __init__(self, described: ResourceType, cacher: Cacher) -> None:
        self.group = described.group
        self.version = described.version
        self.group_version = described.group_version
        self.plural = described.plural
        self.singular = described.singular
        self.kind = described.kind
        self.namespaced = described.namespaced
        self.list_kind = described.kind + "List"
        self._cls: type[Any] = type_of(described)
        self.strategy = strategy_of(self.group, self.plural, self.version)
        self.strategic = True
        self.protobuf = True
        self.watch_events = 0
        self.verbs = _VERBS.get(self.plural, STANDARD_VERBS)
        self._conversion = conversion_of(self.group_version, self.plural)
        self.cache: ResourceCache = self._cache(cacher)

    def _cache(self, cacher: Cacher) -> ResourceCache:
        select = self.strategy.select if self.strategy.selectable else None
        decode = _late_decoder(self.cls)
        keep = self.plural not in _NOT_KEPT
        kind, version, placed, conversion = self.kind, self.group_version, self.namespaced, self._conversion
        if conversion is None:
            form = Form(kind, version, namespaced=placed, decode=decode, select=select, keep_decoded=keep)
            return cacher.add(self.group, self.plural, form)
        described = resource_for_plural(conversion.stored, self.plural)
        assert described is not None
        read = _late_decoder(type_of(described))

        def translate(value: bytes) -> bytes:
            return encode(conversion.from_stored(read(value)), kind, version)

        view = ViewForm(
            kind, version, namespaced=placed, decode=decode, select=select, keep_decoded=keep, translate=translate
        )
        return cacher.add_view(described.group, self.plural, view)

    @property
    def cls(self) -> type[Any]:
        """The type of objects."""
        return self._cls

    @property
    def printer(self) -> Printer:
        """What shows objects in tables."""
        return printer_of(self.group_version, self.plural)

    async def prepare(self, call: Call) -> None:
        """Get ready for a request: what has to be waited for before its verb looks at the cache."""

    def check_new(self, name: str) -> None:
        """Asked right before a new object is stored. Raises StatusError where nothing new may be made any more."""

    @property
    def kept_group(self) -> str:
        """The group under which objects are stored; messages about their faults name it."""
        return self.group if self._conversion is None else self._conversion.stored.rpartition("/")[0]

    def stored(self, value: bytes) -> bytes:
        """What is put into the store for the bytes of an object of this version."""
        if self._conversion is None:
            return value
        obj = self._conversion.to_stored(self.cache.form.decode(value))
        return encode(obj, self.kind, self._conversion.stored)

    def recast(self, document: dict[str, Any], other: Resource) -> dict[str, Any] | None:
        """An object as another version has it where they differ in no more than their names, None where they do."""
        return None

    async def store_value(self, value: bytes) -> bytes:
        """Like `stored`, for versions whose conversion may have to be waited for. Raises StatusError."""
        return self.stored(value)

    async def answer_value(self, value: bytes, kept: bytes) -> bytes:
        """What is answered of an object written as `value`, now that it is stored as `kept`. Raises StatusError."""
        return value

    async def shown_value(self, value: bytes) -> bytes:
        """An object of this version for the bytes of a stored one. Raises ValueError, StatusError."""
        return self.cache.form.wire(value, 0)

    async def outdated(self, key: str, value: bytes) -> bool:
        """Whether the store holds an object otherwise than it would be written today as `value`."""
        return False

    @cached_property
    def schema(self) -> Schema:
        """How objects are taken apart into fields that have owners."""
        return schema_of(self.cls)  # type: ignore[arg-type]

    @cached_property
    def blank(self) -> dict[str, Any]:
        """An object with nothing in it, as plain data; not to be changed."""
        return blank_of(self.cls)  # type: ignore[arg-type]

    def key(self, namespace: str, name: str) -> str:
        """Where an object is stored."""
        return self.cache.prefix + (f"{namespace}/{name}" if namespace else name)


class Resources:
    """All served resources. Kinds that are asked and never stored (reviews, bindings) are not among them."""

    def __init__(self, cacher: Cacher) -> None:
        self.by_path: dict[tuple[str, str, str], Resource] = {}
        self.by_type: dict[type[Any], Resource] = {}
        # Those that are stored under another version come last: they look at what the others keep.
        for described in sorted(RESOURCES, key=lambda each: conversion_of(each.group_version, each.plural) is not None):
            if described.kind.endswith("Review") or described.kind in ("Binding", "ComponentStatus"):
                continue
            resource = Resource(described, cacher)
            self.by_path[(resource.group, resource.version, resource.plural)] = resource
            self.by_type[resource.cls] = resource

    def put(self, resource: Resource) -> None:
        """Serve a resource that came up at run time, in place of what was served at its path."""
        self.by_path[(resource.group, resource.version, resource.plural)] = resource

    def remove(self, resource: Resource) -> None:
        """Serve a resource no more; one that has been replaced is fine."""
        key = (resource.group, resource.version, resource.plural)
        if self.by_path.get(key) is resource:
            del self.by_path[key]

    def stored(self, group: str, version: str, plural: str) -> int:
        """How many objects there are of what is served at a path; none of what is not served."""
        resource = self.by_path.get((group, version, plural))
        return 0 if resource is None else len(resource.cache)

    def resource_of(self, api_version: str, kind: str) -> tuple[str, str] | None:
        """(group, plural) of a served kind."""
        for resource in self.by_path.values():
            if resource.group_version == api_version and resource.kind == kind:
                return resource.group, resource.plural
        return None
