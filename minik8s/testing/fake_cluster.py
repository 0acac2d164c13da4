"""A cluster in memory: an `ApiClient` without a server, and what tests need to fill, look at and disturb it."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.errors import ApiError, ConnectionFailed, MethodNotAllowed, NotFound
from minik8s.client.resources import Resource, resource_of
from minik8s.client.transport import Params, Response
from minik8s.clock import Clock
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_server import FakeServer, Served, Target, answer_of, parse
from minik8s.testing.fake_store import Document

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Action:
    """One request that was made: `verb` as RBAC names it, `resource` the plural (`pods/status` for a subresource).

    `manager` is its `fieldManager`.
    """

    verb: str
    resource: str
    namespace: str
    name: str
    body: Any
    manager: str = ""


class _Transport:
    def __init__(self, cluster: FakeCluster, clock: Clock) -> None:
        self.cluster = cluster
        self.server = FakeServer(clock)

    async def request(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str], timeout: float | None
    ) -> Response:
        try:
            found, code = self._answer(method, path, dict(params), body, headers)
        except ApiError as error:
            return Response(error.code, {}, answer_of(error))
        return Response(code, {"Content-Type": "application/json"}, msgspec.json.encode(found))

    async def stream(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str]
    ) -> AsyncIterator[bytes]:
        query = dict(params)
        target = self.server.target(path)
        if target is not None and target.subresource in self.cluster.streams:
            yield self.cluster.streams[target.subresource]
            return
        if target is None or query.get("watch") != "true":
            raise NotFound(f"the fake cluster streams nothing at {path}")
        self.cluster.note("watch", target, None)
        try:
            async for kind, document in self.server.watch(target, query):
                yield msgspec.json.encode({"type": kind, "object": document}) + b"\n"
        except ApiError as error:
            yield b'{"type":"ERROR","object":' + answer_of(error) + b"}\n"

    async def websocket(self, path: str, params: Params, protocols: Sequence[str], headers: Mapping[str, str]) -> Any:
        raise NotFound(f"the fake cluster has no WebSocket at {path}")

    async def close(self) -> None:
        return

    def _answer(
        self, method: str, path: str, params: dict[str, str], body: bytes, headers: Mapping[str, str]
    ) -> tuple[Document, int]:
        if self.cluster.offline:
            raise ConnectionFailed("the connection to the server fake was refused")
        if (discovered := self.server_discovery(path)) is not None:
            return discovered, 200
        target = self.server.target(path)
        if target is None:
            raise NotFound("the server could not find the requested resource")
        dry_run = params.get("dryRun") == "All"
        verb = _verb(method, target)
        if "patch" in verb:
            content: Any = msgspec.json.decode(body)
        else:
            content = parse(body)
        self.cluster.note(verb, target, content, params.get("fieldManager", ""))
        if method == "GET":
            return (self.server.get(target) if target.name else self.server.list(target, params)), 200
        if method == "POST":
            return self.server.create(target, content, dry_run), 201
        if method == "PUT":
            return self.server.update(target, content, dry_run), 200
        if method == "PATCH":
            return self.server.patch(target, content, headers.get("Content-Type", ""), dry_run), 200
        if method == "DELETE" and target.name:
            left = self.server.delete(target, content)
            return left or {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}, 200
        if method == "DELETE":
            return self.server.delete_collection(target, params, content), 200
        raise MethodNotAllowed(f"the fake cluster has no {method}")

    def server_discovery(self, path: str) -> Document | None:
        from minik8s.api import scheme

        found = [
            (r.group_version, r.plural, r.kind, r.namespaced) for r in scheme.RESOURCES if r.kind not in _NOT_LISTED
        ] + [(s.group_version, s.plural, s.kind, s.namespaced) for s in self.server.extra.values()]
        versions = list(dict.fromkeys(v for v, *_ in found))
        if path == "/apis":
            groups = [
                {
                    "name": version.partition("/")[0],
                    "versions": [{"groupVersion": version, "version": version.rpartition("/")[2]}],
                    "preferredVersion": {"groupVersion": version, "version": version.rpartition("/")[2]},
                }
                for version in versions
                if "/" in version
            ]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        version = path.removeprefix("/apis/").removeprefix("/api/")
        if version not in versions:
            return None
        listed = [
            {"name": p, "namespaced": n, "kind": k, "singularName": k.lower(), "verbs": _VERBS}
            for v, p, k, n in found
            if v == version
        ]
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": listed}


_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_NOT_LISTED = {"Binding", "ComponentStatus"}


class FakeCluster(ApiClient):
    """An `ApiClient` whose server lives in memory.

    `actions` records every request; `offline = True` makes requests fail as if nobody answered; `streams` holds
    what a streamed subresource answers (`{"log": b"…"}`).
    """

    def __init__(self, clock: Clock | None = None, namespace: str = "default") -> None:
        clock = clock or FakeClock()
        self._fake = _Transport(self, clock)
        super().__init__(ClientConfig(server="https://fake", namespace=namespace), clock, self._fake)
        self.server = self._fake.server
        self.actions: list[Action] = []
        self.offline = False
        self.streams: dict[str, bytes] = {}
        self._failures: list[tuple[str, str, Callable[[], Exception], int]] = []

    def serve(self, group_version: str, plural: str, kind: str, namespaced: bool = True) -> Resource[Document]:
        """Serve a custom resource (with a status subresource)."""
        self.server.extra[group_version, plural] = Served(group_version, plural, kind, namespaced, True)
        return Resource(group_version, plural, kind, namespaced, dict)

    def add(self, *objects: Any) -> None:
        """Put objects in as they are, status included, without any request."""
        for obj in objects:
            document = obj if isinstance(obj, dict) else msgspec.json.decode(msgspec.json.encode(obj))
            served = self._served(document)
            meta = document["metadata"]
            if served.namespaced:
                meta.setdefault("namespace", self.config.namespace)
            self.server.insert(served, (meta.get("namespace", ""), meta["name"]), document)

    def objects(self, cls: type[T] | Resource[T], namespace: str = "") -> list[T]:
        """What is there now, by namespace and name, without any request."""
        resource = resource_of(cls)
        found = self.server.store.all((resource.group, resource.plural))
        inside = [d for d in found if not namespace or d["metadata"].get("namespace") == namespace]
        return [msgspec.json.decode(msgspec.json.encode(d), type=resource.type) for d in inside]

    def object(self, cls: type[T] | Resource[T], name: str, namespace: str = "") -> T | None:
        """One object as it is now, without any request; None when it is not there."""
        resource = resource_of(cls)
        place = (namespace or self.config.namespace, name) if resource.namespaced else ("", name)
        found = self.server.store.get((resource.group, resource.plural), place)
        return None if found is None else msgspec.json.decode(msgspec.json.encode(found), type=resource.type)

    def modify(self, cls: type[T] | Resource[T], name: str, change: Callable[[T], None], namespace: str = "") -> T:
        """Change an object in place, status included, without any request. Raises NotFound."""
        resource = resource_of(cls)
        obj = self.object(cls, name, namespace)
        if obj is None:
            raise NotFound(f'{resource} "{name}" not found')
        change(obj)
        document = msgspec.json.decode(msgspec.json.encode(obj))
        meta = document["metadata"]
        self.server.store.put((resource.group, resource.plural), (meta.get("namespace", ""), meta["name"]), document)
        return obj

    def remove(self, cls: type[Any] | Resource[Any], name: str, namespace: str = "") -> None:
        """Take an object out at once, finalizers or not, without any request. Raises KeyError."""
        resource = resource_of(cls)
        place = (namespace or self.config.namespace, name) if resource.namespaced else ("", name)
        self.server.store.remove((resource.group, resource.plural), place)

    def fail(self, verb: str, resource: str, error: Callable[[], Exception], times: int = 1) -> None:
        """Answer the next `times` requests of a verb on a resource ("pods", "pods/status", "*") with an error."""
        self._failures.append((verb, resource, error, times))

    def drop_watches(self) -> None:
        """End every watch cleanly, as a server that stops does."""
        self.server.store.drop_watches()

    def compact(self) -> None:
        """Forget the history: watches that begin before now are answered 410."""
        self.server.store.compact()

    def requests(self, verb: str, resource: str = "") -> list[Action]:
        """The recorded requests of a verb, and of a resource."""
        return [a for a in self.actions if a.verb == verb and resource in ("", a.resource)]

    def note(self, verb: str, target: Target, body: Any, manager: str = "") -> None:
        """Record a request, or raise the failure ordered for it."""
        plural = target.served.plural
        named = f"{plural}/{target.subresource}" if target.subresource else plural
        for index, (wanted, resource, error, times) in enumerate(self._failures):
            if wanted in (verb, "*") and resource in (named, "*"):
                if times <= 1:
                    del self._failures[index]
                else:
                    self._failures[index] = (wanted, resource, error, times - 1)
                raise error()
        self.actions.append(Action(verb, named, target.namespace, target.name, body, manager))

    def _served(self, document: Document) -> Served:
        from minik8s.api import scheme

        version, kind = document["apiVersion"], document["kind"]
        for served in self.server.extra.values():
            if (served.group_version, served.kind) == (version, kind):
                return served
        known = scheme.resource_for_kind(version, kind)
        found = self.server.served(version, known.plural) if known else None
        if found is None:
            raise NotFound(f'no matches for kind "{kind}" in version "{version}"')
        return found


def _verb(method: str, target: Target) -> str:
    if method == "GET":
        return "get" if target.name else "list"
    if method == "DELETE":
        return "delete" if target.name else "deletecollection"
    return {"POST": "create", "PUT": "update", "PATCH": "patch"}.get(method, method.lower())
