"""What all writes have in common: who asks, admission, the resource's strategy and hook, the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import msgspec

from apiserver.admission.chain import AdmissionChain
from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.auth.authorization.reasons import refusal
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Authorizer, User
from apiserver.call import Call
from apiserver.registry.strategy import Request, Strategy
from apiserver.resources import Resource
from apiserver.rest.options import WriteOptions, admission_options, manager_of
from apiserver.rest.ownership import Writer
from apiserver.storage.cacher import Cacher
from apiserver.storage.entry import Entry
from minik8s.api.objects import Object
from minik8s.machinery import field_errors
from minik8s.machinery.times import format_time

_OPTIONS = {Operation.UPDATE: "UpdateOptions"}


class Hook(Protocol):
    """What a write of one resource does besides: addresses that are handed out with a service.

    `begin` may change `new` (None for a delete) and raise StatusError; `end` is told whether the write happened.
    """

    async def begin(self, new: Any | None, old: Any | None, *, dry_run: bool) -> Any:
        """Take what the object needs; what is returned is given to `end`."""
        ...

    async def end(self, taken: Any, *, written: bool) -> None:
        """Keep what was taken and give back what is no longer used, or the other way round. Never raises."""
        ...


Guard = Callable[[User, Any, Any | None], Awaitable[None]]
"""Told who writes which object in place of which (None for a new one); raises StatusError when that may not be."""


class Writes:
    """What verbs that write work with. `hooks` and `guards` are by (group, plural).

    A guard sees what admission has made of the object, before anything of it is checked. `collection_workers` is how
    many objects of one collection are deleted at once.
    """

    def __init__(
        self,
        cacher: Cacher,
        admission: AdmissionChain,
        authorizer: Authorizer,
        hooks: Mapping[tuple[str, str], Hook] = {},
        guards: Mapping[tuple[str, str], Guard] = {},
        collection_workers: int = 1,
    ) -> None:
        self.cacher = cacher
        self.authorizer = authorizer
        self.admission = admission
        self.hooks = dict(hooks)
        self.guards = dict(guards)
        self.collection_workers = max(collection_workers, 1)

    async def may_create(self, call: Call) -> None:
        """Raises StatusError (403) unless the user may also create what an update or patch turns out to make."""
        attributes = msgspec.structs.replace(call.attributes, verb="create")
        decision = await self.authorizer.authorize(attributes)
        if not decision.allowed:
            raise refusal(attributes, decision.reason)

    async def guard(self, call: Call, resource: Resource, new: Any, old: Any | None) -> None:
        """Raises StatusError unless the user may write this very object."""
        guard = self.guards.get((resource.group, resource.plural))
        if guard is not None:
            await guard(call.user, new, old)

    def hook(self, resource: Resource, subresource: str = "") -> Hook | None:
        """The hook of a resource; its subresources have none."""
        return None if subresource else self.hooks.get((resource.group, resource.plural))

    def request(self, call: Call, resource: Resource) -> Request:
        """What strategies are told of the request."""
        user = call.user
        now = format_time(self.cacher.clock.now())
        return Request(now, user.name, user.uid, user.groups, user.extra, resource.group_version)

    @staticmethod
    def writer(call: Call, options: WriteOptions, strategy: Strategy[Any], now: str) -> Writer:
        """Who will own what is written."""
        manager = manager_of(call, options.manager)
        return Writer(manager, now, call.info.subresource, strategy.reset_fields)

    @staticmethod
    def admitted(
        call: Call,
        resource: Resource,
        operation: Operation,
        obj: Any,
        old: Any,
        *,
        dry_run: bool,
        subresource: str | None = None,
    ) -> AdmissionRequest:
        """The request as admission sees it; `subresource` where it is not that of the path.

        What admission has to say goes into the call's warnings and notes, whatever becomes of the request.
        """
        info = call.info
        return AdmissionRequest(
            operation=operation,
            verb=info.verb,
            group=resource.group,
            version=resource.version,
            resource=resource.plural,
            subresource=info.subresource if subresource is None else subresource,
            kind=resource.kind,
            namespace=info.namespace,
            name=info.name,
            obj=obj,
            old=old,
            options=admission_options(call, _OPTIONS.get(operation, "CreateOptions")),
            dry_run=dry_run,
            user=call.user,
            annotations=call.notes,
            warnings=call.warnings,
        )

    @staticmethod
    def asked(call: Call, kind: str, obj: Object, *, dry_run: bool) -> AdmissionRequest:
        """The same for what is asked and never stored: an object of a kind without a resource of its own."""
        info = call.info
        return AdmissionRequest(
            operation=Operation.CREATE,
            group=info.group,
            version=info.version,
            resource=info.resource,
            subresource=info.subresource,
            kind=kind,
            namespace=info.namespace,
            name=info.name or obj.metadata.name,
            obj=obj,
            options=admission_options(call, "CreateOptions"),
            dry_run=dry_run,
            user=call.user,
            annotations=call.notes,
            warnings=call.warnings,
        )

    async def moved_on(self, resource: Resource, namespace: str, name: str, entry: Entry | None) -> bool:
        """Whether the store holds another version than the one that was worked with."""
        await self.cacher.fresh()
        return resource.cache.get(namespace, name) is not entry


async def ended(hook: Hook, taken: Any, *, written: bool) -> None:
    """End a hook's work even while the request is being cancelled."""
    await asyncio.shield(hook.end(taken, written=written))


def finished(obj: Object) -> bool:
    """Whether an object was being deleted and the last finalizer has let it go."""
    metadata = obj.metadata
    if metadata.deletion_timestamp is None or metadata.finalizers or metadata.deletion_grace_period_seconds:
        return False
    spec = getattr(obj, "spec", None)
    return not (obj.kind == "Namespace" and getattr(spec, "finalizers", None))


def invalid(resource: Resource, name: str, errors: list[field_errors.FieldError]) -> StatusError:
    """422 of an object with faults."""
    return StatusError(field_errors.to_status(resource.kind, name, errors, resource.kept_group))
