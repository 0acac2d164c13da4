"""VolumeRestrictions: disks that only one may mount, and claims that only one Pod may use."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from minik8s.api.core_v1 import PersistentVolumeClaim
from scheduler.arrays import Rows
from scheduler.handle import Handle
from scheduler.plugin import SKIP, Rejection, State, Status, unresolvable
from scheduler.pods.claims import claims_of
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import POD, PVC, Action, Event
from scheduler.state.volumes import same_disk

REASON_DISK = "node(s) had no available disk"
REASON_ONE_POD = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
_DISKS = ("gce_persistent_disk", "aws_elastic_block_store", "iscsi", "rbd")
ONE_POD = "ReadWriteOncePod"


class VolumeRestrictions:
    """Filters by disks in use."""

    name = "VolumeRestrictions"
    counts_pods = True

    def __init__(self, handle: Handle) -> None:
        self._cluster, self._listers = handle.cluster, handle.listers

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """Find out whether another Pod uses a claim that is for one Pod only."""
        volumes = pod.template.volumes
        if not volumes:
            return SKIP
        conflict = False
        exclusive = False
        for use in claims_of(pod.pod, volumes):
            claim = self._listers.get(PersistentVolumeClaim, use.name, pod.namespace)
            if claim is None:
                if use.ephemeral:
                    continue
                return unresolvable(f'persistentvolumeclaim "{use.name}" not found')
            if ONE_POD in claim.spec.access_modes:
                exclusive = True
                conflict |= bool(self._cluster.volumes.users(f"{pod.namespace}/{use.name}") - {pod.key})
        disks = any(getattr(v, kind) is not None for v in volumes for kind in _DISKS)
        if not exclusive and not disks:
            return SKIP
        state.data[self.name] = (conflict, disks)
        return None

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes where a disk is in use; all of them when a claim is."""
        conflict, disks = state.data[self.name]
        cluster = self._cluster
        found = []
        busy = np.zeros(cluster.columns.capacity, dtype=np.bool_)
        if disks:
            for row in cluster.volumes.rows():
                others = [v for other in cluster.volumes.on(row) for v in other.template.volumes]
                busy[row] = any(same_disk(v, other) for v in pod.template.volumes for other in others)
            found.append(Rejection(busy[rows], REASON_DISK))
        if conflict:
            found.append(Rejection(~busy[rows], REASON_ONE_POD))
        return found

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """A Pod that used the same claim or disk left, or one of its claims changed."""
        if event.is_(POD, Action.DELETE):
            gone: PodInfo = event.old
            mine = {c.name for c in claims_of(pod.pod)}
            if gone.namespace == pod.namespace and mine & {c.name for c in claims_of(gone.pod)}:
                return True
            return any(same_disk(a, b) for a in pod.template.volumes for b in gone.template.volumes)
        if event.is_(PVC, Action.ADD | Action.UPDATE):
            meta = event.new.metadata
            return meta.namespace == pod.namespace and meta.name in {c.name for c in claims_of(pod.pod)}
        return False
