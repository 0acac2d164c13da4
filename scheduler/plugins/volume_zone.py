"""VolumeZone: bound volumes with zone labels are used in their zone only."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim
from minik8s.api.storage_v1 import StorageClass
from scheduler.arrays import Rows
from scheduler.handle import Handle
from scheduler.plugin import SKIP, Rejection, State, Status, unresolvable
from scheduler.pods.claims import claims_of
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import NODE, PV, PVC, STORAGE_CLASS, Action, Event

REASON = "node(s) had no available volume zone"
_BETA = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
}
_KEYS = (*_BETA, *_BETA.values())


class VolumeZone:
    """Filters by the zone and region labels of bound volumes."""

    name = "VolumeZone"
    counts_pods = False

    def __init__(self, handle: Handle) -> None:
        self._cluster, self._listers = handle.cluster, handle.listers

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """Gather the zones of the Pod's bound volumes."""
        wanted: list[tuple[str, frozenset[str]]] = []
        for use in claims_of(pod.pod, pod.template.volumes):
            if use.ephemeral:
                continue
            claim = self._listers.get(PersistentVolumeClaim, use.name, pod.namespace)
            if claim is None:
                return unresolvable(f'persistentvolumeclaim "{use.name}" not found')
            if not claim.spec.volume_name:
                status = self._unbound(claim)
                if status is not None:
                    return status
                continue
            volume = self._listers.get(PersistentVolume, claim.spec.volume_name)
            if volume is None:
                return unresolvable(f'persistentvolume "{claim.spec.volume_name}" not found')
            labels = volume.metadata.labels
            wanted += [(key, frozenset(labels[key].split("__"))) for key in _KEYS if key in labels]
        if not wanted:
            return SKIP
        state.data[self.name] = wanted
        return None

    def _unbound(self, claim: PersistentVolumeClaim) -> Status | None:
        name = claim.spec.storage_class_name or ""
        if not name:
            return unresolvable("PersistentVolumeClaim had no pv name and storageClass name")
        found = self._listers.get(StorageClass, name)
        if found is None:
            return unresolvable(f'storageclass.storage.k8s.io "{name}" not found')
        if found.volume_binding_mode is None:
            return unresolvable(f'VolumeBindingMode not set for StorageClass "{name}"')
        if found.volume_binding_mode == "WaitForFirstConsumer":
            return None
        return unresolvable("PersistentVolume had no name")

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes with zone labels that lack or differ in one a volume has; nodes without any are taken as they are."""
        labels = self._cluster.columns.labels
        zoned = np.zeros_like(self._cluster.columns.valid[rows])
        for key in _KEYS:
            zoned |= labels.column(key).ids[rows] != 0
        wrong = np.zeros_like(zoned)
        for key, values in state.data[self.name]:
            column = labels.column(key)
            ids = column.ids[rows]
            good = np.isin(ids, [column.number_of(v) for v in values])
            if key in _BETA:
                newer = labels.column(_BETA[key])
                good = np.where(ids != 0, good, np.isin(newer.ids[rows], [newer.number_of(v) for v in values]))
            wrong |= ~good
        return (Rejection(wrong & zoned, REASON, False),)

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """Nodes, volumes, claims of the Pod, or a class that waits for its first consumer."""
        if event.is_(NODE, Action.ADD | Action.NODE_LABEL) or event.is_(PV, Action.ADD | Action.UPDATE):
            return True
        if event.is_(STORAGE_CLASS, Action.ADD):
            return bool(event.new.volume_binding_mode == "WaitForFirstConsumer")
        if event.is_(PVC, Action.ADD | Action.UPDATE):
            meta = event.new.metadata
            return meta.namespace == pod.namespace and meta.name in {c.name for c in claims_of(pod.pod)}
        return False
