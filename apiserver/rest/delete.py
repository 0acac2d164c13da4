"""DELETE of one object: preconditions, grace, finalizers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from apiserver.admission.plugin import Operation
from apiserver.auth.errors import conflict, not_found
from apiserver.call import Call
from apiserver.coding import encode
from apiserver.registry.shown_at_last import SHOWN_AT_LAST
from apiserver.registry.strategy import Strategy
from apiserver.resources import Resource
from apiserver.rest.answer import answer_object, answer_success
from apiserver.rest.delete_options import FOREGROUND, ORPHAN, delete_options
from apiserver.rest.unreadable import check_object
from apiserver.rest.write import Writes, ended
from apiserver.storage.entry import Entry
from apiserver.storage.store import RevisionConflict
from minik8s.api.meta_v1 import DeleteOptions, Preconditions, Status, StatusDetails
from minik8s.machinery.times import format_time, parse_time

_ORPHAN, _FOREGROUND = "orphan", "foregroundDeletion"
_FINALIZERS = {ORPHAN: _ORPHAN, FOREGROUND: _FOREGROUND}
# Kinds of which a delete answers the object as it was at last; of others, that it is gone.


class Deleted(NamedTuple):
    """What became of an object: whether it is gone, and its bytes as they are, or were at last."""

    gone: bool
    wire: bytes


async def delete_object(call: Call, resource: Resource, writes: Writes) -> None:
    """Delete one object, now or once nobody holds it any more. Raises StatusError."""
    options = await delete_options(call)
    namespace, name = call.info.namespace if resource.namespaced else "", call.info.name
    warning = resource.strategy.delete_warning
    if warning and options.propagation_policy is None and options.orphan_dependents is None:
        call.warnings.append(warning)
    deleted, entry = await delete_named(call, resource, writes, namespace, name, options)
    if not deleted.gone or (resource.group, resource.plural) in SHOWN_AT_LAST:
        accepted = not deleted.gone and options.orphan_dependents is False
        await answer_object(call, resource, deleted.wire, 202 if accepted else 200)
        return
    details = StatusDetails(name=name, group=resource.group, kind=resource.plural, uid=entry.obj().metadata.uid)
    await answer_success(call, Status(status="Success", details=details))


async def delete_named(
    call: Call,
    resource: Resource,
    writes: Writes,
    namespace: str,
    name: str,
    options: DeleteOptions,
    *,
    admitted: bool = True,
) -> tuple[Deleted, Entry]:
    """Delete an object by its name, again while others change it. Raises StatusError.

    `admitted` is False where another request has been admitted that ends in this delete.
    """
    fresh = False
    while True:
        entry = resource.cache.get(namespace, name)
        if not fresh:
            await writes.cacher.fresh()
            fresh, entry = True, resource.cache.get(namespace, name)
        if entry is None:
            check_object(resource, namespace, name)
            raise not_found(resource.group, resource.plural, name)
        try:
            return await delete_entry(call, resource, writes, entry, options, admitted=admitted), entry
        except RevisionConflict:
            fresh = False


def check_preconditions(options: DeleteOptions, resource: Resource, entry: Entry) -> None:
    """Raises StatusError (409) where the object is another one than the client means."""
    wanted = options.preconditions
    if wanted is None:
        return
    uid = entry.obj().metadata.uid
    if wanted.uid is not None and wanted.uid != uid:
        raise conflict(
            resource.group,
            resource.kind,
            entry.name,
            f"the UID in the precondition ({wanted.uid}) does not match the UID in record ({uid}). "
            "The object might have been deleted and then recreated",
        )
    if wanted.resource_version is not None and wanted.resource_version != str(entry.revision):
        raise conflict(
            resource.group,
            resource.kind,
            entry.name,
            f"the ResourceVersion in the precondition ({wanted.resource_version}) does not match the "
            f"ResourceVersion in record ({entry.revision}). The object might have been modified",
        )


async def delete_entry(
    call: Call, resource: Resource, writes: Writes, entry: Entry, options: DeleteOptions, *, admitted: bool = True
) -> Deleted:
    """Delete one version of an object, or mark it as being deleted.

    Raises StatusError, or RevisionConflict when others wrote first.
    """
    dry = bool(options.dry_run)
    check_preconditions(options, resource, entry)
    obj = entry.fresh()
    if resource.kind == "Namespace":
        if obj.metadata.deletion_timestamp is not None and obj.spec.finalizers:
            return Deleted(False, entry.wire)
        options = _of_this_one(options, obj.metadata.uid)
    if admitted:
        # What goes as part of a collection has no name there.
        asked = writes.admitted(call, resource, Operation.DELETE, None, entry.fresh(), dry_run=dry, subresource="")
        asked.options = options
        await writes.admission.mutate(asked)
        await writes.admission.validate(asked)
    if resource.kind == "Namespace":
        held = _end_namespace(obj, resource, writes, options)
    else:
        marked = obj.metadata.deletion_timestamp is not None
        resource.strategy.prepare_for_delete(obj, writes.cacher.clock.now())
        # A strategy may mark an object itself.
        held = (not marked and obj.metadata.deletion_timestamp is not None) or _mark(obj, resource, writes, options)
    value = encode(obj, resource.kind, resource.group_version)
    wire = resource.cache.form.wire(value, entry.revision)
    key = resource.key(entry.namespace, entry.name)
    if held:
        if dry or wire == entry.wire:
            return Deleted(False, wire)
        kept = await resource.store_value(value)
        revision = await writes.cacher.store.update(key, kept, entry.revision)
        return Deleted(False, resource.cache.form.wire(await resource.answer_value(value, kept), revision))
    if not dry:
        await _remove(resource, writes, entry, key)
    return Deleted(True, wire)


def _of_this_one(options: DeleteOptions, uid: str) -> DeleteOptions:
    """Options that mean the very object that was found."""
    wanted = options.preconditions or Preconditions()
    if wanted.uid is not None:
        return options
    return msgspec.structs.replace(options, preconditions=msgspec.structs.replace(wanted, uid=uid))


async def _remove(resource: Resource, writes: Writes, entry: Entry, key: str) -> None:
    hook = writes.hook(resource)
    if hook is None:
        await writes.cacher.store.delete(key, entry.revision)
        return
    taken = await hook.begin(None, entry.fresh(), dry_run=False)
    written = False
    try:
        await writes.cacher.store.delete(key, entry.revision)
        written = True
    finally:
        await ended(hook, taken, written=written)


def _end_namespace(obj: Any, resource: Resource, writes: Writes, options: DeleteOptions) -> bool:
    """A namespace is emptied first. Whether it stays until then."""
    if not obj.spec.finalizers and not obj.metadata.finalizers:
        return False
    if obj.metadata.deletion_timestamp is None:
        obj.metadata.deletion_timestamp = format_time(writes.cacher.clock.now())
        if _wished(obj.metadata.finalizers, resource, options) == _ORPHAN:
            obj.metadata.finalizers = finalizers_after(obj.metadata.finalizers, resource, options)
    obj.status.phase = "Terminating"
    return True


def _mark(obj: Any, resource: Resource, writes: Writes, options: DeleteOptions) -> bool:
    """Note on an object what a delete asks for. Whether it stays for now."""
    metadata = obj.metadata
    asked = options.grace_period_seconds
    if asked is not None and asked < 0:
        asked = 1
    current = metadata.deletion_grace_period_seconds
    patient = type(resource.strategy).graceful_period is not Strategy.graceful_period
    if patient and metadata.deletion_timestamp is not None and current is not None:
        if asked is None or asked >= current:
            return True
        # Less time than before, counted from when the deletion began.
        began = parse_time(metadata.deletion_timestamp) - timedelta(seconds=current)
        metadata.deletion_timestamp = format_time(began + timedelta(seconds=asked))
        metadata.deletion_grace_period_seconds = asked
        metadata.finalizers = finalizers_after(metadata.finalizers, resource, options)
        return asked > 0 or bool(metadata.finalizers)
    metadata.finalizers = finalizers_after(metadata.finalizers, resource, options)
    now = writes.cacher.clock.now()
    grace = None
    if metadata.deletion_timestamp is None:
        grace = resource.strategy.graceful_period(obj, asked)
    if grace is not None:
        _begin(metadata, format_time(now + timedelta(seconds=grace)), grace)
        return grace > 0 or bool(metadata.finalizers)
    if not metadata.finalizers:
        return False
    if metadata.deletion_timestamp is None:
        _begin(metadata, format_time(now), 0)
    metadata.deletion_grace_period_seconds = 0
    return True


def _begin(metadata: Any, when: str, grace: int) -> None:
    metadata.deletion_timestamp = when
    metadata.deletion_grace_period_seconds = grace
    if metadata.generation > 0:
        metadata.generation += 1


def finalizers_after(finalizers: list[str], resource: Resource, options: DeleteOptions) -> list[str]:
    """The finalizers once the delete's wish for its dependents is noted there."""
    wished = _wished(finalizers, resource, options)
    kept = [name for name in finalizers if name not in (_ORPHAN, _FOREGROUND)]
    return [*kept, wished] if wished else kept


def _wished(finalizers: list[str], resource: Resource, options: DeleteOptions) -> str:
    default = resource.strategy.garbage_collection
    if not default:
        return ""
    if options.orphan_dependents is not None:
        return _ORPHAN if options.orphan_dependents else ""
    if options.propagation_policy is not None:
        return _FINALIZERS.get(options.propagation_policy, "")
    # An object that said so before keeps its wish.
    for name in (_ORPHAN, _FOREGROUND):
        if name in finalizers:
            return name
    return _ORPHAN if default == ORPHAN else ""
