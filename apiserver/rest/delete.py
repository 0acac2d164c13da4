"""DELETE of one object and of a collection: preconditions, grace, finalizers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from apiserver.admission.plugin import Operation
from apiserver.auth.errors import bad_request, conflict, not_found
from apiserver.call import Call
from apiserver.coding import encode
from apiserver.resources import Resource
from apiserver.rest.selection import selection
from apiserver.rest.write import Writes
from apiserver.storage.entry import Entry
from apiserver.storage.store import RevisionConflict
from minik8s.api.meta_v1 import DeleteOptions, Status, StatusDetails
from minik8s.machinery.times import format_time

_GC = {"Orphan": "orphan", "Foreground": "foregroundDeletion"}


async def _options(call: Call) -> DeleteOptions:
    body = await call.body()
    try:
        options = msgspec.json.decode(body, type=DeleteOptions) if body else DeleteOptions()
    except msgspec.MsgspecError as error:
        raise bad_request(f"delete options: {error}") from None
    if (text := call.query.get("gracePeriodSeconds", "")) and options.grace_period_seconds is None:
        if not text.lstrip("-").isdecimal():
            raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
        options.grace_period_seconds = int(text)
    options.propagation_policy = options.propagation_policy or call.query.get("propagationPolicy")
    if call.query.get("dryRun") == "All":
        options.dry_run = ["All"]
    return options


async def delete(call: Call, resource: Resource, writes: Writes) -> None:
    """Delete one object, now or once nobody holds it any more."""
    options = await _options(call)
    namespace, name = call.info.namespace if resource.namespaced else "", call.info.name
    while True:
        await writes.cacher.fresh()
        entry = resource.cache.get(namespace, name)
        if entry is None:
            raise not_found(resource.group, resource.plural, name)
        try:
            left = await _delete(call, resource, writes, entry, options)
        except RevisionConflict:
            continue
        if left is not None:
            await call.respond(200, left)
            return
        details = StatusDetails(name=name, group=resource.group, kind=resource.plural, uid=entry.obj().metadata.uid)
        await call.respond(200, msgspec.json.encode(Status(status="Success", details=details)))
        return


async def delete_collection(call: Call, resource: Resource, writes: Writes) -> None:
    """Delete every object a LIST of the same query would show."""
    options = await _options(call)
    match = selection(call, resource).match
    await writes.cacher.fresh()
    namespace = call.info.namespace if resource.namespaced else ""
    for found in list(resource.cache.ordered(namespace)):
        if match is not None and not match(found):
            continue
        entry: Entry | None = found
        while entry is not None:
            try:
                await _delete(call, resource, writes, entry, options)
                break
            except RevisionConflict:
                await writes.cacher.fresh()
                entry = resource.cache.get(entry.namespace, entry.name)
    body = (
        f'{{"kind":"{resource.kind}List","apiVersion":"{resource.group_version}",'
        f'"metadata":{{"resourceVersion":"{writes.cacher.revision}"}},"items":[]}}'
    )
    await call.respond(200, body.encode())


def _check(options: DeleteOptions, resource: Resource, entry: Entry) -> None:
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


async def _delete(call: Call, resource: Resource, writes: Writes, entry: Entry, options: DeleteOptions) -> bytes | None:
    """Delete, or mark as being deleted and return what is left. Raises RevisionConflict when others wrote first."""
    _check(options, resource, entry)
    asked = writes.admitted(call, resource, Operation.DELETE, None, entry.fresh(), dry_run=bool(options.dry_run))
    asked.name = entry.name
    await writes.admission.mutate(asked)
    await writes.admission.validate(asked)
    obj: Any = entry.fresh()
    metadata = obj.metadata
    finalizer = _GC.get(options.propagation_policy or "", "")
    if finalizer and finalizer not in metadata.finalizers:
        metadata.finalizers = [*metadata.finalizers, finalizer]
    grace = resource.strategy.graceful_period(obj, options.grace_period_seconds)
    held = bool(metadata.finalizers) or (resource.kind == "Namespace" and bool(obj.spec.finalizers))
    dry = bool(options.dry_run)
    if not held and not grace:
        if not dry:
            await writes.cacher.store.delete(resource.key(entry.namespace, entry.name), entry.revision)
        return None
    seconds = grace or 0
    current = metadata.deletion_grace_period_seconds
    if metadata.deletion_timestamp is None or (current is not None and seconds < current):
        metadata.deletion_timestamp = format_time(writes.cacher.clock.now() + timedelta(seconds=seconds))
        metadata.deletion_grace_period_seconds = seconds
    if resource.kind == "Namespace":
        obj.status.phase = "Terminating"
    value = encode(obj, resource.kind, resource.group_version)
    wire = resource.cache.form.wire(value, entry.revision)
    if dry or wire == entry.wire:
        return wire
    revision = await writes.cacher.store.update(resource.key(entry.namespace, entry.name), value, entry.revision)
    return resource.cache.form.wire(value, revision)
