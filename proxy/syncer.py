"""From watch events to kernel rules: which services changed, what they need now, one call of the back end."""

from __future__ import annotations

import asyncio
import ipaddress

import structlog

from minik8s.api.core_v1 import Node, Service
from minik8s.api.discovery_v1 import EndpointSlice
from minik8s.api.networking_v1 import ServiceCIDR
from minik8s.client.informer import Informers
from minik8s.clock import Clock
from minik8s.daemon import metrics
from proxy import conntrack
from proxy.backend import BackendError, ProxyBackend
from proxy.health import ServiceHealth
from proxy.node_health import TO_BE_DELETED, NodeHealth
from proxy.pod_cidr import PodCIDR
from proxy.topology import PROXY_NAME_LABEL, Front, NodeView, fronts_of, local_endpoint_count

log = structlog.get_logger("proxy")

SERVICE_NAME_LABEL = "kubernetes.io/service-name"
HEADLESS_LABEL = "service.kubernetes.io/headless"
ZONE_LABEL = "topology.kubernetes.io/zone"


def _service_of(piece: EndpointSlice) -> list[str]:
    name = piece.metadata.labels.get(SERVICE_NAME_LABEL, "")
    return [f"{piece.metadata.namespace}/{name}"] if name else []


class Syncer:
    """Holds the desired fronts of every service, recomputes those that changed and applies them together.

    `min_sync` seconds pass between two calls of the back end, so that a burst of events is one transaction;
    `resync` seconds after the last full call everything is programmed anew.
    """

    def __init__(
        self,
        informers: Informers,
        backend: ProxyBackend,
        node_name: str,
        clock: Clock,
        health: ServiceHealth | None = None,
        min_sync: float = 0.1,
        resync: float = 3600.0,
        node_health: NodeHealth | None = None,
    ) -> None:
        self.backend = backend
        self.healthy = False
        self.pod_cidr = PodCIDR()
        self._clock, self._min_sync, self._resync = clock, min_sync, resync
        self._health = health
        self._node_health = node_health or NodeHealth(clock)
        self._node = NodeView(node_name)
        self._dirty: set[str] | None = None
        self._wake = asyncio.Event()
        self._desired: dict[str, tuple[Front, ...]] = {}
        self._ports: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        selector = f"!{HEADLESS_LABEL},!{PROXY_NAME_LABEL}"
        self._services = informers.of(Service, label_selector=selector)
        self._slices = informers.of(EndpointSlice, label_selector=f"!{HEADLESS_LABEL}", indexers={"s": _service_of})
        self._nodes = informers.of(Node, field_selector=f"metadata.name={node_name}")
        self._networks = informers.of(ServiceCIDR)
        self._networks.on_change(self._network_changed)
        self._held_networks: tuple[str, ...] = ()
        self._services.on_change(self._service_changed)
        self._slices.on_change(self._slice_changed)
        self._nodes.on_change(self._node_changed)
        self._seconds = metrics.histogram("kubeproxy_sync_proxy_rules_duration_seconds", "Time of one rules update")

    def _service_changed(self, old: Service | None, new: Service | None) -> None:
        seen = new or old
        assert seen is not None
        self._mark([f"{seen.metadata.namespace}/{seen.metadata.name}"])

    def _slice_changed(self, old: EndpointSlice | None, new: EndpointSlice | None) -> None:
        self._mark([key for piece in (old, new) if piece is not None for key in _service_of(piece)])

    def _node_changed(self, old: Node | None, new: Node | None) -> None:
        self._node_health.eligible = (
            new is not None
            and new.metadata.deletion_timestamp is None
            and all(taint.key != TO_BE_DELETED for taint in new.spec.taints)
        )
        self.pod_cidr.saw(new)
        zone = new.metadata.labels.get(ZONE_LABEL, "") if new else ""
        if zone != self._node.zone:
            self._node = NodeView(self._node.name, zone)
            self._mark(list(self._desired))

    def _network_changed(self, old: ServiceCIDR | None, new: ServiceCIDR | None) -> None:
        self._wake.set()

    def _look_at_networks(self) -> None:
        found = {cidr for held in self._networks.list() for cidr in held.spec.cidrs}
        networks = tuple(sorted(c for c in found if ipaddress.ip_network(c, strict=False).version == 4))
        if networks != self._held_networks:
            self._held_networks, self._dirty = networks, None

    def _mark(self, keys: list[str]) -> None:
        if self._dirty is not None:
            self._dirty.update(keys)
        self._node_health.queued()
        self._wake.set()

    async def run(self) -> None:
        """Keep the rules true until cancelled; the informers must have synced."""
        full_at = -self._resync
        while True:
            began = self._clock.monotonic()
            if began - full_at >= self._resync:
                self._dirty = None
            try:
                await self.sync()
                full_at = began if full_at < 0 or began - full_at >= self._resync else full_at
                self.healthy = True
                if not self._wake.is_set():
                    self._node_health.updated()
            except BackendError as error:
                self.healthy = False
                self._dirty = None
                full_at = -self._resync
                log.error("rules cannot be programmed, tried again", backend=self.backend.name, error=str(error))
                await self._clock.sleep(5)
                continue
            self._seconds.observe(self._clock.monotonic() - began)
            await self._clock.sleep(self._min_sync)
            await self._wait(full_at + self._resync - self._clock.monotonic())

    async def _wait(self, seconds: float) -> None:
        waits = [asyncio.ensure_future(self._wake.wait()), asyncio.ensure_future(self._clock.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def sync(self) -> None:
        """One update: what changed since the last one, or everything the first time. Raises BackendError."""
        self._wake.clear()
        self._look_at_networks()
        # Said each time: a back end may be another one than the last time.
        self.backend.service_networks(self._held_networks)
        dirty, self._dirty = self._dirty, set()
        keys = dirty
        if keys is None:
            keys = {f"{s.metadata.namespace}/{s.metadata.name}" for s in self._services.list()} | set(self._desired)
        stale: list[tuple[str, ...]] = []
        for key in keys:
            before = self._desired.get(key, ())
            after = self._compute(key)
            stale += conntrack.stale(before, after)
            if after:
                self._desired[key] = after
            else:
                self._desired.pop(key, None)
        if dirty is None or dirty:
            await self.backend.apply(self._desired, None if dirty is None else keys)
        if stale:
            await conntrack.flush(stale)
        if self._health is not None:
            await self._health.sync(self._ports, self._counts)

    def _compute(self, key: str) -> tuple[Front, ...]:
        self._ports.pop(key, None)
        self._counts.pop(key, None)
        service = self._services.get_key(key)
        if service is None:
            return ()
        slices = self._slices.by_index("s", key)
        if service.spec.health_check_node_port and service.spec.external_traffic_policy == "Local":
            self._ports[key] = service.spec.health_check_node_port
            self._counts[key] = local_endpoint_count(service, slices, self._node)
        return fronts_of(service, slices, self._node)
