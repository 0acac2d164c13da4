"""Who owns the number of replicas, told in the terms of a scale and in those of the object it belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.registry.strategy import ScalePaths
from minik8s.api.object_meta import ManagedFieldsEntry
from minik8s.machinery.apply.field_set import FieldSet, difference, intersection, parse_paths, union
from minik8s.machinery.apply.managers import ManagedFieldsError, Manager, Managers, Owned, read, write

_VERSION = "autoscaling/v1"
_IN_SCALE = parse_paths("spec.replicas")


def _in_object(paths: ScalePaths) -> FieldSet:
    return parse_paths(paths.spec_replicas.lstrip("."))


def _moved(manager: Manager, group_version: str) -> Manager:
    return Manager(manager.name, manager.operation, group_version, manager.subresource)


def to_scale(entries: list[ManagedFieldsEntry], group_version: str, paths: ScalePaths) -> list[ManagedFieldsEntry]:
    """The managed fields of the scale: of every manager that owns the replicas of the object."""
    wanted = _in_object(paths)
    found: Managers = {}
    for owned in _read(entries):
        if owned.manager.api_version == group_version and intersection(owned.fields, wanted):
            manager = _moved(owned.manager, _VERSION)
            found[manager.identity] = Owned(manager, owned.time, _IN_SCALE)
    return write(found)


def to_parent(
    entries: list[ManagedFieldsEntry],
    scale_entries: list[ManagedFieldsEntry],
    group_version: str,
    paths: ScalePaths,
) -> list[ManagedFieldsEntry]:
    """The managed fields of the object once the scale has these: who lost the replicas owns them no longer."""
    wanted = _in_object(paths)
    of_scale = {
        _moved(owned.manager, group_version).identity: owned
        for owned in _read(scale_entries)
        if intersection(owned.fields, _IN_SCALE)
    }
    found: Managers = {}
    for owned in _read(entries):
        identity = owned.manager.identity
        if not intersection(owned.fields, wanted):
            found[identity] = owned
        elif identity in of_scale:
            found[identity] = owned
            del of_scale[identity]
        elif left := difference(owned.fields, wanted):
            found[identity] = Owned(owned.manager, owned.time, left)
    for identity, owned in of_scale.items():
        had = found.get(identity)
        fields = union(had.fields, wanted) if had is not None else wanted
        # Times are those the object knows; who is new to it has none.
        when = had.time if had is not None else None
        found[identity] = Owned(_moved(owned.manager, group_version), when, fields)
    return write(found)


def _read(entries: list[ManagedFieldsEntry]) -> Iterable[Owned]:
    try:
        return list(read(entries).values())
    except ManagedFieldsError:
        return []
