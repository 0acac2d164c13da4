"""The request chain, in order: request info, authentication, impersonation, authorization, the verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from apiserver.admission.order import build_chain
from apiserver.admission.plugin import AdmissionContext
from apiserver.auth import impersonation
from apiserver.auth.authorization.reasons import refusal
from apiserver.auth.errors import StatusError, internal, unauthorized
from apiserver.auth.protocols import Attributes, AuthenticationError
from apiserver.auth.setup import Auth, AuthSettings, build
from apiserver.call import Call, Message
from apiserver.discovery import builtin
from apiserver.discovery.catalog import Catalog
from apiserver.health import Health
from apiserver.objects import StoredObjects
from apiserver.paths import Paths
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

FIRST_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")


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
        self.health = Health()
        self.health.add("etcd", self._store_answers)
        self.health.add("informer-sync", self._caught_up, ("/readyz",))
        self._namespaces_made = self.health.hook("start-system-namespaces-controller")
        self._roles_made = self.health.hook("rbac/bootstrap-roles")
        self.catalog = Catalog(builtin.groups())
        self.paths = Paths(self.catalog, self.health)

    async def start(self) -> None:
        """Serve from what the store holds. Raises StoreError or what `auth.setup.build` raises."""
        await self.cacher.start()
        self.auth = self.paths.auth = build(self._settings, self.objects, self.objects)
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
        self._namespaces_made.done()
        if self.auth.policy is not None:
            await self.auth.policy.ensure()
        self._roles_made.done()

    async def _store_answers(self) -> None:
        await self.cacher.store.revision()

    def _caught_up(self) -> None:
        if self.cacher.problem or not self.cacher.ready.is_set():
            raise RuntimeError(self.cacher.problem or "the store is being read")

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
            await self.paths.answer(call)

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
