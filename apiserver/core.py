"""What carries out requests for resources: caches, rights, admission and the verbs, put together over one store."""

from __future__ import annotations

from typing import Protocol

from apiserver import version
from apiserver.admission.chain import AdmissionChain
from apiserver.admission.order import build_chain
from apiserver.admission.plugin import AdmissionContext
from apiserver.auth.setup import Auth, AuthSettings, build
from apiserver.chain.flags import RequestSettings
from apiserver.crd.conversion_metrics import ConversionMetrics
from apiserver.crd.discovery import Published
from apiserver.crd.manager import Definitions
from apiserver.discovery import builtin
from apiserver.discovery.catalog import Catalog
from apiserver.flags import AdmissionSettings
from apiserver.measures.admission import AdmissionTallies
from apiserver.objects import StoredObjects
from apiserver.openapi.serving import OpenAPI
from apiserver.policies.metrics import PolicyMetrics
from apiserver.policies.setup import Policies
from apiserver.resources import Resources
from apiserver.rest import pods
from apiserver.rest.asked import Asked
from apiserver.rest.dispatch import Dispatch
from apiserver.rest.write import Writes
from apiserver.served_objects import ServedObjects
from apiserver.services.cluster_ips import ClusterIPs
from apiserver.services.hook import ServiceHook
from apiserver.services.node_ports import NodePorts
from apiserver.storage.cacher import Cacher
from apiserver.storage.measured import Measured
from apiserver.storage.store import Store
from apiserver.webhooks.client import WebhookClient
from apiserver.webhooks.metrics import WebhookMetrics
from apiserver.webhooks.services import Services as ServiceAddresses
from apiserver.webhooks.setup import Webhooks


class Counters(Protocol):
    """What counts the work of a core."""

    @property
    def webhooks(self) -> WebhookMetrics:
        """Calls of admission webhooks."""
        ...

    @property
    def policies(self) -> PolicyMetrics:
        """Checks by policies."""
        ...

    @property
    def conversions(self) -> ConversionMetrics:
        """Conversions of custom objects."""
        ...

    @property
    def steps(self) -> AdmissionTallies:
        """Steps of admission."""
        ...


class _Own:
    """Counts here."""

    def __init__(self) -> None:
        self.webhooks = WebhookMetrics()
        self.policies = PolicyMetrics()
        self.conversions = ConversionMetrics()
        self.steps = AdmissionTallies()


class Core:
    """The verbs over a store. `start` fills the caches; what it sets is there afterwards.

    A core that `follows` serves what another server, over the same store, decides: it settles no definitions.
    """

    auth: Auth
    admission: AdmissionChain
    webhooks: Webhooks
    policies: Policies
    addresses: ClusterIPs
    ports: NodePorts
    writes: Writes
    dispatch: Dispatch

    def __init__(
        self,
        store: Store,
        settings: AuthSettings,
        *,
        root: str,
        admission: AdmissionSettings,
        requests: RequestSettings,
        to_endpoints: bool,
        follows: bool = False,
        counters: Counters | None = None,
    ) -> None:
        self._counters = counters = counters or _Own()
        self.measured = Measured(store)
        self.cacher = Cacher(self.measured, root=root)
        self.resources = Resources(self.cacher)
        self.objects = StoredObjects(self.resources, self.cacher)
        self.catalog = Catalog(builtin.groups())
        self.openapi = OpenAPI(self.catalog.resource_lists, f"{version.MAJOR}.{version.MINOR}")
        self.behind = ServiceAddresses(self.objects, to_endpoints=to_endpoints)
        self.definitions = Definitions(
            self.resources,
            self.cacher,
            Published(self.catalog, self.openapi),
            self._webhook_client,
            counters.conversions,
            follows=follows,
        )
        self._settings = settings
        self._admission = admission
        self._requests = requests

    def _webhook_client(self) -> WebhookClient:
        return self.webhooks.client

    async def start(self) -> None:
        """Read the store. Raises StoreError or what `auth.setup.build` raises."""
        await self.definitions.load()
        await self.cacher.start()
        self.auth = build(self._settings, self.objects, self.objects)
        context = AdmissionContext(
            reader=self.objects,
            writer=self.objects,
            authorizer=self.auth.authorizer,
            resource_of=self.resources.resource_of,
        )
        served = ServedObjects(self.resources, self.catalog, self.cacher.clock)
        self.webhooks = webhooks = Webhooks(
            self.objects, self.auth.authorizer, served, self.behind, self._counters.webhooks
        )
        self.policies = policies = Policies(self.objects, self.auth.authorizer, served, self._counters.policies)
        self.catalog.changed += [webhooks.forget, policies.forget]
        plugins = self._admission
        self.admission = build_chain(
            context,
            enable=plugins.enable,
            disable=plugins.disable,
            configurations=plugins.configurations(),
            extra=(policies.mutating, webhooks.mutating, policies.validating, webhooks.validating),
        )
        self.admission.tallies = self._counters.steps
        requests = self._requests
        self.addresses = ClusterIPs(self.objects, self.objects, requests.services)
        self.ports = NodePorts(self.cacher.store, self.cacher.root, requests.services)
        self.writes = Writes(
            self.cacher,
            self.admission,
            self.auth.authorizer,
            {("", "services"): ServiceHook(self.addresses, self.ports)},
            self.auth.escalation.guards() if self.auth.escalation is not None else {},
            requests.collection_workers,
        )
        self.dispatch = Dispatch(self.resources, self.cacher, self.writes, requests.watch_seconds)
        Asked(self.auth, self.writes).add_to(self.dispatch)
        pods.add_to(self.dispatch)

    async def close(self) -> None:
        """End the caches with their watches, connections to webhooks, and the store."""
        if hasattr(self, "webhooks"):
            await self.webhooks.close()
        await self.cacher.stop()
        await self.cacher.store.close()
