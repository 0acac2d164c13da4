"""From watch events to the view of the cluster, and to events that wake waiting Pods."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from minik8s.api.apps_v1 import ReplicaSet, StatefulSet
from minik8s.api.core_v1 import (
    Namespace,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    ReplicationController,
    Service,
)
from minik8s.api.policy_v1 import PodDisruptionBudget
from minik8s.api.resource_v1 import DeviceClass, ResourceClaim, ResourceSlice
from minik8s.api.storage_v1 import CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment
from minik8s.client.informer import Informer, Informers
from scheduler.pods.info import PodInfo, is_finished
from scheduler.queueing.events import (
    CLAIM,
    CLASS,
    CSI_CAPACITY,
    CSI_DRIVER,
    CSI_NODE,
    NAMESPACE,
    NODE,
    POD,
    PV,
    PVC,
    SERVICE,
    SLICE,
    STORAGE_CLASS,
    VOLUME_ATTACHMENT,
    Action,
    Event,
)

if TYPE_CHECKING:
    from scheduler.scheduler import Scheduler

_OTHERS: tuple[tuple[type[Any], str], ...] = (
    (PersistentVolumeClaim, PVC),
    (PersistentVolume, PV),
    (StorageClass, STORAGE_CLASS),
    (CSINode, CSI_NODE),
    (CSIDriver, CSI_DRIVER),
    (CSIStorageCapacity, CSI_CAPACITY),
    (VolumeAttachment, VOLUME_ATTACHMENT),
)
_DEVICES: tuple[tuple[type[Any], str], ...] = ((ResourceClaim, CLAIM), (ResourceSlice, SLICE), (DeviceClass, CLASS))
_SELECTING: tuple[type[Any], ...] = (Service, ReplicationController, ReplicaSet, StatefulSet)


class Watches:
    """Asks for the informers and handles their changes."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._cluster = scheduler.cluster
        self._device_informers: Informers | None = None
        informers = scheduler.informers
        # Nodes first: Pods that are bound find their node already there.
        informers.of(Node).on_change(self._node)
        informers.of(Namespace).on_change(self._namespace)
        for cls, resource in _OTHERS:
            self._listed(cls).on_change(partial(self._other, resource))
        for cls in _SELECTING:
            self._listed(cls).on_change(partial(self._selecting, cls is Service))
        self._listed(PodDisruptionBudget)
        self._pods = informers.of(Pod, field_selector="status.phase!=Succeeded,status.phase!=Failed")
        self._pods.on_change(self._pod)

    def latest(self, pod: PodInfo) -> PodInfo | None:
        """A waiting Pod as the API has it now; None if it is gone, or has its node."""
        found = self._pods.get_key(pod.key)
        if found is None or found.metadata.uid != pod.uid or found.spec.node_name:
            return None
        return PodInfo(found)

    def _listed(self, cls: type[Any]) -> Informer[Any]:
        informer = self._scheduler.informers.of(cls)
        self._scheduler.handle.listers.connect(cls, informer.get_key, informer.list)
        return informer

    def devices_ready(self) -> bool:
        """Whether claims and devices are read."""
        return self._device_informers is not None and not self._device_informers.unsynced

    def _want_devices(self) -> None:
        """A Pod asks for devices: read what there is, which costs nothing in clusters without any."""
        if self._device_informers is not None:
            return
        informers = self._device_informers = Informers(self._scheduler.client)
        for cls, resource in _DEVICES:
            informer = informers.of(cls)
            self._scheduler.handle.listers.connect(cls, informer.get_key, informer.list)
            informer.on_change(partial(self._other, resource))
        assert self._scheduler.handle.run is not None
        self._scheduler.handle.run(self._read_devices(informers), "devices")

    async def _read_devices(self, informers: Informers) -> None:
        await informers.start()
        await informers.synced()
        self._happened(Event(SLICE, Action.ADD))

    async def stop(self) -> None:
        """End the informers that were started on the way."""
        if self._device_informers is not None:
            await self._device_informers.stop()

    def _other(self, resource: str, old: Any, new: Any) -> None:
        if resource in (PVC, PV):
            self._cluster.volumes.notify()
        action = Action.ADD if old is None else Action.DELETE if new is None else Action.UPDATE
        self._happened(Event(resource, action, old, new))

    def _selecting(self, service: bool, old: Any, new: Any) -> None:
        """Something that says which Pods belong together; its status is of no interest."""
        if old is not None and new is not None and old.spec.selector == new.spec.selector:
            return
        self._scheduler.handle.listers.selectors_version += 1
        if service:
            action = Action.ADD if old is None else Action.DELETE if new is None else Action.UPDATE
            self._happened(Event(SERVICE, action, old, new))

    def _happened(self, event: Event) -> None:
        self._scheduler.queue.happened(event)

    def _node(self, old: Node | None, new: Node | None) -> None:
        if new is None:
            assert old is not None
            self._cluster.remove_node(old.metadata.name)
            self._happened(Event(NODE, Action.DELETE, old))
            return
        changed = self._cluster.put_node(new)
        if old is None:
            self._happened(Event(NODE, Action.ADD, None, new))
            return
        if not changed and old.status.conditions == new.status.conditions:
            return
        if action := node_changes(old, new):
            self._happened(Event(NODE, action, old, new))

    def _namespace(self, old: Namespace | None, new: Namespace | None) -> None:
        found = new or old
        assert found is not None
        self._cluster.set_namespace(found.metadata.name, new.metadata.labels if new else None)
        if new is not None and (old is None or old.metadata.labels != new.metadata.labels):
            self._happened(Event(NAMESPACE, Action.ADD if old is None else Action.UPDATE, old, new))

    def _pod(self, old: Pod | None, new: Pod | None) -> None:
        if new is not None and is_finished(new):
            old, new = old or new, None
        if old is not None and new is not None and old.metadata.uid != new.metadata.uid:
            self._gone(old)
            old = None
        if new is None:
            assert old is not None
            self._gone(old)
        elif new.spec.node_name:
            self._on_node(new)
        elif self._scheduler.responsible(new.spec.scheduler_name):
            self._waiting(old, new)

    def _gone(self, pod: Pod) -> None:
        scheduler = self._scheduler
        uid = pod.metadata.uid
        scheduler.queue.remove(uid)
        scheduler.handle.nominations.remove(uid)
        if (waiting := scheduler.handle.waiting.get(uid)) is not None:
            waiting.reject("", "pod is deleted")
        known = self._cluster.pods.get(f"{pod.metadata.namespace}/{pod.metadata.name}")
        if known is not None and known.uid == uid:
            self._cluster.remove_pod(known.key)
            self._happened(Event(POD, Action.DELETE, known))

    def _on_node(self, pod: Pod) -> None:
        scheduler = self._scheduler
        info = PodInfo(pod)
        if info.template.claims:
            self._want_devices()
        known = self._cluster.pods.get(info.key)
        self._cluster.add_pod(info)
        scheduler.queue.remove(info.uid)
        scheduler.handle.nominations.remove(info.uid)
        if known is None:
            self._happened(Event(POD, Action.ADD, None, info))
        elif not known.assumed and (action := pod_changes(known, info)):
            self._happened(Event(POD, action, known, info))

    def _waiting(self, old: Pod | None, new: Pod) -> None:
        scheduler = self._scheduler
        key = f"{new.metadata.namespace}/{new.metadata.name}"
        assumed = self._cluster.pods.get(key)
        if assumed is not None and assumed.uid == new.metadata.uid:
            return
        queued = scheduler.queue.get(new.metadata.uid)
        info = PodInfo(new)
        if info.template.claims:
            self._want_devices()
        if info.terminating and queued is None:
            return
        nominated = new.status.nominated_node_name
        if nominated and not scheduler.handle.nominations.node_of(info.uid):
            scheduler.handle.nominations.set(info, nominated)
        elif old is not None and old.status.nominated_node_name and not nominated:
            scheduler.handle.nominations.remove(info.uid)
        if queued is None and old is None:
            scheduler.queue.add(info)
            return
        before = queued.info if queued is not None else info
        action = pod_changes(before, info)
        scheduler.queue.update(info, [Event(POD, action, before, info)] if action else [])


