"""NodeVolumeLimits: a CSI driver attaches only so many volumes to a node."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim, Pod, Volume
from minik8s.api.storage_v1 import CSINode, StorageClass, VolumeAttachment
from scheduler.arrays import Rows
from scheduler.handle import Handle
from scheduler.plugin import SKIP, Rejection, State, Status
from scheduler.pods.claims import claims_of
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import CSI_NODE, NODE, POD, PVC, VOLUME_ATTACHMENT, Action, Event

REASON = "node(s) exceed max volume count"

Handles = dict[str, str]
"""Driver by unique name of a volume."""


class VolumeLimits:
    """Filters nodes whose `CSINode` allows no more volumes of a driver."""

    name = "NodeVolumeLimits"
    counts_pods = True

    def __init__(self, handle: Handle) -> None:
        self._cluster, self._listers = handle.cluster, handle.listers

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """Find the drivers of the Pod's volumes."""
        wanted = self._handles(pod.pod, pod.template.volumes) if pod.template.volumes else {}
        if not wanted:
            return SKIP
        state.data[self.name] = wanted
        return None

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes where one of the drivers would have too many."""
        wanted: Handles = state.data[self.name]
        columns = self._cluster.columns
        full = np.zeros(columns.capacity, dtype=np.bool_)
        drivers = set(wanted.values())
        asked = range(columns.capacity) if isinstance(rows, slice) else [int(row) for row in rows]
        attached: dict[str, Handles] | None = None
        for row in asked:
            if not columns.valid[row]:
                continue
            node = columns.name(row)
            limits = self._limits(node)
            if not drivers & limits.keys():
                continue
            attached = self._attached() if attached is None else attached
            held = dict(attached.get(node, {}))
            for other in self._cluster.volumes.on(row):
                held.update(self._handles(other.pod, other.template.volumes))
            for driver in drivers & limits.keys():
                names = {name for name, by in held.items() if by == driver}
                new = {name for name, by in wanted.items() if by == driver} - names
                if new and len(names) + len(new) > limits[driver]:
                    full[row] = True
        return (Rejection(full[rows], REASON),)

    def _limits(self, node: str) -> dict[str, int]:
        found = self._listers.get(CSINode, node)
        if found is None:
            return {}
        return {
            d.name: d.allocatable.count
            for d in found.spec.drivers
            if d.allocatable is not None and d.allocatable.count is not None
        }

    def _attached(self) -> dict[str, Handles]:
        found: dict[str, Handles] = {}
        for attachment in self._listers.list(VolumeAttachment):
            name = attachment.spec.source.persistent_volume_name
            volume = self._listers.get(PersistentVolume, name) if name else None
            if volume is not None and volume.spec.csi is not None:
                handle = f"{volume.spec.csi.driver}/{volume.spec.csi.volume_handle}"
                found.setdefault(attachment.spec.node_name, {})[handle] = volume.spec.csi.driver
        return found

    def _handles(self, pod: Pod, volumes: list[Volume]) -> Handles:
        """The CSI volumes of a Pod; a claim without a volume yet counts by its class's driver."""
        found: Handles = {}
        space = pod.metadata.namespace
        for use in claims_of(pod, volumes):
            claim = self._listers.get(PersistentVolumeClaim, use.name, space)
            if claim is None:
                continue
            volume = self._listers.get(PersistentVolume, claim.spec.volume_name) if claim.spec.volume_name else None
            if volume is not None:
                if volume.spec.csi is not None:
                    driver = volume.spec.csi.driver
                    found[f"{driver}/{volume.spec.csi.volume_handle}"] = driver
                continue
            storage = self._listers.get(StorageClass, claim.spec.storage_class_name or "")
            if storage is not None:
                found[f"{storage.provisioner}-{space}/{use.name}"] = storage.provisioner
        return found

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """A limit was raised, a node came, or something with volumes went."""
        if event.is_(NODE, Action.ADD) or event.is_(CSI_NODE, Action.ADD | Action.UPDATE):
            return True
        if event.is_(POD, Action.DELETE):
            return bool(event.old.template.volumes)
        if event.is_(PVC, Action.ADD):
            meta = event.new.metadata
            return meta.namespace == pod.namespace and meta.name in {c.name for c in claims_of(pod.pod)}
        return event.is_(VOLUME_ATTACHMENT, Action.DELETE)
