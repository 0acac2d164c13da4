"""PUT, and the way of every change of a stored object: read, change, admit, check, write, again while others write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from apiserver.admission.plugin import Operation
from apiserver.auth.errors import StatusError, bad_request, conflict, failure, not_found
from apiserver.beside import LARGE, run_if
from apiserver.call import Call
from apiserver.coding import encode
from apiserver.objects import MODIFIED
from apiserver.registry.strategy import Request, Strategy, beside, update
from apiserver.resources import Resource
from apiserver.rest.answer import answer_object
from apiserver.rest.body import place, read_object, wrong_namespace
from apiserver.rest.create import store_new
from apiserver.rest.options import WriteOptions, write_options
from apiserver.rest.owner_references import without_duplicates
from apiserver.rest.ownership import own_created, own_updated, same_but_times
from apiserver.rest.unreadable import check_object
from apiserver.rest.versions import parsed
from apiserver.rest.write import Writes, ended, finished, invalid
from apiserver.storage.entry import Entry
from apiserver.storage.store import RevisionConflict
from minik8s.machinery import field_errors

Change = Callable[[Any | None], Any]
"""Makes the new object from the stored one (None when there is none); raises StatusError."""


async def update_object(call: Call, resource: Resource, writes: Writes) -> None:
    """Replace an object, or what a subresource shows of it. Raises StatusError."""
    options = write_options(call, "UpdateOptions")
    new = await read_object(call, resource.cls, resource.kind, resource.group_version, options.validation)
    check_name(new, call, resource, sent=True)
    try:
        version = parsed(new.metadata.resource_version)
    except ValueError as error:
        raise failure(str(error)) from None
    uid = new.metadata.uid
    body = msgspec.json.encode(new)

    def change(old: Any | None) -> Any:
        fresh = resource.cache.form.decode(body)
        held = "" if old is None else old.metadata.uid
        if uid and uid != held:
            raise other_uid(call, resource, uid, held)
        if old is not None and not version:
            keep_version(fresh, old, resource)
        return fresh

    await replace(call, resource, writes, change, options, creates=resource.strategy.allow_create_on_update)


def other_uid(call: Call, resource: Resource, uid: str, held: str) -> StatusError:
    """409 for an update that is meant for another object of this name."""
    why = (
        f"StorageError: invalid object, Code: 4, Key: {_key(call, resource)}, ResourceVersion: 0, "
        f"AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {held}"
    )
    return conflict(resource.group, resource.plural, call.info.name, why)


# What kube-apiserver stores under another word than the plural.
_STORED_AS = {
    ("", "endpoints"): "services/endpoints",
    ("", "nodes"): "minions",
    ("", "replicationcontrollers"): "controllers",
    ("", "services"): "services/specs",
    ("apiextensions.k8s.io", "customresourcedefinitions"): "apiextensions.k8s.io/customresourcedefinitions",
    ("apiregistration.k8s.io", "apiservices"): "apiregistration.k8s.io/apiservices",
    ("networking.k8s.io", "ingresses"): "ingress",
}


def _key(call: Call, resource: Resource) -> str:
    plural = resource.plural
    stored_as = _STORED_AS.get((resource.group, plural), plural if resource.strategic else f"{resource.group}/{plural}")
    parts = ["/registry", stored_as, call.info.namespace if resource.namespaced else "", call.info.name]
    return "/".join(part for part in parts if part)


def keep_version(new: Any, old: Any, resource: Resource) -> None:
    """Give an object that names no version that of the stored one. Raises StatusError (422) where it has to."""
    if not resource.strategy.allow_unconditional_update:
        raise _version_needed(resource, old.metadata.name)
    new.metadata.resource_version = old.metadata.resource_version


def _version_needed(resource: Resource, name: str) -> StatusError:
    error = field_errors.invalid("metadata.resourceVersion", 0, "must be specified for an update")
    return StatusError(field_errors.to_status(resource.plural, name, [error], resource.group))


def check_name(obj: Any, call: Call, resource: Resource, *, sent: bool = False) -> None:
    """Raises StatusError (400) unless an object is the one that the path names."""
    name = call.info.name
    if sent or not resource.namespaced:
        place(obj, call.info.namespace, namespaced=resource.namespaced)
    elif obj.metadata.namespace not in ("", call.info.namespace):
        raise wrong_namespace()
    if not obj.metadata.name:
        raise bad_request(f"the name of the object ({name} based on URL) was undeterminable: name must be provided")
    if obj.metadata.name != name:
        raise bad_request(f"the name of the object ({obj.metadata.name}) does not match the name on the URL ({name})")


def strategy_for(call: Call, resource: Resource) -> Strategy[Any]:
    """The strategy of the endpoint that is called. Raises StatusError (404)."""
    sub = call.info.subresource
    found = resource.strategy.subresources.get(sub) if sub else resource.strategy
    if found is None:
        raise not_found(resource.group, resource.plural, f"{call.info.name}/{sub}")
    return found


async def replace(
    call: Call,
    resource: Resource,
    writes: Writes,
    change: Change,
    options: WriteOptions,
    *,
    creates: bool = False,
    owns: bool = True,
    large: bool = False,
) -> None:
    """Carry out a change and answer. `creates` lets it make a missing object; with `owns` False the change has set
    the managed fields itself; a `large` one is made beside the event loop.

    The cache's version is tried first; when that leads to an error, the store is asked whether there is a newer one.
    """
    request = writes.request(call, resource)
    namespace, name = call.info.namespace if resource.namespaced else "", call.info.name
    fresh = False
    warnings = list(call.warnings)
    while True:
        entry = resource.cache.get(namespace, name)
        try:
            if entry is None and not fresh:
                await writes.cacher.fresh()
                fresh, entry = True, resource.cache.get(namespace, name)
            if entry is None:
                check_object(resource, namespace, name)
            if entry is not None:
                wire = await _change(call, resource, writes, request, change, options, entry, owns=owns, large=large)
                if wire is None:
                    # Nothing to write: right only if that was the newest version.
                    if not fresh and await writes.moved_on(resource, namespace, name, entry):
                        fresh = True
                        continue
                    wire = entry.wire
                await answer_object(call, resource, wire)
                return
            if not creates or call.info.subresource:
                raise not_found(resource.group, resource.plural, name)
            wire = await _create(call, resource, writes, request, change, options, owns=owns)
            await answer_object(call, resource, wire, 201)
            return
        except RevisionConflict:
            await writes.cacher.fresh()
            fresh = True
        except StatusError as error:
            if error.code == 409 and error.status.reason == "AlreadyExists":
                # Somebody else made it in the meantime: now it is there to be changed.
                await writes.cacher.fresh()
                fresh = True
            elif fresh or not await writes.moved_on(resource, namespace, name, entry):
                raise
            fresh = True
        call.warnings[:] = warnings


async def _create(
    call: Call,
    resource: Resource,
    writes: Writes,
    request: Request,
    change: Change,
    options: WriteOptions,
    *,
    owns: bool,
) -> bytes:
    obj = change(None)
    await writes.may_create(call)
    strategy = resource.strategy
    obj.metadata.resource_version = ""
    strategy.default(obj, request)
    without_duplicates(call, obj)
    if owns:
        own_created(resource, obj, writes.writer(call, options, strategy, request.now))
    asked = writes.admitted(call, resource, Operation.CREATE, obj, None, dry_run=options.dry_run)
    return await store_new(call, resource, writes, request, asked)


async def _change(
    call: Call,
    resource: Resource,
    writes: Writes,
    request: Request,
    change: Change,
    options: WriteOptions,
    entry: Entry,
    *,
    owns: bool,
    large: bool,
) -> bytes | None:
    """The bytes of the changed object, None when nothing changes. Raises RevisionConflict or StatusError."""
    strategy = strategy_for(call, resource)
    name = call.info.name
    old = entry.fresh()

    def prepare() -> Any:
        new = change(old)
        resource.strategy.default(new, request)
        without_duplicates(call, new)
        if owns:
            own_updated(resource, old, new, writes.writer(call, options, strategy, request.now))
        return new

    large = large or len(await call.body()) > LARGE or len(entry.wire) > LARGE
    new = await run_if(large, prepare)
    asked = writes.admitted(call, resource, Operation.UPDATE, new, old, dry_run=options.dry_run)
    owned = new.metadata.managed_fields
    await writes.admission.mutate(asked)
    new = asked.obj
    if not new.metadata.managed_fields:
        new.metadata.managed_fields = owned
    await writes.guard(call, resource, new, old)
    if new.metadata.resource_version != old.metadata.resource_version:
        raise conflict(resource.group, resource.plural, name, MODIFIED)
    stored = entry.fresh()
    warnings: list[str] = []
    errors = await beside(strategy, new, lambda: update(strategy, new, stored, request, warnings), large=large)
    if errors:
        call.warnings += request.warnings
        raise invalid(resource, name, errors)
    await writes.admission.validate(asked)
    strategy.keep(new)
    call.warnings += warnings
    if new.metadata.managed_fields != stored.metadata.managed_fields and same_but_times(
        new.metadata.managed_fields, stored.metadata.managed_fields
    ):
        new.metadata.managed_fields = stored.metadata.managed_fields
    return await _write(call, resource, writes, new, stored, entry, dry_run=options.dry_run)


async def _write(
    call: Call, resource: Resource, writes: Writes, new: Any, stored: Any, entry: Entry, *, dry_run: bool
) -> bytes | None:
    gone = finished(new)
    hook = writes.hook(resource, call.info.subresource)
    taken: Any = None
    if hook is not None:
        taken = await hook.begin(None if gone else new, stored, dry_run=dry_run)
    written, kept = False, b""
    try:
        value = encode(new, resource.kind, resource.group_version)
        wire = resource.cache.form.wire(value, entry.revision)
        key = resource.key(entry.namespace, entry.name)
        # What changes nothing is written all the same if the store would keep it in another form today.
        if wire == entry.wire and not gone:
            if not writes.cacher.stale(key) and not await resource.outdated(key, value):
                return None
        if dry_run:
            return wire
        if gone:
            revision = await writes.cacher.store.delete(key, entry.revision)
        else:
            kept = await resource.store_value(value)
            revision = await writes.cacher.store.update(key, kept, entry.revision)
        written = True
    finally:
        if hook is not None:
            await ended(hook, taken, written=written)
    return resource.cache.form.wire(value if gone else await resource.answer_value(value, kept), revision)
