"""POST to a collection."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.auth.errors import StatusError, failure
from apiserver.beside import LARGE, run_if
from apiserver.call import Call
from apiserver.coding import encode
from apiserver.objects import already_exists
from apiserver.registry.strategy import Request, beside, create
from apiserver.resources import Resource
from apiserver.rest.answer import answer_object
from apiserver.rest.body import place, read_object
from apiserver.rest.options import write_options
from apiserver.rest.owner_references import without_duplicates
from apiserver.rest.ownership import own_created
from apiserver.rest.write import Writes, ended, invalid
from apiserver.storage.store import KeyExists
from minik8s.api.object_meta import ObjectMeta
from minik8s.machinery.names import generate_name

_ATTEMPTS = 8


async def create_object(call: Call, resource: Resource, writes: Writes) -> None:
    """Make a new object. Raises StatusError."""
    options = write_options(call, "CreateOptions")
    obj = await read_object(call, resource.cls, resource.kind, resource.group_version, options.validation)
    place(obj, call.info.namespace, namespaced=resource.namespaced)
    request = writes.request(call, resource)
    strategy = resource.strategy

    def prepare() -> None:
        strategy.default(obj, request)
        without_duplicates(call, obj)
        wipe_system_fields(obj.metadata)
        own_created(resource, obj, writes.writer(call, options, strategy, request.now))

    await run_if(len(await call.body()) > LARGE, prepare)
    asked = writes.admitted(call, resource, Operation.CREATE, obj, None, dry_run=options.dry_run)
    wire = await store_new(call, resource, writes, request, asked)
    await answer_object(call, resource, wire, 201)


async def store_new(call: Call, resource: Resource, writes: Writes, request: Request, asked: AdmissionRequest) -> bytes:
    """Admit, check and store a new object; its bytes. Raises StatusError."""
    owned = asked.obj.metadata.managed_fields
    await writes.admission.mutate(asked)
    obj = asked.obj
    metadata = obj.metadata
    if not metadata.managed_fields:
        metadata.managed_fields = owned
    await writes.guard(call, resource, obj, None)
    generated = bool(metadata.generate_name) and not metadata.name
    metadata.name = generate_name(metadata.generate_name) if generated else metadata.name
    metadata.uid = str(uuid.uuid4())
    metadata.creation_timestamp = request.now
    metadata.self_link = ""
    await _check(call, resource, writes, request, asked)
    hook = writes.hook(resource)
    if hook is None:
        return await _store(resource, writes, obj, generated=generated, dry_run=asked.dry_run)
    taken = await hook.begin(obj, None, dry_run=asked.dry_run)
    written = False
    try:
        wire = await _store(resource, writes, obj, generated=generated, dry_run=asked.dry_run)
        written = not asked.dry_run
        return wire
    finally:
        await ended(hook, taken, written=written)


async def _store(resource: Resource, writes: Writes, obj: Any, *, generated: bool, dry_run: bool) -> bytes:
    metadata = obj.metadata
    for attempt in range(_ATTEMPTS if generated else 1):
        if attempt:
            metadata.name = generate_name(metadata.generate_name)
        value = encode(obj, resource.kind, resource.group_version)
        if dry_run:
            await writes.cacher.fresh()
            if resource.cache.get(metadata.namespace, metadata.name) is None:
                return value
            continue
        try:
            key = resource.key(metadata.namespace, metadata.name)
            kept = await resource.store_value(value)
            resource.check_new(metadata.name)
            revision = await writes.cacher.store.create(key, kept)
        except KeyExists:
            continue
        return resource.cache.form.wire(await resource.answer_value(value, kept), revision)
    raise _taken(resource, metadata)


async def _check(call: Call, resource: Resource, writes: Writes, request: Request, asked: AdmissionRequest) -> None:
    obj = asked.obj
    warnings: list[str] = []
    errors = await beside(
        resource.strategy,
        obj,
        lambda: create(resource.strategy, obj, request, warnings),
        large=len(await call.body()) > LARGE,
    )
    if errors:
        raise invalid(resource, obj.metadata.name, errors)
    call.warnings += warnings
    await writes.admission.validate(asked)
    resource.strategy.keep(obj)
    if obj.metadata.resource_version and not asked.dry_run:
        raise failure("resourceVersion should not be set on objects to be created")
    if call.record is not None:
        call.record.about(namespace=obj.metadata.namespace, name=obj.metadata.name, uid=obj.metadata.uid)


def wipe_system_fields(metadata: ObjectMeta) -> None:
    """Take what only the server says of a new object out of what its author says."""
    metadata.creation_timestamp = None
    metadata.deletion_timestamp = None
    metadata.deletion_grace_period_seconds = None
    metadata.uid = ""
    metadata.self_link = ""


def _taken(resource: Resource, metadata: ObjectMeta) -> StatusError:
    error = already_exists(resource, metadata.name)
    if metadata.generate_name:
        # Also where a name was given with it: it is the name that counts.
        error.status.message += ", the server was not able to generate a unique name for the object"
        assert error.status.details is not None
        error.status.details = msgspec.structs.replace(error.status.details, retry_after_seconds=1)
    entry = resource.cache.get(metadata.namespace, metadata.name)
    if entry is not None and entry.obj().metadata.deletion_timestamp is not None:
        error.status.message = f"object is being deleted: {error.status.message}"
    return error
