"""Who owns what of one object: the entries of `metadata.managedFields`, read and written."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import msgspec

from minik8s.api.object_meta import ManagedFieldsEntry
from minik8s.machinery.apply.field_set import FieldSet, union
from minik8s.machinery.times import parse_time

APPLY, UPDATE = "Apply", "Update"
BEFORE_FIRST_APPLY = "before-first-apply"
ANCIENT = "ancient-changes"
_MOST_UPDATERS = 10
_ELEMENTS = ("f:", "k:", "v:", "i:")
_encode = msgspec.json.Encoder(order="deterministic").encode


class ManagedFieldsError(ValueError):
    """Entries that cannot be read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Manager:
    """Who: two entries of the same manager are one. Appliers are the same whatever version they apply by."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What tells managers apart."""
        version = "" if self.operation == APPLY else self.api_version
        return self.name, self.operation, version, self.subresource


class Owned:
    """What one manager owns and since when; read from its entry when first asked for."""

    __slots__ = ("_entry", "_fields", "manager", "time")

    def __init__(
        self, manager: Manager, time: str | None, fields: FieldSet | None, entry: ManagedFieldsEntry | None = None
    ) -> None:
        self.manager = manager
        self.time = time
        self._fields = fields
        self._entry = entry

    @property
    def fields(self) -> FieldSet:
        """The set of fields."""
        found = self._fields
        if found is None:
            assert self._entry is not None
            raw = self._entry.fields_v1
            try:
                found = msgspec.json.decode(raw, type=dict) if raw else {}
            except msgspec.MsgspecError as error:
                raise ManagedFieldsError(f"failed to decode managed fields: {error}") from None
            self._fields = found
        return found

    def entry(self) -> ManagedFieldsEntry:
        """As it is stored."""
        had = self._entry
        if had is not None and self.time == had.time and self._fields is None:
            return had
        manager = self.manager
        return ManagedFieldsEntry(
            manager=manager.name,
            operation=manager.operation,
            api_version=manager.api_version,
            time=self.time,
            fields_type="FieldsV1",
            fields_v1=had.fields_v1 if had is not None and self._fields is None else msgspec.Raw(_encode(self.fields)),
            subresource=manager.subresource,
        )


Managers = dict[tuple[str, str, str, str], Owned]


def read(entries: Iterable[ManagedFieldsEntry]) -> Managers:
    """The managers of stored entries, in order; entries of one manager are one. Raises ManagedFieldsError."""
    found: Managers = {}
    for entry in entries:
        if entry.operation not in (APPLY, UPDATE):
            raise ManagedFieldsError(f"operation is neither Apply nor Update: {entry.operation!r}")
        if not entry.api_version:
            raise ManagedFieldsError("no apiVersion")
        if entry.fields_type != "FieldsV1":
            raise ManagedFieldsError(f"fieldsType is not FieldsV1: {entry.fields_type!r}")
        manager = Manager(entry.manager, entry.operation, entry.api_version, entry.subresource)
        owned = Owned(manager, entry.time, None, entry)
        had = found.get(manager.identity)
        if had is not None:
            owned = Owned(manager, entry.time, union(had.fields, owned.fields))
        found[manager.identity] = owned
    return found


def read_given(entries: Iterable[ManagedFieldsEntry]) -> Managers:
    """The managers of entries that a client sent: their fields are looked at as well. Raises ManagedFieldsError."""
    found = read(entries)
    for owned in found.values():
        _check(owned.fields)
    return found


def _check(fields: FieldSet) -> None:
    for element, below in fields.items():
        if element[:2] not in _ELEMENTS and element != ".":
            raise ManagedFieldsError(f"not a path element: {element!r}")
        if not isinstance(below, dict):
            raise ManagedFieldsError(f"not a set of fields: {element!r}")
        _check(below)


def write(managers: Managers) -> list[ManagedFieldsEntry]:
    """The entries to store: appliers first, then by time and name; not more than ten that only update."""
    listed = _capped(managers)
    listed.sort(key=_order)
    return [owned.entry() for owned in listed]


def _order(owned: Owned) -> tuple[str, float, str, str, str]:
    manager = owned.manager
    return manager.operation, _seconds(owned.time), manager.name, manager.api_version, manager.subresource


def _seconds(time: str | None) -> float:
    if not time:
        return 0
    try:
        return parse_time(time).timestamp()
    except ValueError:
        return 0


def _capped(managers: Managers) -> list[Owned]:
    updaters = [owned for owned in managers.values() if owned.manager.operation == UPDATE]
    if len(updaters) <= _MOST_UPDATERS:
        return list(managers.values())
    updaters.sort(key=_order)
    first: dict[str, Owned] = {}  # by version: the oldest, until a second one is put together with it
    bucket: dict[str, Owned] = {}
    gone: set[int] = set()
    left = len(updaters)
    for owned in updaters:
        if left <= _MOST_UPDATERS:
            break
        version = owned.manager.api_version
        into = bucket.get(version) or first.get(version)
        if into is None:
            first[version] = owned
            continue
        bucket[version] = Owned(Manager(ANCIENT, UPDATE, version), owned.time, union(into.fields, owned.fields))
        gone.update((id(owned), id(first[version])))
        left -= 1
    return [*(owned for owned in managers.values() if id(owned) not in gone), *bucket.values()]
