"""Who owns which fields after a write: `metadata.managedFields`, kept by every create, update, patch and apply."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import msgspec

from minik8s.api.object_meta import ManagedFieldsEntry
from minik8s.machinery.apply.compare import Difference, compare
from minik8s.machinery.apply.field_set import FieldSet, parse_paths
from minik8s.machinery.apply.managers import UPDATE, ManagedFieldsError, Manager, Managers, read, write
from minik8s.machinery.apply.schema import Schema
from minik8s.machinery.apply.update import after_update

UNKNOWN = "unknown"
_RESET = ManagedFieldsEntry()


class Kind(Protocol):
    """What of a resource, or of what a subresource shows, must be known here."""

    group_version: str
    kind: str

    @property
    def schema(self) -> Schema:
        """How objects are taken apart into fields."""
        ...

    @property
    def blank(self) -> dict[str, Any]:
        """An object with nothing in it."""
        ...


class Writer(NamedTuple):
    """Who writes, when, by which endpoint; `reset` are the paths that the endpoint takes from the stored object."""

    manager: str
    now: str
    subresource: str = ""
    reset: tuple[str, ...] = ()

    def as_manager(self, operation: str, group_version: str) -> Manager:
        """The manager of its entry."""
        return Manager(self.manager or UNKNOWN, operation, group_version, self.subresource)


@lru_cache(maxsize=512)
def reset_fields(paths: tuple[str, ...]) -> FieldSet:
    """The set of an endpoint's paths."""
    return parse_paths(*paths)


def plain(obj: Any) -> dict[str, Any]:
    """An object as plain data, without its managed fields."""
    replaced = msgspec.structs.replace
    bare = replaced(obj, metadata=replaced(obj.metadata, managed_fields=[]))
    document: dict[str, Any] = msgspec.to_builtins(bare, enc_hook=_raw)
    return document


def _raw(value: Any) -> Any:
    return msgspec.json.decode(value)


def own_created(resource: Kind, obj: Any, writer: Writer) -> None:
    """A new object belongs to who made it: all of it, as it is before admission adds to it."""
    metadata = obj.metadata
    given = metadata.managed_fields
    managers: Managers = {}
    if given and not _is_reset(given):
        try:
            managers = read(given)
        except ManagedFieldsError:
            managers = {}
    metadata.managed_fields = []
    changed = compare(resource.schema, resource.blank, plain(obj))
    metadata.managed_fields = write(_updated(managers, changed, resource, writer))


def own_updated(resource: Kind, old: Any, new: Any, writer: Writer) -> None:
    """What an update changed belongs to who sent it.

    The managed fields an update brings replace those that are stored, unless it brings none: programs that know
    nothing of them must not lose them. A list of one empty entry takes them all away.
    """
    given = new.metadata.managed_fields
    stored = old.metadata.managed_fields
    if writer.subresource:
        given = stored
    elif _is_reset(given):
        new.metadata.managed_fields = []
        return
    entries = given or stored
    if not entries:
        # An object that nobody tracks stays so until the first apply.
        new.metadata.managed_fields = []
        return
    new.metadata.managed_fields = entries
    changed = _difference(resource.schema, old, new)
    if not changed and given is stored:
        return
    try:
        managers = read(entries)
        if not managers:
            managers, entries = read(stored), stored
        after = _updated(managers, changed, resource, writer)
        new.metadata.managed_fields = entries if after is managers and entries is stored else write(after)
    except ManagedFieldsError:
        new.metadata.managed_fields = []


def _is_reset(entries: list[ManagedFieldsEntry]) -> bool:
    return len(entries) == 1 and entries[0] == _RESET


def _difference(schema: Schema, old: Any, new: Any) -> Difference:
    return compare(schema, plain(old), plain(new))


def _updated(managers: Managers, changed: Difference, resource: Kind, writer: Writer) -> Managers:
    manager = writer.as_manager(UPDATE, resource.group_version)
    return after_update(managers, changed, manager, writer.now, reset_fields(writer.reset))


def same_but_times(new: list[ManagedFieldsEntry], old: list[ManagedFieldsEntry]) -> bool:
    """Whether managed fields differ in nothing but their times."""
    if len(new) != len(old):
        return False
    return sorted(map(_timeless, new)) == sorted(map(_timeless, old))


def _timeless(entry: ManagedFieldsEntry) -> tuple[str, str, str, str, bytes]:
    fields = bytes(entry.fields_v1) if entry.fields_v1 is not None else b""
    return entry.manager, entry.operation, entry.api_version, entry.subresource, fields
