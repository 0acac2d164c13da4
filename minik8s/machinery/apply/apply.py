"""Server-side apply itself: merge a configuration, find conflicts, take out what it no longer names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from minik8s.machinery.apply.compare import Difference, compare, fields_in, named_members
from minik8s.machinery.apply.field_set import FieldSet, difference, intersection, paths, union, without
from minik8s.machinery.apply.managers import APPLY, Manager, Managers, Owned
from minik8s.machinery.apply.merge import merge, remove
from minik8s.machinery.apply.schema import Schema
from minik8s.machinery.apply.update import UNOWNED

Elsewhere = Callable[[str, dict[str, Any], dict[str, Any]], Difference | None]
"""How two documents differ in the terms of another version; None where that has the same fields."""


class Conflicts(Exception):
    """The configuration changes what others own; `owners` tells each manager's fields."""

    def __init__(self, owners: list[tuple[Manager, FieldSet]]) -> None:
        super().__init__(f"{len(owners)} other managers own fields of the configuration")
        self.owners = owners

    @property
    def fields(self) -> FieldSet:
        """All fields in conflict."""
        found: FieldSet = {}
        for _, fields in self.owners:
            found = union(found, fields)
        return found


@dataclasses.dataclass(slots=True)
class Applied:
    """The object after an apply, and who owns what of it; `changed` tells whether either is otherwise than before."""

    document: dict[str, Any]
    managers: Managers
    changed: bool


def apply(
    schema: Schema,
    live: dict[str, Any],
    config: dict[str, Any],
    managers: Managers,
    applier: Manager,
    now: str,
    *,
    force: bool = False,
    reset: FieldSet | None = None,
    elsewhere: Elsewhere | None = None,
) -> Applied:
    """Apply a configuration of the right shape (see `validate.check`). Raises Conflicts unless forced."""
    merged = merge(schema, live, config)
    identity = applier.identity
    last = managers.get(identity)
    named = fields_in(schema, config)
    if reset:
        named = without(named, reset)
    after: Managers = dict(managers)
    after[identity] = Owned(applier, last.time if last is not None else None, named)
    if last is not None and last.fields:
        merged = _pruned(schema, merged, after, last.fields)
    changed = compare(schema, live, merged)
    mine_touched, mine_removed = _let_through(changed, reset)
    conflicts = []
    for key, owned in list(after.items()):
        if key == identity:
            continue
        touched, removed = mine_touched, mine_removed
        version = owned.manager.api_version
        if version != applier.api_version and elsewhere is not None:
            there = elsewhere(version, live, merged)
            if there is not None:
                touched, removed = _let_through(there, reset)
        lost = intersection(owned.fields, touched) if touched else {}
        if lost:
            conflicts.append((owned.manager, lost))
        left = owned.fields
        if lost:
            left = difference(left, lost)
        if removed:
            left = difference(left, removed)
        if left != owned.fields:
            after[key] = Owned(owned.manager, owned.time, left)
    if conflicts and not force:
        raise Conflicts(conflicts)
    mine = difference(named, UNOWNED)
    same = last is not None and last.fields == mine and last.manager == applier
    # The time is that of the last apply that changed values; one that only named them has none.
    when = now if changed else (last.time if last is not None else None)
    after[identity] = Owned(applier, when, mine)
    for key in [key for key, owned in after.items() if not owned.fields]:
        del after[key]
    return Applied(merged, after, bool(changed) or not same)


def _let_through(changed: Difference, reset: FieldSet | None) -> tuple[FieldSet, FieldSet]:
    """What is touched and removed of what the endpoint lets through."""
    touched, removed = changed.touched, changed.removed
    return (without(touched, reset), without(removed, reset)) if reset else (touched, removed)


def _pruned(schema: Schema, merged: dict[str, Any], managers: Managers, last: FieldSet) -> dict[str, Any]:
    """The object without what the applier named last time, and nobody names now."""
    last = named_members(schema, last)
    pruned = remove(schema, merged, last) or {}
    owned: FieldSet = {}
    for each in managers.values():
        owned = union(owned, each.fields)
    owned = named_members(schema, owned)
    whole = named_members(schema, fields_in(schema, merged))
    kept = named_members(schema, fields_in(schema, pruned))
    # What somebody still owns comes back.
    pruned = remove(schema, merged, difference(whole, union(kept, owned))) or {}
    # So does what the applier never named: it went only because something above it did.
    kept = named_members(schema, fields_in(schema, pruned))
    found: dict[str, Any] = remove(schema, merged, intersection(difference(whole, kept), last)) or {}
    return found


def conflict_causes(conflicts: Conflicts) -> tuple[str, list[tuple[str, str]]]:
    """How people are told: the message, and for each field in conflict its path and whose it is."""
    owners = sorted(conflicts.owners, key=lambda owner: _told(owner[0]))
    causes = []
    by_owner: dict[str, list[str]] = {}
    for manager, fields in owners:
        who = _told(manager)
        for path in paths(fields):
            causes.append((path, f"conflict with {who}"))
            by_owner.setdefault(who, []).append(path)
    if len(causes) == 1:
        return f"Apply failed with 1 conflict: {causes[0][1]}: {causes[0][0]}", causes
    lines = []
    for who, listed in by_owner.items():
        lines.append(f"conflicts with {who}:\n" + "\n".join(f"- {path}" for path in listed))
    return f"Apply failed with {len(causes)} conflicts: " + "\n".join(lines), causes


def _told(manager: Manager) -> str:
    text = f'"{manager.name}"'
    if manager.subresource:
        text += f' with subresource "{manager.subresource}"'
    if manager.operation != APPLY:
        text += f" using {manager.api_version}"
    return text
