"""Which verb carries out a request for a resource.

`endpoints` holds what is no ordinary verb of a stored resource: by (group, resource, subresource), a handler for each
verb it takes. Everything else is the same for all resources.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from apiserver.auth.errors import StatusError, bad_request, no_such_resource, not_allowed, not_found
from apiserver.call import NO_SNIFF, Call
from apiserver.deprecated import DEPRECATED
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
from minik8s.api.scheme import RESOURCES

# Subresources that take every method.
_CONNECTED = ("proxy",)
BUILT_IN = frozenset(each.group for each in RESOURCES)
_OF_MANY = ("list", "watch", "deletecollection")

_TEXT = b"text/plain; charset=utf-8"

Endpoint = Callable[[Call], Awaitable[None]]


def _is_misplaced(call: Call, resource: Resource) -> bool:
    """Whether a custom kind is asked for at the other scope; there is no such path, but to read all namespaces."""
    info = call.info
    if info.namespace:
        return not resource.namespaced
    return resource.namespaced and info.verb not in ("list", "watch")


def _unsupported(call: Call, resource: Resource) -> StatusError:
    """405 of a verb that the path does not know; of custom kinds Kubernetes names it."""
    if resource.strategic:
        return not_allowed()
    group, plural = resource.group, resource.plural
    message = f'{call.info.verb} is not supported on resources of kind "{plural}.{group}"'
    details = StatusDetails(group=group, kind=plural)
    return StatusError(Status(status="Failure", message=message, reason="MethodNotAllowed", code=405, details=details))


def _check_route(call: Call, resource: Resource) -> None:
    """Kubernetes routes to its own kinds by path first, then by method. Raises StatusError (404, 405)."""
    info = call.info
    one = info.name and info.verb not in _OF_MANY
    if info.deeper or (one and resource.namespaced and not info.namespace):
        raise no_such_resource()
    # A namespace is in itself, as far as the path goes.
    if (
        info.namespace
        and not resource.namespaced
        and not (info.resource == "namespaces" and info.name == info.namespace)
    ):
        raise no_such_resource()
    method = call.scope["method"]
    if method == "HEAD" or (info.legacy_watch and method != "GET"):
        raise not_allowed()


class Dispatch:
    """The verbs of every resource."""

    def __init__(self, resources: Resources, cacher: Cacher, writes: Writes, watch_seconds: int = MIN_SECONDS) -> None:
        self._watch_seconds = watch_seconds
        self.resources = resources
        self.cacher = cacher
        self.writes = writes
        self.endpoints: dict[tuple[str, str, str], dict[str, Endpoint]] = {}

    async def carry_out(self, call: Call) -> None:
        """Answer one request. Raises StatusError."""
        info = call.info
        head = call.scope["method"] == "HEAD"
        special = self.endpoints.get((info.group, info.resource, info.subresource))
        if special is not None:
            endpoint = special.get(info.verb)
            if endpoint is None or (head and info.subresource not in _CONNECTED):
                raise not_allowed()
            self._warn(call)
            call.choose_encoding()
            await endpoint(call)
            return
        resource = self.resources.by_path.get((info.group, info.version, info.resource))
        if resource is None or (not resource.strategic and _is_misplaced(call, resource)):
            if info.group not in BUILT_IN:
                await call.respond_raw(404, b"404 page not found\n", call.headers(_TEXT) + [NO_SNIFF])
                return
            raise no_such_resource()
        if resource.strategic:
            _check_route(call, resource)
        if not info.subresource and info.verb in resource.verbs:
            self._warn(call)
        choose_output(call, protobuf=resource.protobuf, routed=resource.strategic)
        await resource.prepare(call)
        if info.subresource:
            await self._subresource(call, resource)
        else:
            await self._whole(call, resource)

    @staticmethod
    def _warn(call: Call) -> None:
        info = call.info
        if not info.subresource and (warning := DEPRECATED.get((info.group, info.resource))):
            call.warnings.append(warning)

    async def _subresource(self, call: Call, resource: Resource) -> None:
        paths = resource.strategy.scale
        if call.info.subresource == "scale" and paths is not None:
            if not await scale_endpoint(call, resource, paths, self.writes):
                raise _unsupported(call, resource)
            return
        if call.info.subresource not in resource.strategy.subresources:
            if not resource.strategic:
                # As Kubernetes answers for custom resources, whatever the subresource.
                raise not_found(resource.group, resource.plural, call.info.name)
            raise no_such_resource()
        if call.info.subresource == "finalize" and call.info.verb != "update":
            raise _unsupported(call, resource)
        match call.info.verb:
            case "get":
                await get(call, resource, self.cacher)
            case "update":
                await update_object(call, resource, self.writes)
            case "patch":
                await patch_object(call, resource, self.writes)
            case _:
                raise _unsupported(call, resource)

    async def _whole(self, call: Call, resource: Resource) -> None:
        info = call.info
        placed = bool(info.namespace) or not resource.namespaced
        if info.verb not in resource.verbs:
            raise _unsupported(call, resource)
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
                raise _unsupported(call, resource)
