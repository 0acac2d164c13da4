"""The API client: verbs on typed objects, and raw requests beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import msgspec

from minik8s.api.meta_v1 import DeleteOptions, Preconditions
from minik8s.client import decode, watch
from minik8s.client.config import ClientConfig
from minik8s.client.dynamic import DynamicClient
from minik8s.client.errors import ApiError, from_response
from minik8s.client.resources import JSON, METADATA_LIST, METADATA_OBJECT, Resource, resource_of, target_of
from minik8s.client.transport import HttpTransport, Params, Response, Transport
from minik8s.client.watch import WatchEvent
from minik8s.clock import Clock, SystemClock

__all__ = ["ApiClient", "ClientConfig", "ObjectList", "Response", "WatchEvent"]

T = TypeVar("T")

PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}


class ObjectList(msgspec.Struct, Generic[T]):
    """What a LIST found: `continue_` is the token of the next page, "" at the end."""

    items: list[T]
    resource_version: str = ""
    continue_: str = ""
    remaining: int | None = None


class ApiClient:
    """One server, one identity. Use as `async with`, or `await close()` at the end.

    `cls` is a type of `minik8s.api`, or a `Resource` (from `client.dynamic`) for kinds known only at run time.
    An empty namespace means the configured one for single objects, and all of them for lists and watches.
    Every verb raises ApiError (see `minik8s.client.errors`) and ConnectionFailed.
    """

    def __init__(self, config: ClientConfig, clock: Clock | None = None, transport: Transport | None = None) -> None:
        self.config = config
        self.clock: Clock = clock or SystemClock()
        self._transport: Transport = transport or HttpTransport(config, self.clock)
        self._dynamic: DynamicClient | None = None

    async def __aenter__(self) -> Self:
        """Raises ConfigError for certificates that cannot be used."""
        if isinstance(self._transport, HttpTransport):
            await self._transport.check()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Drop all connections."""
        await self._transport.close()

    @property
    def dynamic(self) -> DynamicClient:
        """Resources known by name alone, with `dict` objects."""
        if self._dynamic is None:
            self._dynamic = DynamicClient(self)
        return self._dynamic

    async def get(
        self,
        cls: type[T] | Resource[T],
        name: str,
        namespace: str = "",
        subresource: str = "",
        parent: type[Any] | Resource[Any] | None = None,
        resource_version: str = "",
    ) -> T:
        """One object; `parent` names the resource when `cls` is only a subresource's type (Scale)."""
        resource = _resource(cls, parent)
        path = resource.path(self._namespace(resource, namespace), name, subresource)
        params = {"resourceVersion": resource_version} if resource_version else {}
        answer = await self.request("GET", path, params, headers=_accept(resource, METADATA_OBJECT))
        return decode.decode_object(answer.body, resource)

    async def list(
        self,
        cls: type[T] | Resource[T],
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 0,
        resource_version: str = "",
        continue_: str = "",
        resource_version_match: str = "",
    ) -> ObjectList[T]:
        """All objects, or one page of `limit`."""
        resource = resource_of(cls)
        params = _selection(label_selector, field_selector, resource_version)
        if limit:
            params["limit"] = str(limit)
        if continue_:
            params["continue"] = continue_
        if resource_version_match:
            params["resourceVersionMatch"] = resource_version_match
        answer = await self.request("GET", resource.path(namespace), params, headers=_accept(resource, METADATA_LIST))
        found = decode.decode_list(answer.body, resource)
        meta = found.metadata
        return ObjectList(found.items or [], meta.resource_version, meta.continue_, meta.remaining_item_count)

    async def create(
        self,
        obj: T,
        subresource: str = "",
        name: str = "",
        dry_run: bool = False,
        parent: type[Any] | Resource[Any] | None = None,
        namespace: str = "",
        field_manager: str = "",
        field_validation: str = "",
    ) -> T:
        """Create an object, or send it to a subresource (binding, eviction, token) of the object `name`.

        The answer of a subresource that is a plain Status (binding, eviction) is returned as an empty object.
        """
        resource = await self._target(obj, subresource, parent)
        inside = namespace or _meta(obj, "namespace")
        owner = (name or _meta(obj, "name")) if subresource else ""
        path = resource.path(self._namespace(resource, inside), owner, subresource)
        params = _options(dry_run, field_manager, field_validation)
        answer = await self.request("POST", path, params, body=obj)
        return _result(answer.body, resource)

    async def update(
        self,
        obj: T,
        subresource: str = "",
        dry_run: bool = False,
        parent: type[Any] | Resource[Any] | None = None,
        field_manager: str = "",
        field_validation: str = "",
    ) -> T:
        """Replace an object (or its `status`, `scale` …); Conflict when its resource version is no longer current."""
        resource = await self._target(obj, subresource, parent)
        inside, name = _meta(obj, "namespace"), _meta(obj, "name")
        path = resource.path(self._namespace(resource, inside), name, subresource)
        answer = await self.request("PUT", path, _options(dry_run, field_manager, field_validation), body=obj)
        return _result(answer.body, resource)

    async def patch(
        self,
        cls: type[T] | Resource[T],
        name: str,
        patch: Any,
        namespace: str = "",
        patch_type: str = "merge",
        subresource: str = "",
        field_manager: str = "",
        force: bool = False,
        dry_run: bool = False,
        field_validation: str = "",
        parent: type[Any] | Resource[Any] | None = None,
    ) -> T:
        """Change an object; `patch` is bytes, plain values or a struct; types: merge, json, strategic, apply."""
        resource = _resource(cls, parent)
        params = _options(dry_run, field_manager, field_validation)
        if force:
            params["force"] = "true"
        path = resource.path(self._namespace(resource, namespace), name, subresource)
        headers = {"Content-Type": PATCH_TYPES[patch_type]}
        answer = await self.request("PATCH", path, params, body=patch, headers=headers)
        return _result(answer.body, resource)

    async def delete(
        self,
        cls: type[T] | Resource[T],
        name: str,
        namespace: str = "",
        grace_period_seconds: int | None = None,
        propagation_policy: str = "",
        uid: str = "",
        resource_version: str = "",
        dry_run: bool = False,
    ) -> T | None:
        """Delete one object; returns it while it still exists (graceful, finalizers), None when it is gone."""
        resource = resource_of(cls)
        path = resource.path(self._namespace(resource, namespace), name)
        body = _delete_options(grace_period_seconds, propagation_policy, uid, resource_version, dry_run)
        answer = await self.request("DELETE", path, body=body)
        if decode.decode(answer.body, _Kind).kind == "Status":
            return None
        return _result(answer.body, resource)

    async def delete_collection(
        self,
        cls: type[Any] | Resource[Any],
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        grace_period_seconds: int | None = None,
        propagation_policy: str = "",
        dry_run: bool = False,
    ) -> None:
        """Delete all objects that match."""
        path = resource_of(cls).path(namespace)
        body = _delete_options(grace_period_seconds, propagation_policy, "", "", dry_run)
        await self.request("DELETE", path, _selection(label_selector, field_selector, ""), body=body)

    async def watch(
        self,
        cls: type[T] | Resource[T],
        namespace: str = "",
        resource_version: str = "",
        label_selector: str = "",
        field_selector: str = "",
        bookmarks: bool = True,
        timeout_seconds: int | None = None,
        send_initial_events: bool = False,
    ) -> AsyncIterator[WatchEvent[T]]:
        """Changes after `resource_version` as they happen; ends when the server ends it (begin again where it was).

        Raises Expired when that version is too old: list again.
        """
        resource = resource_of(cls)
        params = _selection(label_selector, field_selector, resource_version) | {"watch": "true"}
        if bookmarks:
            params["allowWatchBookmarks"] = "true"
        if timeout_seconds is not None:
            params["timeoutSeconds"] = str(timeout_seconds)
        if send_initial_events:
            params |= {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
        headers = _accept(resource, METADATA_OBJECT)
        chunks = self.stream(resource.path(namespace), params, headers=headers)
        async for event in watch.events(chunks, resource):
            yield event

    async def request(
        self,
        method: str,
        path: str,
        params: Params | None = None,
        body: Any = b"",
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        check: bool = True,
    ) -> Response:
        """One raw request; `body` is bytes or something to encode as JSON. Unless `check`, failures are returned."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        wanted = {"Accept": JSON} | ({"Content-Type": JSON} if content else {}) | dict(headers or {})
        answer = await self._transport.request(method, path, params or {}, content, wanted, timeout)
        if check and answer.status >= 300:
            raise from_response(answer.status, answer.body, answer.headers.get("Retry-After", ""))
        return answer

    def stream(
        self,
        path: str,
        params: Params | None = None,
        method: str = "GET",
        body: Any = b"",
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[bytes]:
        """The body of an answer in pieces as they come (logs, watches)."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self._transport.stream(method, path, params or {}, content, {"Accept": JSON} | dict(headers or {}))

    async def websocket(
        self,
        path: str,
        params: Params | None = None,
        protocols: Sequence[str] = ("v5.channel.k8s.io", "v4.channel.k8s.io"),
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """An aiohttp WebSocket (exec, attach, port-forward); `minik8s.client.streams` speaks the channels on it."""
        return await self._transport.websocket(path, params or {}, protocols, headers or {})

    def _namespace(self, resource: Resource[Any], namespace: str) -> str:
        return (namespace or self.config.namespace) if resource.namespaced else ""

    async def _target(self, obj: T, subresource: str, parent: type[Any] | Resource[Any] | None) -> Resource[T]:
        if parent is not None:
            return _resource(type(obj), parent)
        if isinstance(obj, dict):
            return await self.dynamic.resource_of(obj)
        return target_of(type(obj), subresource)


class _Kind(msgspec.Struct):
    kind: str = ""


def _resource(cls: type[T] | Resource[T], parent: type[Any] | Resource[Any] | None) -> Resource[T]:
    if parent is None:
        return resource_of(cls)
    owner = resource_of(parent)
    sent = cls.type if isinstance(cls, Resource) else cls
    return Resource(owner.group_version, owner.plural, owner.kind, owner.namespaced, sent)


def _result(body: bytes, resource: Resource[T]) -> T:
    try:
        kind = decode.decode(body, _Kind).kind
    except msgspec.MsgspecError as error:
        raise ApiError(f"the server's answer is not JSON: {error}") from None
    if kind == "Status" and resource.type is not dict:
        return resource.type()
    return decode.decode_object(body, resource)


def _accept(resource: Resource[Any], metadata_only: str) -> dict[str, str]:
    return {"Accept": f"{metadata_only},{JSON}"} if resource.metadata_only else {}


def _selection(label_selector: str, field_selector: str, resource_version: str) -> dict[str, str]:
    params = {}
    if label_selector:
        params["labelSelector"] = label_selector
    if field_selector:
        params["fieldSelector"] = field_selector
    if resource_version:
        params["resourceVersion"] = resource_version
    return params


def _options(dry_run: bool, field_manager: str, field_validation: str) -> dict[str, str]:
    params = {}
    if dry_run:
        params["dryRun"] = "All"
    if field_manager:
        params["fieldManager"] = field_manager
    if field_validation:
        params["fieldValidation"] = field_validation
    return params


def _delete_options(
    grace: int | None, propagation_policy: str, uid: str, resource_version: str, dry_run: bool
) -> DeleteOptions:
    options = DeleteOptions(grace_period_seconds=grace, dry_run=["All"] if dry_run else [])
    if propagation_policy:
        options.propagation_policy = propagation_policy
    if uid or resource_version:
        options.preconditions = Preconditions(uid=uid or None, resource_version=resource_version or None)
    return options


def _meta(obj: Any, field: str) -> str:
    if isinstance(obj, dict):
        return str((obj.get("metadata") or {}).get(field, ""))
    return str(getattr(obj.metadata, field))
