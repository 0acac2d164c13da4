"""The request chain, in order: request info, authentication, impersonation, authorization, the verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
import structlog

from apiserver import discovery
from apiserver.admission.order import build_chain
from apiserver.admission.plugin import AdmissionContext
from apiserver.auth import impersonation
from apiserver.auth.authorization.reasons import refusal
from apiserver.auth.errors import StatusError, internal, unauthorized
from apiserver.auth.protocols import Attributes, AuthenticationError
from apiserver.auth.setup import Auth, AuthSettings, build
from apiserver.call import Call, Message
from apiserver.objects import StoredObjects
from apiserver.resources import Resources
from apiserver.rest.asked import Asked, timestamp
from apiserver.rest.delete import delete, delete_collection
from apiserver.rest.patch import patch
from apiserver.rest.read import get, list_objects
from apiserver.rest.watch import watch
from apiserver.rest.write import Writes
from apiserver.storage.cacher import Cacher
from apiserver.storage.store import Store
from minik8s.api.core_v1 import Namespace
from minik8s.api.meta_v1 import ObjectMeta, Status, StatusDetails

log = structlog.get_logger("apiserver")

VERSION = {"major": "1", "minor": "36", "gitVersion": "v1.36.0+minik8s", "platform": "linux/amd64"}
FIRST_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_HEALTH = ("/healthz", "/livez", "/readyz")


def _failure(code: int, reason: str, message: str) -> StatusError:
    return StatusError(Status(status="Failure", message=message, reason=reason, code=code, details=StatusDetails()))


class APIServer:
    """The ASGI application. `start` loads the store and writes the first objects."""

    def __init__(self, store: Store, settings: AuthSettings) -> None:
        self.cacher = Cacher(store)
        self.resources = Resources(self.cacher)
        self.objects = StoredObjects(self.resources, self.cacher)
        self._settings = settings
        self.auth: Auth | None = None
        self._documents = discovery.documents(self.resources)

    async def start(self) -> None:
        """Serve from what the store holds. Raises StoreError or what `auth.setup.build` raises."""
        await self.cacher.start()
        self.auth = build(self._settings, self.objects, self.objects)
        context = AdmissionContext(
            reader=self.objects,
            writer=self.objects,
            authorizer=self.auth.authorizer,
            resource_of=self.resources.resource_of,
        )
        self.asked = Asked(self.auth, self.objects, timestamp(self.cacher.clock))
        self.writes = Writes(self.cacher, build_chain(context))
        for name in FIRST_NAMESPACES:
            if await self.objects.fetch(Namespace, name) is None:
                namespace = Namespace(metadata=ObjectMeta(name=name, labels={"kubernetes.io/metadata.name": name}))
                namespace.spec.finalizers = ["kubernetes"]
                namespace.status.phase = "Active"
                await self.objects.create(namespace)
        if self.auth.policy is not None:
            await self.auth.policy.ensure()

    async def stop(self) -> None:
        """End all watches and close the store."""
        await self.cacher.stop()
        await self.cacher.store.close()

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        call = Call(scope, receive, send)
        try:
            await self._handle(call)
        except StatusError as error:
            await call.refuse(error.status)
        except Exception:
            log.exception("a request failed", method=scope["method"], path=call.info.path)
            await call.refuse(internal("see the server's log").status)

    async def _handle(self, call: Call) -> None:
        auth = self.auth
        assert auth is not None
        try:
            known = await auth.authenticator.authenticate(call.credentials)
        except AuthenticationError as error:
            log.info("a credential was refused", reason=str(error))
            raise unauthorized() from None
        if known is None:
            raise unauthorized()
        call.user = known.user
        call.warnings += known.warnings
        attributes = self._attributes(call)
        wanted = impersonation.requested(call.scope["headers"])
        if wanted is not None:
            call.user = (await auth.impersonation.resolve(wanted, attributes)).user
            attributes = self._attributes(call)
        decision = await auth.authorizer.authorize(attributes)
        if not decision.allowed:
            raise refusal(attributes, decision.reason)
        if call.info.is_resource:
            await self._resource(call)
        else:
            await self._path(call)

    @staticmethod
    def _attributes(call: Call) -> Attributes:
        info = call.info
        return Attributes(
            call.user,
            info.verb,
            info.namespace,
            info.group,
            info.version,
            info.resource,
            info.subresource,
            info.name,
            info.is_resource,
            info.path,
        )

    async def _path(self, call: Call) -> None:
        path = call.info.path.rstrip("/") or "/"
        if path in self._documents:
            await call.respond(200, self._documents[path])
        elif path == "/version":
            await call.respond(200, msgspec.json.encode(VERSION))
        elif path in _HEALTH:
            problem = self.cacher.problem
            await call.respond(500 if problem else 200, (problem or "ok").encode(), b"text/plain; charset=utf-8")
        else:
            await call.respond(404, b"404 page not found\n", b"text/plain; charset=utf-8")

    async def _resource(self, call: Call) -> None:
        info = call.info
        resource = self.resources.by_path.get((info.group, info.version, info.resource))
        sub = info.subresource
        endpoint = self.asked.endpoints.get((info.group, info.resource, sub))
        if endpoint is not None and info.verb == "create":
            await self.asked.answer(call, endpoint)
            return
        if resource is None or (sub and sub not in resource.strategy.subresources):
            raise _failure(404, "NotFound", "the server could not find the requested resource")
        match info.verb:
            case "get":
                await get(call, resource, self.cacher)
            case "list":
                await list_objects(call, resource, self.cacher)
            case "watch":
                await watch(call, resource, self.cacher)
            case "create" if not sub and not info.name and (info.namespace or not resource.namespaced):
                await self.writes.create(call, resource)
            case "update" if info.name:
                await self.writes.update(call, resource)
            case "patch" if info.name:
                await patch(call, resource, self.writes)
            case "delete" if not sub:
                await delete(call, resource, self.writes)
            case "deletecollection" if info.namespace or not resource.namespaced:
                await delete_collection(call, resource, self.writes)
            case _:
                message = "the server does not allow this method on the requested resource"
                raise _failure(405, "MethodNotAllowed", message)
