"""What create, update and patch have in common: admission, the strategy's steps, and the store."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from apiserver import protobuf
from apiserver.admission.chain import AdmissionChain
from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.auth.errors import StatusError, bad_request, conflict, not_found
from apiserver.call import Call
from apiserver.coding import decode, encode
from apiserver.objects import MODIFIED, already_exists
from apiserver.registry.strategy import Request, Strategy, create, update
from apiserver.resources import Resource
from apiserver.rest.answer import answer_object
from apiserver.storage.cacher import Cacher
from apiserver.storage.store import KeyExists, RevisionConflict
from minik8s.api.objects import Object
from minik8s.machinery import field_errors
from minik8s.machinery.names import generate_name
from minik8s.machinery.times import format_time

_ATTEMPTS = 8


class Writes:
    """Writes on behalf of clients."""

    def __init__(self, cacher: Cacher, admission: AdmissionChain) -> None:
        self.cacher = cacher
        self.admission = admission

    async def create(self, call: Call, resource: Resource) -> None:
        """POST to a collection."""
        if call.info.name:
            raise bad_request("name must not be given in the path of a create")
        obj = self.read(await call.body(), call, resource)
        request = self.request(call, resource)
        resource.strategy.default(obj, request)
        asked = self.admitted(call, resource, Operation.CREATE, obj, None)
        await self.admission.mutate(asked)
        obj = asked.obj
        metadata = obj.metadata
        if metadata.resource_version:
            raise bad_request("resourceVersion should not be set on objects to be created")
        generated = bool(metadata.generate_name) and not metadata.name
        for attempt in range(_ATTEMPTS if generated else 1):
            if generated:
                metadata.name = generate_name(metadata.generate_name)
            metadata.uid = str(uuid.uuid4())
            metadata.creation_timestamp = request.now
            if attempt == 0:
                errors = create(resource.strategy, obj, request)
                if errors:
                    raise self.invalid(resource, metadata.name, errors)
                call.warnings += resource.strategy.warnings_on_create(obj)
                await self.admission.validate(asked)
            value = encode(obj, resource.kind, resource.group_version)
            revision = 0
            if not asked.dry_run:
                try:
                    revision = await self.cacher.store.create(resource.key(metadata.namespace, metadata.name), value)
                except KeyExists:
                    if attempt + 1 < _ATTEMPTS and generated:
                        continue
                    raise already_exists(resource, metadata.name) from None
            call.warnings += asked.warnings
            wire = resource.cache.form.wire(value, revision) if revision else value
            await answer_object(call, resource, wire, 201)
            return

    async def update(self, call: Call, resource: Resource) -> None:
        """PUT of an object or of its status."""
        new = self.read(await call.body(), call, resource)
        if new.metadata.name and new.metadata.name != call.info.name:
            raise bad_request(
                f"the name of the object ({new.metadata.name}) does not match the name on the URL ({call.info.name})"
            )
        new.metadata.name = call.info.name
        body = msgspec.json.encode(new)
        asked_version = new.metadata.resource_version

        def change(old: Any) -> Any:
            fresh = msgspec.json.decode(body, type=resource.cls)
            if asked_version and asked_version != old.metadata.resource_version:
                raise conflict(resource.group, resource.plural, call.info.name, MODIFIED)
            fresh.metadata.resource_version = old.metadata.resource_version
            return fresh

        await self.replace(call, resource, change)

    async def replace(self, call: Call, resource: Resource, change: Any) -> None:
        """Read, change, check and write an object, again and again while others write it in between."""
        request = self.request(call, resource)
        strategy = self.strategy(call, resource)
        namespace, name = call.info.namespace if resource.namespaced else "", call.info.name
        while True:
            await self.cacher.fresh()
            entry = resource.cache.get(namespace, name)
            if entry is None:
                raise not_found(resource.group, resource.plural, name)
            old = entry.fresh()
            new = change(old)
            resource.strategy.default(new, request)
            asked = self.admitted(call, resource, Operation.UPDATE, new, old)
            await self.admission.mutate(asked)
            new = asked.obj
            if new.metadata.resource_version != old.metadata.resource_version:
                raise conflict(resource.group, resource.plural, name, MODIFIED)
            errors = update(strategy, new, entry.fresh(), request)
            if errors:
                raise self.invalid(resource, name, errors)
            await self.admission.validate(asked)
            value = encode(new, resource.kind, resource.group_version)
            gone = self._finished(new)
            wire = resource.cache.form.wire(value, entry.revision)
            if not asked.dry_run and (gone or wire != entry.wire):
                key = resource.key(namespace, name)
                try:
                    if gone:
                        revision = await self.cacher.store.delete(key, entry.revision)
                    else:
                        revision = await self.cacher.store.update(key, value, entry.revision)
                except RevisionConflict:
                    continue
                wire = resource.cache.form.wire(value, revision)
            call.warnings += [*strategy.warnings_on_update(new, old), *asked.warnings]
            await answer_object(call, resource, wire)
            return

    @staticmethod
    def _finished(obj: Object) -> bool:
        """Whether an object was being deleted and the last finalizer has let it go."""
        metadata = obj.metadata
        if metadata.deletion_timestamp is None or metadata.finalizers or metadata.deletion_grace_period_seconds:
            return False
        spec = getattr(obj, "spec", None)
        return not (obj.kind == "Namespace" and spec is not None and spec.finalizers)

    def strategy(self, call: Call, resource: Resource) -> Strategy[Any]:
        """The strategy of the endpoint that is called. Raises StatusError (404)."""
        sub = call.info.subresource
        if not sub:
            return resource.strategy
        found = resource.strategy.subresources.get(sub)
        if found is None:
            raise not_found(resource.group, resource.plural, f"{call.info.name}/{sub}")
        return found

    def request(self, call: Call, resource: Resource) -> Request:
        """What strategies are told of the request."""
        user = call.user
        now = format_time(self.cacher.clock.now())
        return Request(now, user.name, user.uid, user.groups, user.extra, resource.group_version)

    def read(self, body: bytes, call: Call, resource: Resource) -> Any:
        """The object a client sent. Raises StatusError (400, 415)."""
        media = call.header(b"content-type").partition(";")[0].strip()
        obj: Any
        if media == protobuf.MEDIA_TYPE:
            obj = protobuf.decode(body, resource.cls, resource.kind)
        elif media in ("", "application/json"):
            obj = decode(body, resource.cls, resource.kind)
        else:
            message = (
                "the body of the request was in an unknown format - accepted media types include: application/json, "
                "application/vnd.kubernetes.protobuf"
            )
            raise StatusError(
                msgspec.structs.replace(bad_request(message).status, code=415, reason="UnsupportedMediaType")
            )
        if (obj.kind or resource.kind) != resource.kind or (
            obj.api_version or resource.group_version
        ) != resource.group_version:
            raise bad_request(f'{obj.kind} in version "{obj.api_version}" cannot be handled as a {resource.kind}')
        obj.kind, obj.api_version = resource.kind, resource.group_version
        if resource.namespaced:
            if obj.metadata.namespace not in ("", call.info.namespace):
                raise bad_request(
                    "the namespace of the provided object does not match the namespace sent on the request"
                )
            obj.metadata.namespace = call.info.namespace
        return obj

    def admitted(self, call: Call, resource: Resource, operation: Operation, obj: Any, old: Any) -> AdmissionRequest:
        """The request as admission sees it."""
        return AdmissionRequest(
            operation=operation,
            group=resource.group,
            version=resource.version,
            resource=resource.plural,
            subresource=call.info.subresource,
            kind=resource.kind,
            namespace=call.info.namespace,
            name=call.info.name,
            obj=obj,
            old=old,
            dry_run=call.query.get("dryRun", "") == "All",
            user=call.user,
        )

    @staticmethod
    def invalid(resource: Resource, name: str, errors: list[field_errors.FieldError]) -> StatusError:
        """422 of an object with faults."""
        return StatusError(field_errors.to_status(resource.kind, name, errors, resource.group))
