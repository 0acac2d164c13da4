"""The Endpoints controller."""

from __future__ import annotations

from controllers.endpoints.subsets import flat, subsets_of, truncate
from controllers.options import Options
from controllers.shared import services
from controllers.shared.errors import namespace_terminates
from controllers.shared.pace import Pace
from minik8s.api.core_v1 import Endpoints, Pod, Service
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError, NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import split_key
from minik8s.machinery.copy import deep_copy

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
MANAGER = "endpoint-controller"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"


class EndpointsController:
    """Keeps the Endpoints of each Service with a selector."""

    name = "endpoints-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch services, pods and the Endpoints themselves."""
        self._ctx = ctx
        self._services: Informer[Service] = ctx.watch(Service, indexers=services.INDEXERS)
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers=services.POD_INDEXERS)
        self._pace = Pace(ctx)
        services.follow_pods(self._pods, self._services, self._pace.enqueue)
        self._endpoints: Informer[Endpoints] = ctx.informers.of(Endpoints)
        self._endpoints.on_change(self._endpoints_changed)
        self._times = services.TriggerTimes()

    def _endpoints_changed(self, old: Endpoints | None, new: Endpoints | None) -> None:
        if new is None and old is not None:
            self._ctx.enqueue_object(old)
        elif old is None and new is not None and new.metadata.labels.get(MANAGED_BY) == MANAGER:
            # Left over, perhaps, from a service that went while nobody looked.
            self._ctx.enqueue_object(new)

    async def reconcile(self, key: str) -> float | None:
        """Bring the Endpoints of one service in line with its pods."""
        service = self._services.get_key(key)
        if service is None:
            self._times.forget(key)
            self._pace.note(key, 0)
            await self._drop(key)
            return None
        if not service.spec.selector or service.metadata.deletion_timestamp is not None:
            return None
        unready = service.spec.publish_not_ready_addresses
        selected = services.selected(self._pods, service)
        members = [p for p in selected if services.may_be_endpoint(p, unready)]
        self._pace.note(key, len(members))
        families = service.spec.ip_families
        subsets = subsets_of(service, members, families[0] if families else "IPv4")
        truncated = truncate(subsets)
        trigger = self._times.changed(service, selected)
        current = self._endpoints.get_key(key)
        wanted = self._wanted(service, current)
        wanted.subsets = subsets
        annotations = wanted.metadata.annotations
        if truncated:
            annotations[OVER_CAPACITY] = "truncated"
        else:
            annotations.pop(OVER_CAPACITY, None)
        if current is not None and _same(current, wanted):
            return None
        if trigger:
            annotations[services.TRIGGER_TIME] = trigger
        else:
            annotations.pop(services.TRIGGER_TIME, None)
        await self._write(key, service, wanted, current is None)
        return None

    @staticmethod
    def _wanted(service: Service, current: Endpoints | None) -> Endpoints:
        if current is None:
            wanted = Endpoints(metadata=ObjectMeta(name=service.metadata.name, namespace=service.metadata.namespace))
        else:
            wanted = Endpoints(metadata=deep_copy(current.metadata))
        labels = {k: v for k, v in service.metadata.labels.items() if k != services.HEADLESS_LABEL}
        labels[MANAGED_BY] = MANAGER
        if services.is_headless(service):
            labels[services.HEADLESS_LABEL] = ""
        wanted.metadata.labels = labels
        return wanted

    async def _write(self, key: str, service: Service, wanted: Endpoints, create: bool) -> None:
        try:
            await (self._ctx.client.create(wanted) if create else self._ctx.client.update(wanted))
        except ApiError as error:
            if create and namespace_terminates(error):
                return
            reason, verb = ("FailedToCreateEndpoint", "create") if create else ("FailedToUpdateEndpoint", "update")
            if error.reason not in ("AlreadyExists", "Conflict"):
                message = f"Failed to {verb} endpoint for service {key}: {error}"
                self._ctx.recorder.event(service, "Warning", reason, message)
            raise

    async def _drop(self, key: str) -> None:
        if self._endpoints.get_key(key) is None:
            return
        namespace, name = split_key(key)
        try:
            await self._ctx.client.delete(Endpoints, name, namespace)
        except NotFound:
            return


def _same(current: Endpoints, wanted: Endpoints) -> bool:
    def over(one: Endpoints) -> bool:
        return OVER_CAPACITY in one.metadata.annotations

    same_labels = current.metadata.labels == wanted.metadata.labels
    if not same_labels or over(current) != over(wanted):
        return False
    # Mostly the server orders as we do; grouped otherwise it may still be the same.
    return current.subsets == wanted.subsets or flat(current.subsets) == flat(wanted.subsets)


def make(options: Options) -> EndpointsController:
    """The controller, for the catalog."""
    return EndpointsController()
