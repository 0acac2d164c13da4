"""Who owns which fields after a write: `metadata.managedFields`, kept by every create, update, patch and apply."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import msgspec

from apiserver.rest.other_versions import difference_in
from minik8s.api.fields import FieldInfo, fields_of
from minik8s.api.nullable import is_absent
from minik8s.api.object_meta import ManagedFieldsEntry
from minik8s.machinery.apply.compare import Difference, compare
from minik8s.machinery.apply.field_set import FieldSet, parse_paths
from minik8s.machinery.apply.managers import UPDATE, ManagedFieldsError, Manager, Managers, read, read_given, write
from minik8s.machinery.apply.schema import Schema
from minik8s.machinery.apply.update import ChangedIn, after_update

UNKNOWN = "unknown"
_encode = msgspec.json.Encoder().encode
_RESET = ManagedFieldsEntry()


class Kind(Protocol):
    """What of a resource, or of what a subresource shows, must be known here."""

    group_version: str
    kind: str
    plural: str

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
            managers = _of_group(read_given(given), resource)
        except ManagedFieldsError:
            managers = {}
    metadata.managed_fields = []
    changed = Difference(_fields_of_new(resource, obj, writer.reset))
    metadata.managed_fields = write(_updated(managers, changed, resource, writer))


# The fields of parts that many new objects share, as pods of one template do: by schema, name and text.
_parts: dict[tuple[Schema, str, bytes], FieldSet] = {}
_MOST_PARTS = 512
_LONGEST_PART = 16 * 1024


def _fields_of_new(resource: Kind, obj: Any, reset: tuple[str, ...]) -> FieldSet:
    """All fields of a new object that an empty one does not have."""
    schema, blank = resource.schema, resource.blank
    found: FieldSet = {}
    # The status of custom kinds is like any other field, unless it has an endpoint of its own.
    skipped = reset if getattr(obj, "CUSTOM", None) is not None else ("status",)
    for field in fields_of(type(obj)):  # type: ignore[arg-type]
        value = getattr(obj, field.attribute)
        if value is None or value is msgspec.UNSET or field.json in ("apiVersion", "kind"):
            continue
        if is_absent(value):
            continue
        if field.json in skipped:
            continue
        if field.json == "metadata":
            found.update(compare(schema, _METADATA_BLANK, {"metadata": _metadata(value)}).touched)
            continue
        text = _encode(value)
        key = (schema, field.json, text)
        node = _parts.get(key)
        if node is None:
            one = plain_part(obj, field)
            changed = compare(schema, {name: blank[name] for name in one if name in blank}, one)
            node = changed.touched
            if len(text) <= _LONGEST_PART:
                if len(_parts) >= _MOST_PARTS:
                    _parts.clear()
                _parts[key] = node
        found.update(node)
    return found


_METADATA_BLANK: dict[str, Any] = {"metadata": {}}


def _metadata(metadata: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(metadata, enc_hook=_raw)
    return found


def plain_part(obj: Any, field: FieldInfo) -> dict[str, Any]:
    """One field of an object, as it is written: empty where it is left out."""
    if getattr(obj, "CUSTOM", None) is not None:
        # What custom objects hold is plain data.
        return {field.json: getattr(obj, field.attribute)}
    blank = _blank(type(obj))
    document = plain(msgspec.structs.replace(blank, **{field.attribute: getattr(obj, field.attribute)}))
    return {field.json: document[field.json]} if field.json in document else {}


_blanks: dict[type[Any], Any] = {}


def _blank(cls: type[Any]) -> Any:
    found = _blanks.get(cls)
    if found is None:
        found = _blanks[cls] = cls()
    return found


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
        managers, entries = _managers(entries, stored, resource)
        after = _updated(
            managers, changed, resource, writer, lambda version: _difference_in(resource, version, old, new)
        )
        new.metadata.managed_fields = entries if after is managers and entries is stored else write(after)
    except ManagedFieldsError:
        new.metadata.managed_fields = []


def _of_group(managers: Managers, resource: Kind) -> Managers:
    """Those that wrote by a version of the kind's own group: of others it is not known what they mean."""
    group = resource.group_version.rpartition("/")[0]
    return {key: owned for key, owned in managers.items() if owned.manager.api_version.rpartition("/")[0] == group}


def _managers(
    entries: list[ManagedFieldsEntry], stored: list[ManagedFieldsEntry], resource: Kind
) -> tuple[Managers, list[ManagedFieldsEntry]]:
    """The managers that an update brings, or those that are stored where it brings none that can be read."""
    if entries is not stored:
        try:
            if managers := read_given(entries):
                return _of_group(managers, resource), entries
        except ManagedFieldsError:
            pass
    return read(stored), stored


def note_reset(obj: Any, document: dict[str, Any]) -> None:
    """An empty list of managed fields takes them all away, unlike none; typed objects do not tell them apart."""
    metadata = document.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") == []:
        obj.metadata.managed_fields = [ManagedFieldsEntry()]


def _is_reset(entries: list[ManagedFieldsEntry]) -> bool:
    return len(entries) == 1 and entries[0] == _RESET


def _difference(schema: Schema, old: Any, new: Any) -> Difference:
    return compare(schema, plain(old), plain(new))


def _difference_in(resource: Kind, version: str, old: Any, new: Any) -> Difference | None:
    return difference_in(resource.group_version, resource.plural, version, plain(old), plain(new))


def _updated(
    managers: Managers, changed: Difference, resource: Kind, writer: Writer, changed_in: ChangedIn | None = None
) -> Managers:
    manager = writer.as_manager(UPDATE, resource.group_version)
    return after_update(managers, changed, manager, writer.now, reset_fields(writer.reset), changed_in)


def same_but_times(new: list[ManagedFieldsEntry], old: list[ManagedFieldsEntry]) -> bool:
    """Whether managed fields differ in nothing but their times."""
    if len(new) != len(old):
        return False
    return sorted(map(_timeless, new)) == sorted(map(_timeless, old))


def _timeless(entry: ManagedFieldsEntry) -> tuple[str, str, str, str, bytes]:
    fields = bytes(entry.fields_v1) if entry.fields_v1 is not None else b""
    return entry.manager, entry.operation, entry.api_version, entry.subresource, fields
