"""A definition as it is looked after: all of it, but its schemas left unread, for they may be very large."""

from __future__ import annotations

from functools import partial

import msgspec
from msgspec import to_builtins

from apiserver.auth.errors import conflict
from apiserver.coding import encode
from apiserver.objects import MODIFIED
from apiserver.storage.cacher import Cacher
from apiserver.storage.entry import Entry
from apiserver.storage.store import RevisionConflict
from minik8s.api.apiextensions_v1 import (
    CustomResourceColumnDefinition,
    CustomResourceConversion,
    CustomResourceDefinition,
    CustomResourceDefinitionNames,
    CustomResourceDefinitionStatus,
    CustomResourceSubresources,
    SelectableField,
)
from minik8s.api.fields import MaybeJSON, Struct, always
from minik8s.api.objects import Object
from minik8s.machinery.apply.compare import compare
from minik8s.machinery.apply.managers import UPDATE, Manager, read, write
from minik8s.machinery.apply.schema import schema_of
from minik8s.machinery.apply.update import after_update
from minik8s.machinery.times import format_time

GROUP, PLURAL = "apiextensions.k8s.io", "customresourcedefinitions"
_MANAGER = "kube-apiserver"
_KIND, _GROUP_VERSION = "CustomResourceDefinition", "apiextensions.k8s.io/v1"


class Version(Struct):
    """A version; its `schema` as it stands in the bytes."""

    name: str = always(str)
    served: bool = always(bool)
    storage: bool = always(bool)
    schema: MaybeJSON = None
    subresources: CustomResourceSubresources | None = None
    additional_printer_columns: list[CustomResourceColumnDefinition] = []
    deprecated: bool = False
    deprecation_warning: str | None = None
    selectable_fields: list[SelectableField] = []


class Spec(Struct):
    """See CustomResourceDefinitionSpec."""

    group: str = always(str)
    names: CustomResourceDefinitionNames = always(CustomResourceDefinitionNames)
    scope: str = always(str)
    versions: list[Version] = always(list)
    conversion: CustomResourceConversion | None = None
    preserve_unknown_fields: bool = False


class Outline(Object):
    """See CustomResourceDefinition."""

    spec: Spec = always(Spec)
    status: CustomResourceDefinitionStatus = always(CustomResourceDefinitionStatus)


_decoder = msgspec.json.Decoder(Outline)


def outline(entry: Entry) -> Outline:
    """A definition made anew for the caller to change. Raises ValueError."""
    return _decoder.decode(entry.wire)


def _own(crd: Outline, before: Outline, now: str) -> None:
    """What changed of the status belongs to this server from now on."""
    schema = schema_of(CustomResourceDefinition)
    changed = compare(schema, {"status": to_builtins(before.status)}, {"status": to_builtins(crd.status)})
    writer = Manager(_MANAGER, UPDATE, _GROUP_VERSION, "status")
    crd.metadata.managed_fields = write(after_update(read(crd.metadata.managed_fields), changed, writer, now))


class Outlines:
    """Writes definitions as StoredObjects does."""

    def __init__(self, cacher: Cacher, prefix: str) -> None:
        self._cacher = cacher
        self._prefix = prefix
        self._conflict = partial(conflict, GROUP, PLURAL)

    async def update(self, crd: Outline, before: Entry) -> None:
        """Replace a definition, as it is in `before`, by a changed one. Raises StatusError (409), StoreError."""
        name = crd.metadata.name
        _own(crd, outline(before), format_time(self._cacher.clock.now()))
        value = encode(crd, _KIND, _GROUP_VERSION)
        try:
            revision = await self._cacher.store.update(self._prefix + name, value, int(crd.metadata.resource_version))
        except RevisionConflict:
            raise self._conflict(name, MODIFIED) from None
        await self._cacher.wait_for(revision)

    async def delete(self, crd: Outline) -> None:
        """Delete a definition. Raises StatusError (409), StoreError."""
        name = crd.metadata.name
        try:
            await self._cacher.store.delete(self._prefix + name, int(crd.metadata.resource_version))
        except RevisionConflict:
            raise self._conflict(name, MODIFIED) from None
