"""The API server put together: the store, the resources, the request chain, and what it starts with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from apiserver.aggregation.completion import Completion
from apiserver.aggregation.settings import AggregationSettings
from apiserver.aggregation.setup import Aggregation
from apiserver.audit.log_file import LogFile
from apiserver.auth.setup import Auth, AuthSettings
from apiserver.bootstrap.endpoints import KubernetesService
from apiserver.bootstrap.objects import api_service_names
from apiserver.bootstrap.upkeep import Upkeep
from apiserver.call import Call, Message
from apiserver.chain.browsers import Browsers
from apiserver.chain.flags import RequestSettings, open_audit
from apiserver.chain.services import Services
from apiserver.chain.steps import CHAIN
from apiserver.core import Core
from apiserver.failures import answering
from apiserver.fairness.controller import Fairness
from apiserver.fairness.gate import Gate
from apiserver.fairness.in_flight import MaxInFlight
from apiserver.flags import AdmissionSettings
from apiserver.health import Health
from apiserver.heavy.lane import Lane
from apiserver.measures.allocators import AllocatorTallies
from apiserver.metrics import Metrics
from apiserver.paths import Paths
from apiserver.rest.component_statuses import ComponentStatuses
from apiserver.services.repair import Repair
from apiserver.storage.keys import DEFAULT_ROOT
from apiserver.storage.store import Store
from apiserver.streams.kubelets import KubeletSettings
from apiserver.streams.setup import Streams
from minik8s.api.networking_v1 import IPAddress

log = structlog.get_logger("apiserver")


# The steps of a start, and the checks that tell of them.
_HOOKS = {
    "core": ("start-apiserver-admission-initializer", "generic-apiserver-start-informers", "storage-readiness"),
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
        "priority-and-fairness-config-consumer",
        "priority-and-fairness-filter",
        "priority-and-fairness-config-producer",
        "start-service-ip-repair-controllers",
        "bootstrap-controller",
    ),
    "definitions": ("start-apiextensions-informers", "start-apiextensions-controllers", "crd-informer-synced"),
    "aggregation": (
        "start-kube-aggregator-informers",
        "apiservice-wait-for-first-sync",
        "apiservice-status-local-available-controller",
        "apiservice-status-remote-available-controller",
        "apiservice-registration-controller",
        "apiservice-discovery-controller",
        "apiservice-openapi-controller",
        "apiservice-openapiv3-controller",
    ),
}


class APIServer:
    """The ASGI application. `start` loads the store and writes the first objects.

    With a `lane`, heavy requests go there; without one all are carried out here.
    """

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
        lane: Lane | None = None,
    ) -> None:
        self._requests = requests or RequestSettings()
        self._aggregation_settings = aggregation or AggregationSettings()
        self.core = core = Core(
            store,
            settings,
            root=root,
            admission=admission or AdmissionSettings(),
            requests=self._requests,
            to_endpoints=self._aggregation_settings.to_endpoints,
        )
        self.cacher, self.resources, self.objects = core.cacher, core.resources, core.objects
        self._settings = settings
        self._kubelet_settings = kubelets or KubeletSettings()
        self._upkeep: Upkeep | None = None
        self._audit_log: LogFile | None = None
        self._streams: Streams | None = None
        self._aggregation: Aggregation | None = None
        self.auth: Auth | None = None
        self.health = Health()
        self.health.add("etcd", self._store_answers)
        self.health.add("etcd-readiness", self._store_answers, ("/readyz",))
        self.health.add("informer-sync", self._caught_up, ("/readyz",))
        self._hooks = {name: self.health.hook(name) for names in _HOOKS.values() for name in names}
        self.health.add("autoregister-completion", Completion(self.objects, api_service_names()).check)
        self.health.add("shutdown", self._staying, ("/readyz",))
        self._stopping = False
        self.metrics = Metrics(core.catalog, self.resources)
        core.measured.observe = self.metrics.stored
        self.paths = Paths(core.catalog, self.health, self.metrics, core.openapi)
        self.lane = lane
        told = self._requests.origins, self._requests.transport_security
        self._browsers = Browsers(*told) if any(told) else None

    async def start(self) -> None:
        """Serve from what the store holds. Raises StoreError or what `auth.setup.build` raises."""
        core = self.core
        self.metrics.others.append(core.definitions.metrics.lines)
        await core.start()
        self._done("core")
        self.auth = self.paths.auth = core.auth
        self.writes, self.dispatch = core.writes, core.dispatch
        limits = self._requests
        auditor, self._audit_log = open_audit(limits)
        gate: Gate = MaxInFlight(limits.reading, limits.mutating)
        if limits.fairness and limits.reading + limits.mutating:
            gate = fairness = Fairness(self.objects, limits.reading + limits.mutating)
            self.metrics.others.append(fairness.tallies.lines)
            self.paths.flows = fairness.tallies
        self.services = Services(self.auth, auditor, gate, self.resources.stored)
        self.metrics.others += [
            self.services.access.lines,
            auditor.tallies.lines,
            core.admission.tallies.lines,
            AllocatorTallies(core.addresses.counts, core.ports.counts, core.addresses.ranges, self._held).lines,
        ]
        for each in (core.webhooks, core.policies):
            self.metrics.others.append(each.metrics.lines)
        ComponentStatuses(self._store_answers).add_to(self.dispatch)
        self._streams = Streams(self._kubelet_settings, self.objects, self.auth.authorizer, core.admission)
        self._streams.add_to(self.dispatch)
        kubernetes = None
        if limits.address:
            host = f"[{limits.address}]" if ":" in limits.address else limits.address
            self.paths.address = f"{host}:{limits.port}"
            kubernetes = KubernetesService(
                self.objects, core.addresses, limits.services, self.cacher.clock, limits.address, limits.port
            )
        repair = Repair(self.objects, core.addresses, core.ports)
        self._upkeep = Upkeep(
            self.objects, self.auth, self._settings, limits.services, repair, kubernetes, self.cacher.clock
        )
        self._aggregation = Aggregation(
            self.objects,
            core.behind,
            self._aggregation_settings,
            core.catalog,
            core.openapi,
            self.cacher.clock,
        )
        await self._upkeep.first_objects()
        self._done("first objects")
        if self.auth.policy is not None:
            await self.auth.policy.ensure()
        self._done("roles")
        await self._upkeep.start()
        self._done("upkeep")
        await core.definitions.start()
        self._done("definitions")
        self._aggregation.start()
        self._done("aggregation")
        if self.lane is not None:
            self.lane.open(core)

    def _held(self) -> list[str]:
        return [entry.name for entry in self.resources.by_type[IPAddress].cache.ordered()]

    def _done(self, step: str) -> None:
        for name in _HOOKS[step]:
            self._hooks[name].done()

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
        if self.lane is not None:
            await self.lane.close()
        await self.core.definitions.stop()
        if self._upkeep is not None:
            await self._upkeep.stop()
        if self._aggregation is not None:
            await self._aggregation.stop()
        if self._streams is not None:
            await self._streams.close()
        await self.core.close()
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
            await answering(call, self._in_time(call))
        finally:
            call.finish()

    async def _in_time(self, call: Call) -> None:
        if call.long_running:
            await self._handle(call)
            return
        async with asyncio.timeout(call.time_limit(self._requests.timeout)):
            await self._handle(call)

    async def _handle(self, call: Call) -> None:
        if self._browsers is not None and await self._browsers.answered(call):
            return
        for step in CHAIN:
            await step(call, self.services)
        remote = self._aggregation.find(call.info.path) if self._aggregation is not None else None
        if remote is not None and self._aggregation is not None:
            await self._aggregation.forward(call, remote)
        elif call.info.is_resource:
            if self.lane is not None and await self.lane.take(call):
                return
            await self.dispatch.carry_out(call)
        else:
            await self.paths.answer(call)
