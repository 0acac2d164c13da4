"""Which verb carries out a request for a resource.

`endpoints` holds what is no ordinary verb of a stored resource: by (group, resource, subresource), a handler for each
verb it takes. Everything else is the same for all resources.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from apiserver.auth.errors import StatusError, bad_request, not_found
from apiserver.call import Call
from apiserver.forms.choice import choose_output
from apiserver.resources import Resource, Resources
from apiserver.rest.create import create_object
from apiserver.rest.delete import delete_object
from apiserver.rest.delete_collection import delete_collection
from apiserver.rest.get import get
from apiserver.rest.list import list_objects
from apiserver.rest.patch import patch_object
from apiserver.rest.scale import scale_endpoint
from apiserver.rest.update import update_object
from apiserver.rest.watch import MIN_SECONDS, watch
from apiserver.rest.write import Writes
from apiserver.storage.cacher import Cacher
from minik8s.api.meta_v1 import Status, StatusDetails

_DEPRECATED = {
    ("", "endpoints"): "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ("", "componentstatuses"): "v1 ComponentStatus is deprecated in v1.19+",
}

_TEXT = b"text/plain; charset=utf-8"
_NO_SNIFF = (b"x-content-type-options", b"nosniff")

Endpoint = Callable[[Call], Awaitable[None]]


def no_such_resource() -> StatusError:
    """404 of a resource or subresource that is not served."""
    message = "the server could not find the requested resource"
    return StatusError(Status(status="Failure", message=message, reason="NotFound", code=404, details=StatusDetails()))


def not_allowed() -> StatusError:
    """405 of a verb that the resource does not know."""
    message = "the server does not allow this method on the requested resource"
    return StatusError(
        Status(status="Failure", message=message, reason="MethodNotAllowed", code=405, details=StatusDetails())
    )


class Dispatch:
    """The verbs of every resource."""

    def __init__(self, resources: Resources, cacher: Cacher, writes: Writes, watch_seconds: int = MIN_SECONDS) -> None:
        self._watch_seconds = watch_seconds
        self.resources = resources
        self.cacher = cacher
        self.writes = writes
        self.endpoints: dict[tuple[str, str, str], dict[str, Endpoint]] = {}

    @property
    def _groups(self) -> set[str]:
        return {group for group, _, _ in (*self.resources.by_path, *self.endpoints)}

    async def carry_out(self, call: Call) -> None:
        """Answer one request. Raises StatusError."""
        info = call.info
        if (info.group, info.resource) in _DEPRECATED:
            call.warnings.append(_DEPRECATED[info.group, info.resource])
        special = self.endpoints.get((info.group, info.resource, info.subresource))
        if special is not None:
            endpoint = special.get(info.verb)
            if endpoint is None:
                raise not_allowed()
            call.choose_encoding()
            await endpoint(call)
            return
        resource = self.resources.by_path.get((info.group, info.version, info.resource))
        if resource is None:
            if info.group not in self._groups:
                await call.respond_raw(404, b"404 page not found\n", call.headers(_TEXT) + [_NO_SNIFF])
                return
            raise no_such_resource()
        choose_output(call, protobuf=resource.protobuf)
        await resource.prepare(call)
        if info.subresource:
            await self._subresource(call, resource)
        else:
            await self._whole(call, resource)

    async def _subresource(self, call: Call, resource: Resource) -> None:
        paths = resource.strategy.scale
        if call.info.subresource == "scale" and paths is not None:
            if not await scale_endpoint(call, resource, paths, self.writes):
                raise not_allowed()
            return
        if call.info.subresource not in resource.strategy.subresources:
            if not resource.strategic:
                # As Kubernetes answers for custom resources, whatever the subresource.
                raise not_found(resource.group, resource.plural, call.info.name)
            raise no_such_resource()
        if call.info.subresource == "finalize" and call.info.verb != "update":
            raise not_allowed()
        match call.info.verb:
            case "get":
                await get(call, resource, self.cacher)
            case "update":
                await update_object(call, resource, self.writes)
            case "patch":
                await patch_object(call, resource, self.writes)
            case _:
                raise not_allowed()

    async def _whole(self, call: Call, resource: Resource) -> None:
        info = call.info
        placed = bool(info.namespace) or not resource.namespaced
        if info.verb not in resource.verbs:
            raise not_allowed()
        match info.verb:
            case "get":
                await get(call, resource, self.cacher)
            case "list":
                await list_objects(call, resource, self.cacher)
            case "watch":
                await watch(call, resource, self.cacher, self._watch_seconds)
            case "create" if placed and not info.name:
                await create_object(call, resource, self.writes)
            case "update" if placed and info.name:
                await update_object(call, resource, self.writes)
            case "patch" if placed and info.name:
                await patch_object(call, resource, self.writes)
            case "delete" if placed:
                await delete_object(call, resource, self.writes)
            case "deletecollection" if placed:
                await delete_collection(call, resource, self.writes)
            case "update" | "patch" if placed and not resource.strategic:
                raise bad_request("name must be provided")
            case _:
                raise not_allowed()
