"""The API server put together: the store, the resources, the request chain, and what it starts with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from apiserver.admission.order import build_chain
from apiserver.admission.plugin import AdmissionContext
from apiserver.aggregation.settings import AggregationSettings
from apiserver.aggregation.setup import Aggregation
from apiserver.audit.log_file import LogFile
from apiserver.auth.errors import StatusError, bad_request, internal
from apiserver.auth.setup import Auth, AuthSettings, build
from apiserver.bootstrap.endpoints import KubernetesService
from apiserver.bootstrap.upkeep import Upkeep
from apiserver.call import Call, ClientGone, Message
from apiserver.chain.flags import RequestSettings, open_audit
from apiserver.chain.services import Services
from apiserver.chain.steps import CHAIN
from apiserver.crd.discovery import Published
from apiserver.crd.manager import Definitions
from apiserver.discovery import builtin
from apiserver.discovery.catalog import Catalog
from apiserver.fairness.controller import Fairness
from apiserver.fairness.gate import Gate
from apiserver.fairness.in_flight import MaxInFlight
from apiserver.flags import AdmissionSettings
from apiserver.health import Health
from apiserver.metrics import Metrics
from apiserver.objects import StoredObjects
from apiserver.paths import Paths
from apiserver.policies.setup import Policies
from apiserver.resources import Resources
from apiserver.rest import pods
from apiserver.rest.asked import Asked
from apiserver.rest.component_statuses import ComponentStatuses
from apiserver.rest.dispatch import Dispatch
from apiserver.rest.write import Writes
from apiserver.served_objects import ServedObjects
from apiserver.services.cluster_ips import ClusterIPs
from apiserver.services.hook import ServiceHook
from apiserver.services.node_ports import NodePorts
from apiserver.services.repair import Repair
from apiserver.storage.cacher import Cacher
from apiserver.storage.keys import DEFAULT_ROOT
from apiserver.storage.measured import Measured
from apiserver.storage.store import Store, StoreError
from apiserver.streams.kubelets import KubeletSettings
from apiserver.streams.setup import Streams
from apiserver.webhooks.client import WebhookClient
from apiserver.webhooks.services import Services as ServiceAddresses
from apiserver.webhooks.setup import Webhooks
from minik8s.api.meta_v1 import Status
from minik8s.machinery.quantity import QuantityError

log = structlog.get_logger("apiserver")


# The steps of a start, and the checks that tell of them.
_HOOKS = {
    "first objects": (
        "start-system-namespaces-controller",
        "start-cluster-authentication-info-controller",
        "start-legacy-token-tracking-controller",
        "scheduling/bootstrap-system-priority-classes",
        "start-kubernetes-service-cidr-controller",
        "kube-apiserver-autoregistration",
    ),
    "roles": ("rbac/bootstrap-roles",),
    "upkeep": (
        "priority-and-fairness-config-producer",
        "start-service-ip-repair-controllers",
        "bootstrap-controller",
    ),
    "definitions": ("start-apiextensions-informers", "start-apiextensions-controllers", "crd-informer-synced"),
    "aggregation": (
        "start-kube-aggregator-informers",
        "apiservice-registration-controller",
        "apiservice-discovery-controller",
        "apiservice-openapi-controller",
        "apiservice-openapiv3-controller",
    ),
}


def _plugin_configurations(path: str) -> Any:
    """What a file says about admission plugins, None without one; pydantic is imported only for that."""
    if not path:
        return None
    from apiserver.admission import configuration

    return configuration.load(path)


class APIServer:
    """The ASGI application. `start` loads the store and writes the first objects."""

    def __init__(
        self,
        store: Store,
        settings: AuthSettings,
        *,
        root: str = DEFAULT_ROOT,
        kubelets: KubeletSettings | None = None,
        admission: AdmissionSettings | None = None,
        requests: RequestSettings | None = None,
        aggregation: AggregationSettings | None = None,
    ) -> None:
        measured = Measured(store)
        self.cacher = Cacher(measured, root=root)
        self.resources = Resources(self.cacher)
        self.objects = StoredObjects(self.resources, self.cacher)
        self._settings = settings
        self._kubelet_settings = kubelets or KubeletSettings()
        self._admission = admission or AdmissionSettings()
        self._requests = requests or RequestSettings()
        self._upkeep: Upkeep | None = None
        self._audit_log: LogFile | None = None
        self._streams: Streams | None = None
        self._webhooks: Webhooks | None = None
        self._aggregation_settings = aggregation or AggregationSettings()
        self._aggregation: Aggregation | None = None
        self._definitions: Definitions | None = None
        self.auth: Auth | None = None
        self.health = Health()
        self.health.add("etcd", self._store_answers)
        self.health.add("etcd-readiness", self._store_answers, ("/readyz",))
        self.health.add("informer-sync", self._caught_up, ("/readyz",))
        self._hooks = {name: self.health.hook(name) for names in _HOOKS.values() for name in names}
        self.health.add("shutdown", self._staying, ("/readyz",))
        self._stopping = False
        self.catalog = Catalog(builtin.groups())
        self.metrics = Metrics(self.catalog, self.resources)
        measured.observe = self.metrics.stored
        self.paths = Paths(self.catalog, self.health, self.metrics)

    async def start(self) -> None:
        """Serve from what the store holds. Raises StoreError or what `auth.setup.build` raises."""
        self._definitions = Definitions(
            self.resources, self.cacher, Published(self.catalog, self.paths.openapi), self._webhook_client
        )
        self.metrics.others.append(self._definitions.metrics.lines)
        await self._definitions.load()
        await self.cacher.start()
        self.auth = self.paths.auth = build(self._settings, self.objects, self.objects)
        context = AdmissionContext(
            reader=self.objects,
            writer=self.objects,
            authorizer=self.auth.authorizer,
            resource_of=self.resources.resource_of,
        )
        limits = self._requests
        auditor, self._audit_log = open_audit(limits)
        gate: Gate = MaxInFlight(limits.reading, limits.mutating)
        if limits.fairness and limits.reading + limits.mutating:
            gate = fairness = Fairness(self.objects, limits.reading + limits.mutating)
            self.metrics.others.append(fairness.tallies.lines)
        self.services = Services(self.auth, auditor, gate)
        plugins = self._admission
        served = ServedObjects(self.resources, self.catalog, self.cacher.clock)
        behind = ServiceAddresses(self.objects, to_endpoints=self._aggregation_settings.to_endpoints)
        self._webhooks = Webhooks(self.objects, self.auth.authorizer, served, behind)
        policies = Policies(self.objects, self.auth.authorizer, served)
        for each in (self._webhooks, policies):
            self.metrics.others.append(each.metrics.lines)
            self.catalog.changed.append(each.forget)
        admission = build_chain(
            context,
            enable=plugins.enable,
            disable=plugins.disable,
            configurations=_plugin_configurations(plugins.configuration_file),
            extra=(policies.mutating, self._webhooks.mutating, policies.validating, self._webhooks.validating),
        )
        addresses = ClusterIPs(self.objects, self.objects, limits.services)
        ports = NodePorts(self.cacher.store, self.cacher.root, limits.services)
        self.writes = Writes(
            self.cacher,
            admission,
            self.auth.authorizer,
            {("", "services"): ServiceHook(addresses, ports)},
            self.auth.escalation.guards() if self.auth.escalation is not None else {},
            limits.collection_workers,
        )
        self.dispatch = Dispatch(self.resources, self.cacher, self.writes, limits.watch_seconds)
        Asked(self.auth, self.writes).add_to(self.dispatch)
        pods.add_to(self.dispatch)
        ComponentStatuses(self._store_answers).add_to(self.dispatch)
        self._streams = Streams(self._kubelet_settings, self.objects, self.auth.authorizer, admission)
        self._streams.add_to(self.dispatch)
        kubernetes = None
        if limits.address:
            host = f"[{limits.address}]" if ":" in limits.address else limits.address
            self.paths.address = f"{host}:{limits.port}"
            kubernetes = KubernetesService(
                self.objects, addresses, limits.services, self.cacher.clock, limits.address, limits.port
            )
        repair = Repair(self.objects, addresses, ports)
        self._upkeep = Upkeep(
            self.objects, self.auth, self._settings, limits.services, repair, kubernetes, self.cacher.clock
        )
        self._aggregation = Aggregation(
            self.objects,
            behind,
            self._aggregation_settings,
            self.catalog,
            self.paths.openapi,
            self.cacher.clock,
        )
        await self._upkeep.first_objects()
        self._done("first objects")
        if self.auth.policy is not None:
            await self.auth.policy.ensure()
        self._done("roles")
        await self._upkeep.start()
        self._done("upkeep")
        await self._definitions.start()
        self._done("definitions")
        self._aggregation.start()
        self._done("aggregation")

    def _done(self, step: str) -> None:
        for name in _HOOKS[step]:
            self._hooks[name].done()

    def _webhook_client(self) -> WebhookClient:
        assert self._webhooks is not None
        return self._webhooks.client

    async def _store_answers(self) -> None:
        await self.cacher.store.revision()

    def _caught_up(self) -> None:
        if self.cacher.problem or not self.cacher.ready.is_set():
            raise RuntimeError(self.cacher.problem or "the store is being read")

    def _staying(self) -> None:
        if self._stopping:
            raise RuntimeError("process is shutting down")

    async def stop(self) -> None:
        """End all watches and close the store."""
        self._stopping = True
        if self._definitions is not None:
            await self._definitions.stop()
        if self._upkeep is not None:
            await self._upkeep.stop()
        if self._aggregation is not None:
            await self._aggregation.stop()
        if self._streams is not None:
            await self._streams.close()
        if self._webhooks is not None:
            await self._webhooks.close()
        await self.cacher.stop()
        await self.cacher.store.close()
        if self._audit_log is not None:
            await asyncio.to_thread(self._audit_log.close)

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
        call.on_finish.append(self.metrics.begin(call))
        try:
            if call.long_running:
                await self._handle(call)
            else:
                async with asyncio.timeout(call.time_limit(self._requests.timeout)):
                    await self._handle(call)
        except StatusError as error:
            await call.refuse(error.status)
        except QuantityError as error:
            # One that reads as a quantity and is none: too many digits.
            await call.refuse(bad_request(str(error)).status)
        except ClientGone:
            log.debug("a client left in the middle of its request", path=call.info.path)
        except TimeoutError:
            message = "Timeout: request did not complete within the allotted timeout"
            await call.refuse(Status(status="Failure", message=message, reason="Timeout", code=504))
        except StoreError as error:
            log.error("the store failed a request", method=scope["method"], path=call.info.path, error=str(error))
            await call.refuse(internal(str(error)).status)
        except Exception:
            log.exception("a request failed", method=scope["method"], path=call.info.path)
            await call.refuse(internal("see the server's log").status)
        finally:
            call.finish()

    async def _handle(self, call: Call) -> None:
        for step in CHAIN:
            await step(call, self.services)
        remote = self._aggregation.find(call.info.path) if self._aggregation is not None else None
        if remote is not None and self._aggregation is not None:
            await self._aggregation.forward(call, remote)
        elif call.info.is_resource:
            await self.dispatch.carry_out(call)
        else:
            await self.paths.answer(call)
