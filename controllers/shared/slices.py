"""EndpointSlices of one owner: how endpoints are spread over slices so that few slices change."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from controllers.shared.batches import all_or_raise
from controllers.shared.services import TRIGGER_TIME
from minik8s.api.discovery_v1 import Endpoint, EndpointPort, EndpointSlice
from minik8s.api.object_meta import ObjectMeta
from minik8s.api.objects import Object
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery import names
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import owner_reference

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_PATIENCE = 30.0

BY_SERVICE = "slice-service"
"""Name of the index `by_service`."""

_Pending = dict[str, tuple[int | None, float]]
"""Slices written: the resource version the cache must show (None: that it is gone), and since when."""

Ports = tuple[tuple[str, str, int | None, str | None], ...]
"""Name, protocol, number and application protocol of each port."""


@dataclasses.dataclass(slots=True)
class Plan:
    """What is to be done to the slices of one owner."""

    create: list[EndpointSlice] = dataclasses.field(default_factory=list)
    update: list[EndpointSlice] = dataclasses.field(default_factory=list)
    delete: list[EndpointSlice] = dataclasses.field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.create or self.update or self.delete)


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """What all slices of one owner and address family have in common."""

    owner: Object
    family: str
    labels: dict[str, str]
    annotations: dict[str, str]
    most: int

    def new(self, ports: Ports, endpoints: list[Endpoint]) -> EndpointSlice:
        """A new slice."""
        prefix = f"{self.owner.metadata.name}-"
        meta = ObjectMeta(
            generate_name=prefix if not names.dns1123_subdomain(f"{prefix}x") else self.owner.metadata.name,
            namespace=self.owner.metadata.namespace,
            labels=dict(self.labels),
            annotations=dict(self.annotations),
            owner_references=[owner_reference(self.owner)],
        )
        made = [EndpointPort(name=n, protocol=p, port=number, app_protocol=a) for n, p, number, a in ports]
        return EndpointSlice(metadata=meta, address_type=self.family, ports=made, endpoints=endpoints)

    def fits(self, one: EndpointSlice) -> bool:
        """Whether its labels, owner and annotations are right (the time of the last change aside)."""
        meta = one.metadata
        owned = any(reference.uid == self.owner.metadata.uid for reference in meta.owner_references)
        return meta.labels == self.labels and owned and _plain(meta.annotations) == _plain(self.annotations)

    def put(self, one: EndpointSlice) -> EndpointSlice:
        """A copy with the right labels, owner and annotations."""
        changed = deep_copy(one)
        changed.metadata.labels = dict(self.labels)
        changed.metadata.annotations = dict(self.annotations)
        changed.metadata.owner_references = [owner_reference(self.owner)]
        return changed


def _plain(annotations: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in annotations.items() if k != TRIGGER_TIME}


def _ports_of(one: EndpointSlice) -> Ports:
    return tuple(sorted(((p.name or "", p.protocol or "TCP", p.port, p.app_protocol) for p in one.ports), key=repr))


def _identity(endpoint: Endpoint) -> tuple[str, ...]:
    target = endpoint.target_ref
    return (*endpoint.addresses, target.uid or target.name if target is not None else "")


def plan(shape: Shape, wanted: dict[Ports, list[Endpoint]], existing: Iterable[EndpointSlice]) -> Plan:
    """The fewest changes that make the slices of one family hold `wanted`; one empty slice when that is nothing."""
    found = Plan()
    by_ports: dict[Ports, list[EndpointSlice]] = {}
    for one in existing:
        by_ports.setdefault(_ports_of(one), []).append(one)
    wanted = {ports: endpoints for ports, endpoints in wanted.items() if endpoints}
    if not wanted:
        wanted = {(): []}
    for ports, endpoints in wanted.items():
        _plan_ports(shape, ports, endpoints, by_ports.pop(ports, []), found)
    for unused in by_ports.values():
        found.delete += unused
    _recycle(shape, found)
    return found


def _recycle(shape: Shape, found: Plan) -> None:
    """Write a new slice into one that would be deleted: one request instead of two, and the name stays."""
    while found.create and found.delete:
        made, update = found.create.pop(), shape.put(found.delete.pop())
        update.endpoints, update.ports = made.endpoints, made.ports
        found.update.append(update)


def _plan_ports(
    shape: Shape, ports: Ports, endpoints: list[Endpoint], existing: list[EndpointSlice], found: Plan
) -> None:
    if not endpoints:
        # The slice without endpoints tells that somebody looked and found none.
        keep = next((one for one in existing if not one.endpoints), None)
        found.delete += [one for one in existing if one is not keep]
        if keep is None:
            found.create.append(shape.new(ports, []))
        elif not shape.fits(keep):
            found.update.append(shape.put(keep))
        return
    left = {_identity(endpoint): endpoint for endpoint in endpoints}
    unchanged: list[EndpointSlice] = []
    changed: list[EndpointSlice] = []
    for one in existing:
        kept = [held for e in one.endpoints if (held := left.pop(_identity(e), None)) is not None]
        if not kept:
            found.delete.append(one)
        elif kept == one.endpoints and shape.fits(one):
            unchanged.append(one)
        else:
            update = shape.put(one)
            update.endpoints = kept
            changed.append(update)
    rest = list(left.values())
    for update in sorted(changed, key=lambda one: -len(one.endpoints)):
        room = max(shape.most - len(update.endpoints), 0)
        update.endpoints += rest[:room]
        del rest[:room]
    while rest:
        count = min(len(rest), shape.most)
        fullest = _to_fill(unchanged, count, shape.most)
        if fullest is not None:
            unchanged.remove(fullest)
            update = shape.put(fullest)
            update.endpoints += rest[:count]
            changed.append(update)
        else:
            found.create.append(shape.new(ports, rest[:count]))
        del rest[:count]
    found.update += changed


def _to_fill(unchanged: list[EndpointSlice], count: int, most: int) -> EndpointSlice | None:
    room = [one for one in unchanged if len(one.endpoints) + count <= most]
    return max(room, key=lambda one: len(one.endpoints)) if room else None


class SliceWriter:
    """Carries plans out, and knows whether the cache shows already what was written."""

    def __init__(self, ctx: ControllerContext, slices: Informer[EndpointSlice]) -> None:
        self._ctx = ctx
        self._slices = slices
        self._pending: dict[str, _Pending] = {}
        slices.on_change(self._seen)

    def _seen(self, old: EndpointSlice | None, new: EndpointSlice | None) -> None:
        one = new or old
        assert one is not None
        pending = self._pending.get(service_key(one), {})
        held = pending.get(one.metadata.name)
        if held is not None and (new is None or (held[0] is not None and _version(new) >= held[0])):
            del pending[one.metadata.name]

    def settled(self, key: str) -> bool:
        """Whether the cache shows every write made for that service."""
        pending = self._pending.get(key)
        if not pending:
            return True
        now = self._ctx.clock.monotonic()
        for name in [name for name, (_, since) in pending.items() if now - since > _PATIENCE]:
            del pending[name]
        return not pending

    def forget(self, key: str) -> None:
        """The service is gone."""
        self._pending.pop(key, None)

    async def carry_out(self, key: str, found: Plan) -> None:
        """Write. Raises ApiError, after everything was tried."""
        pending = self._pending.setdefault(key, {})
        await all_or_raise(
            [
                *(self._create(pending, one) for one in found.create),
                *(self._update(pending, one) for one in found.update),
                *(self._delete(pending, one) for one in found.delete),
            ]
        )

    async def _create(self, pending: _Pending, one: EndpointSlice) -> None:
        written = await self._ctx.client.create(one)
        self._expect(pending, written)

    async def _update(self, pending: _Pending, one: EndpointSlice) -> None:
        self._expect(pending, await self._ctx.client.update(one))

    def _expect(self, pending: _Pending, written: EndpointSlice) -> None:
        held = self._slices.get(written.metadata.name, written.metadata.namespace)
        if held is None or _version(held) < _version(written):
            pending[written.metadata.name] = (_version(written), self._ctx.clock.monotonic())

    async def _delete(self, pending: _Pending, one: EndpointSlice) -> None:
        meta = one.metadata
        pending[meta.name] = (None, self._ctx.clock.monotonic())
        try:
            await self._ctx.client.delete(EndpointSlice, meta.name, meta.namespace, uid=meta.uid)
        except NotFound:
            pending.pop(meta.name, None)
        except BaseException:
            pending.pop(meta.name, None)
            raise


def service_key(one: EndpointSlice) -> str:
    """The key of the service a slice belongs to."""
    return f"{one.metadata.namespace}/{one.metadata.labels.get(SERVICE_NAME, '')}"


def by_service(one: EndpointSlice) -> list[str]:
    """Index: the service a slice belongs to."""
    return [service_key(one)]


def _version(one: EndpointSlice) -> int:
    text = one.metadata.resource_version
    return int(text) if text.isdigit() else 0
