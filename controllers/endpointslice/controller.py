"""The EndpointSlice controller: the pods a Service selects, in slices."""

from __future__ import annotations

from controllers.endpointslice.endpoints import ZONE, endpoint_of, families_of, ports_of
from controllers.endpointslice.hints import give_hints, wants_auto
from controllers.options import Options
from controllers.shared import services
from controllers.shared.errors import namespace_terminates
from controllers.shared.pace import Pace
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
from minik8s.api.core_v1 import Node, Pod, Service
from minik8s.api.discovery_v1 import Endpoint, EndpointSlice
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of

MANAGER = "endpointslice-controller.k8s.io"
_RESERVED = frozenset({SERVICE_NAME, MANAGED_BY, services.HEADLESS_LABEL})


class EndpointSliceController:
    """Keeps the slices of each Service with a selector."""

    name = "endpointslice-controller"

    def __init__(self, most: int) -> None:
        self._most = most

    def setup(self, ctx: ControllerContext) -> None:
        """Watch services, their slices, pods, and the nodes that tell their zones."""
        self._ctx = ctx
        self._services: Informer[Service] = ctx.watch(Service, indexers=services.INDEXERS)
        self._slices: Informer[EndpointSlice] = ctx.informers.of(EndpointSlice, indexers={BY_SERVICE: by_service})
        self._writer = SliceWriter(ctx, self._slices)
        self._slices.on_change(self._slice_changed)
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers=services.POD_INDEXERS)
        self._pace = Pace(ctx)
        services.follow_pods(self._pods, self._services, self._pace.enqueue)
        self._nodes: Informer[Node] = ctx.informers.of(Node)
        self._nodes.on_change(self._node_changed)
        self._times = services.TriggerTimes()
        self._misses_node: dict[str, set[str]] = {}
        self._unhinted: dict[str, str] = {}

    def _slice_changed(self, old: EndpointSlice | None, new: EndpointSlice | None) -> None:
        for one in (old, new):
            if one is not None and one.metadata.labels.get(MANAGED_BY) == MANAGER:
                self._ctx.enqueue(service_key(one))

    def _node_changed(self, old: Node | None, new: Node | None) -> None:
        if old is None and new is not None:
            for key, missing in self._misses_node.items():
                if new.metadata.name in missing:
                    self._ctx.enqueue(key)
        if old is not None and new is not None and _topology(old) == _topology(new):
            return
        node = new or old
        assert node is not None
        moved = old is not None and new is not None and old.metadata.labels.get(ZONE) != new.metadata.labels.get(ZONE)
        for service in self._services.list():
            if wants_auto(service) or (moved and self._has_endpoint_on(service, node.metadata.name)):
                self._ctx.enqueue(key_of(service))

    def _has_endpoint_on(self, service: Service, node: str) -> bool:
        held = self._slices.by_index(BY_SERVICE, key_of(service))
        return any(endpoint.node_name == node for one in held for endpoint in one.endpoints)

    async def reconcile(self, key: str) -> float | None:
        """Bring the slices of one service in line with its pods."""
        service = self._services.get_key(key)
        if service is None or service.spec.type == "ExternalName" or not service.spec.selector:
            self._forget(key)
            await self._drop(key, service)
            return None
        if service.metadata.deletion_timestamp is not None:
            return None
        if not self._writer.settled(key):
            return 1.0
        selected = services.selected(self._pods, service)
        members = [p for p in selected if services.may_be_endpoint(p, True)]
        self._pace.note(key, len(members))
        annotations: dict[str, str] = {}
        if changed := self._times.changed(service, selected):
            annotations[services.TRIGGER_TIME] = changed
        work = Plan()
        existing = [s for s in self._slices.by_index(BY_SERVICE, key) if s.metadata.labels.get(MANAGED_BY) == MANAGER]
        labels = {k: v for k, v in service.metadata.labels.items() if k not in _RESERVED}
        labels |= {SERVICE_NAME: service.metadata.name, MANAGED_BY: MANAGER}
        if services.is_headless(service):
            labels[services.HEADLESS_LABEL] = ""
        families = families_of(service)
        self._misses_node.pop(key, None)
        for family in families:
            shape = Shape(service, family, labels, annotations, self._most)
            found = plan(shape, self._wanted(key, service, members, family), _of_family(existing, family))
            work.create += found.create
            work.update += found.update
            work.delete += found.delete
        work.delete += [one for one in existing if one.address_type not in families]
        await self._carry_out(key, service, work)
        return None

    def _wanted(self, key: str, service: Service, members: list[Pod], family: str) -> dict[Ports, list[Endpoint]]:
        wanted: dict[Ports, list[Endpoint]] = {}
        everything: list[Endpoint] = []
        for pod in members:
            if not services.pod_address(pod, family):
                continue
            node = self._nodes.get(pod.spec.node_name) if pod.spec.node_name else None
            if node is None and not service.spec.publish_not_ready_addresses:
                # A pod on a node that does not exist (yet) serves nobody; it is looked at again with the node.
                self._misses_node.setdefault(key, set()).add(pod.spec.node_name)
                continue
            endpoint = endpoint_of(pod, service, node, family)
            wanted.setdefault(ports_of(pod, service), []).append(endpoint)
            everything.append(endpoint)
        auto = wants_auto(service)
        problem = give_hints(service, everything, self._nodes.list() if auto else ())
        self._tell_hints(key, service, family, problem, auto)
        return wanted

    def _tell_hints(self, key: str, service: Service, family: str, problem: str, auto: bool) -> None:
        slot = f"{key}/{family}"
        if problem == self._unhinted.get(slot, ""):
            return
        if problem:
            self._unhinted[slot] = problem
            message = f"{problem}, addressType: {family}"
            self._ctx.recorder.event(service, "Warning", "TopologyAwareHintsDisabled", message)
        else:
            del self._unhinted[slot]
            if auto:
                message = f"Topology Aware Hints has been enabled, addressType: {family}"
                self._ctx.recorder.event(service, "Normal", "TopologyAwareHintsEnabled", message)

    async def _carry_out(self, key: str, service: Service, work: Plan) -> None:
        if not work:
            return
        try:
            await self._writer.carry_out(key, work)
        except ApiError as error:
            if namespace_terminates(error):
                return
            message = f"Error updating Endpoint Slices for Service {key}: {error}"
            self._ctx.recorder.event(service, "Warning", "FailedToUpdateEndpointSlices", message)
            raise

    def _forget(self, key: str) -> None:
        self._times.forget(key)
        self._pace.note(key, 0)
        self._misses_node.pop(key, None)
        for family in ("IPv4", "IPv6"):
            self._unhinted.pop(f"{key}/{family}", None)

    async def _drop(self, key: str, service: Service | None) -> None:
        """The service selects nothing any more (or is gone: the garbage collector may not run)."""
        if service is not None and service.spec.type != "ExternalName":
            return
        held = [s for s in self._slices.by_index(BY_SERVICE, key) if s.metadata.labels.get(MANAGED_BY) == MANAGER]
        await self._writer.carry_out(key, Plan(delete=held))
        self._writer.forget(key)


def _of_family(existing: list[EndpointSlice], family: str) -> list[EndpointSlice]:
    return [one for one in existing if one.address_type == family]


def _topology(node: Node) -> tuple[object, ...]:
    ready = next((c.status for c in node.status.conditions if c.type == "Ready"), "")
    return node.metadata.labels.get(ZONE), node.status.allocatable.get("cpu"), ready


def make(options: Options) -> EndpointSliceController:
    """The controller, for the catalog."""
    return EndpointSliceController(options.max_endpoints_per_slice)