def node_changes(old: Node, new: Node) -> Action:
    """What changed about a node."""
    found = Action(0)
    if old.status.allocatable != new.status.allocatable:
        found |= Action.NODE_ALLOCATABLE
    if old.metadata.labels != new.metadata.labels:
        found |= Action.NODE_LABEL
    if old.spec.taints != new.spec.taints or old.spec.unschedulable != new.spec.unschedulable:
        found |= Action.NODE_TAINT
    if old.metadata.annotations != new.metadata.annotations:
        found |= Action.NODE_ANNOTATION
    if {c.type: c.status for c in old.status.conditions} != {c.type: c.status for c in new.status.conditions}:
        found |= Action.NODE_CONDITION
    return found


def pod_changes(old: PodInfo, new: PodInfo) -> Action:
    """What changed about a Pod, as far as scheduling may care."""
    found = Action(0)
    before, after = old.pod, new.pod
    if old.template.labels != new.template.labels:
        found |= Action.POD_LABEL
    if old.template.requests != new.template.requests and _shrank(old, new):
        found |= Action.POD_SCALE_DOWN
    if before.spec.tolerations != after.spec.tolerations:
        found |= Action.POD_TOLERATION
    if before.spec.scheduling_gates and not after.spec.scheduling_gates:
        found |= Action.POD_GATES_GONE
    if before.status.resource_claim_statuses != after.status.resource_claim_statuses:
        found |= Action.POD_CLAIM_STATUS
    if before.spec != after.spec:
        found |= Action.UPDATE
    return found


def _shrank(old: PodInfo, new: PodInfo) -> bool:
    after: dict[int, Any] = dict(new.template.requests)
    return any(after.get(number, 0) < amount for number, amount in old.template.requests)
