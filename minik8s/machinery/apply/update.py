"""Ownership after a write: who wrote a field owns it, alone; who lost a field to the write owns it no longer."""

from __future__ import annotations

from collections.abc import Callable

from minik8s.machinery.apply.compare import Difference
from minik8s.machinery.apply.field_set import FieldSet, difference, parse_paths, union, without
from minik8s.machinery.apply.managers import Manager, Managers, Owned

UNOWNED: FieldSet = union(
    parse_paths("apiVersion", "kind", "metadata"),
    parse_paths(
        *(
            f"metadata.{name}"
            for name in (
                "name",
                "namespace",
                "creationTimestamp",
                "selfLink",
                "uid",
                "clusterName",
                "generation",
                "managedFields",
                "resourceVersion",
            )
        )
    ),
)
"""What belongs to the object, not to any manager."""


ChangedIn = Callable[[str], Difference | None]
"""What a write changes, in the terms of another version; None where that has the same fields."""


def after_update(
    managers: Managers,
    changed: Difference,
    writer: Manager,
    now: str,
    reset: FieldSet | None = None,
    changed_in: ChangedIn | None = None,
) -> Managers:
    """The managers after an update by `writer` made these changes.

    `reset` holds the fields that the endpoint does not let through; `changed_in` tells what those lose who own fields
    of other versions. An object that had managers keeps its order.
    """
    touched, removed = changed.touched, changed.removed
    if reset:
        touched, removed = without(touched, reset), without(removed, reset)
    if not touched and not removed:
        return managers
    lost = union(touched, removed)
    found: Managers = {}
    identity = writer.identity
    for key, owned in managers.items():
        taken = removed if key == identity else lost
        version = owned.manager.api_version
        if version != writer.api_version and changed_in is not None and (there := changed_in(version)) is not None:
            taken = union(there.touched, there.removed)
            taken = without(taken, reset) if reset else taken
        if not taken:
            found[key] = owned
            continue
        left = difference(owned.fields, taken)
        if left == owned.fields:
            found[key] = owned
        elif left:
            found[key] = Owned(owned.manager, owned.time, left)
    gained = difference(touched, UNOWNED)
    if gained:
        had = found.get(identity)
        fields = union(had.fields, gained) if had is not None else gained
        found[identity] = Owned(writer, now, fields)
    return found
