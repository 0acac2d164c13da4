"""Endpoints that somebody keeps by hand, copied to EndpointSlices, which is all that data planes read."""

from __future__ import annotations

from controllers.options import Options
from controllers.shared.services import HEADLESS_LABEL, TRIGGER_TIME, address_family
from controllers.shared.slices import (
    BY_SERVICE,
    MANAGED_BY,
    SERVICE_NAME,
    Plan,
    Ports,
    Shape,
    SliceWriter,
    by_service,
    plan,
    service_key,
)
from minik8s.api.core_v1 import EndpointAddress, Endpoints, Service
from minik8s.api.discovery_v1 import Endpoint, EndpointConditions, EndpointSlice
from minik8s.client.controller import ControllerContext
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of

MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
_LEADER = "control-plane.alpha.kubernetes.io/leader"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_RESERVED = frozenset({SERVICE_NAME, MANAGED_BY, HEADLESS_LABEL, "endpoints.kubernetes.io/managed-by"})


class EndpointSliceMirroringController:
    """Mirrors the Endpoints of services without selector; `most` addresses of each subset."""

    name = "endpointslice-mirroring-controller"

    def __init__(self, most: int) -> None:
        self._most = most

    def setup(self, ctx: ControllerContext) -> None:
        """Watch Endpoints, their services, and the slices."""
        self._ctx = ctx
        self._endpoints: Informer[Endpoints] = ctx.watch(Endpoints)
        self._services: Informer[Service] = ctx.informers.of(Service)
        self._services.on_change(self._service_changed)
        self._slices: Informer[EndpointSlice] = ctx.informers.of(EndpointSlice, indexers={BY_SERVICE: by_service})
        self._writer = SliceWriter(ctx, self._slices)
        self._slices.on_change(self._slice_changed)
        self._told: set[str] = set()

    def _service_changed(self, old: Service | None, new: Service | None) -> None:
        if old is None or new is None or bool(old.spec.selector) != bool(new.spec.selector):
            service = new or old
            assert service is not None
            if self._endpoints.get_key(key_of(service)) is not None:
                self._ctx.enqueue_object(service)

    def _slice_changed(self, old: EndpointSlice | None, new: EndpointSlice | None) -> None:
        for one in (old, new):
            if one is not None and one.metadata.labels.get(MANAGED_BY) == MANAGER:
                self._ctx.enqueue(service_key(one))

    async def reconcile(self, key: str) -> float | None:
        """Bring the slices of one Endpoints object in line with it."""
        endpoints, service = self._endpoints.get_key(key), self._services.get_key(key)
        existing = [s for s in self._slices.by_index(BY_SERVICE, key) if s.metadata.labels.get(MANAGED_BY) == MANAGER]
        if endpoints is None or service is None or service.spec.selector or not _is_mirrored(endpoints):
            self._told.discard(key)
            if existing:
                await self._writer.carry_out(key, Plan(delete=existing))
            return None
        if not self._writer.settled(key):
            return 1.0
        by_family, skipped = self._wanted(endpoints)
        self._tell_skipped(key, endpoints, skipped)
        labels = {k: v for k, v in endpoints.metadata.labels.items() if k not in _RESERVED}
        labels |= {SERVICE_NAME: endpoints.metadata.name, MANAGED_BY: MANAGER}
        notes = {k: v for k, v in endpoints.metadata.annotations.items() if k not in (_LAST_APPLIED, TRIGGER_TIME)}
        if trigger := endpoints.metadata.annotations.get(TRIGGER_TIME):
            notes[TRIGGER_TIME] = trigger
        work = Plan()
        for family in {*by_family, *(one.address_type for one in existing)}:
            held = [one for one in existing if one.address_type == family]
            wanted = by_family.get(family)
            if not wanted:
                work.delete += held
                continue
            shape = Shape(endpoints, family, labels, notes, self._most)
            found = plan(shape, wanted, held)
            work.create += found.create
            work.update += found.update
            work.delete += found.delete
        if work:
            await self._writer.carry_out(key, work)
        return None

    def _wanted(self, endpoints: Endpoints) -> tuple[dict[str, dict[Ports, list[Endpoint]]], int]:
        found: dict[str, dict[Ports, list[Endpoint]]] = {}
        skipped = 0
        for subset in endpoints.subsets:
            ports = tuple(
                sorted(((p.name, p.protocol or "TCP", p.port, p.app_protocol) for p in subset.ports), key=repr)
            )
            addresses = [(a, True) for a in subset.addresses] + [(a, False) for a in subset.not_ready_addresses]
            skipped += max(len(addresses) - self._most, 0)
            for address, ready in addresses[: self._most]:
                family = address_family(address.ip)
                found.setdefault(family, {}).setdefault(ports, []).append(_endpoint(address, ready))
        return found, skipped

    def _tell_skipped(self, key: str, endpoints: Endpoints, skipped: int) -> None:
        if not skipped:
            self._told.discard(key)
        elif key not in self._told:
            self._told.add(key)
            message = (
                f"A max of {self._most} addresses can be mirrored to EndpointSlices per Endpoints subset. "
                f"{skipped} addresses were skipped"
            )
            self._ctx.recorder.event(endpoints, "Warning", "TooManyAddressesToMirror", message)


def _endpoint(address: EndpointAddress, ready: bool) -> Endpoint:
    return Endpoint(
        addresses=[address.ip],
        conditions=EndpointConditions(ready=ready),
        hostname=address.hostname or None,
        node_name=address.node_name,
        target_ref=address.target_ref,
    )


def _is_mirrored(endpoints: Endpoints) -> bool:
    meta = endpoints.metadata
    if meta.labels.get(SKIP) == "true" or meta.labels.get("endpoints.kubernetes.io/managed-by"):
        return False
    return _LEADER not in meta.annotations and meta.deletion_timestamp is None


def make(options: Options) -> EndpointSliceMirroringController:
    """The controller, for the catalog."""
    return EndpointSliceMirroringController(options.mirroring_max_endpoints_per_subset)
