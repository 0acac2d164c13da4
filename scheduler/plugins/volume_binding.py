"""VolumeBinding: nodes from which a Pod's volumes can be used; volumes that waited for their consumer are bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from minik8s.api.core_v1 import PersistentVolume, PersistentVolumeClaim
from minik8s.api.storage_v1 import CSIDriver, CSIStorageCapacity, StorageClass
from scheduler.arrays import Bools, Ints, Rows
from scheduler.handle import Handle
from scheduler.plugin import SKIP, Code, Rejection, State, Status, unresolvable
from scheduler.plugins import volume_match as match
from scheduler.plugins.volume_writes import Choice, VolumeWrites
from scheduler.pods.claims import claims_of
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import (
    CSI_CAPACITY,
    CSI_DRIVER,
    CSI_NODE,
    NODE,
    PV,
    PVC,
    STORAGE_CLASS,
    Action,
    Event,
)

REASON_NODE = "node(s) had volume node affinity conflict"
REASON_BIND = "node(s) didn't find available persistent volumes to bind"
REASON_SPACE = "node(s) did not have enough free storage"
REASON_MISSING = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
_NO_PROVISIONER = "kubernetes.io/no-provisioner"


class _Claims(NamedTuple):
    bound: list[PersistentVolumeClaim]
    delayed: list[PersistentVolumeClaim]


class _Search(NamedTuple):
    """For every row: whether the unbound claims can be had, and for each claim the number of its volume (-1: new)."""

    impossible: Bools
    cramped: Bools
    found: list[tuple[PersistentVolumeClaim, list[PersistentVolume], Ints]]


class VolumeBinding:
    """Filters by volumes; binds them. Args: `bindTimeoutSeconds` (600)."""

    name = "VolumeBinding"
    counts_pods = False

    def __init__(self, handle: Handle, args: Mapping[str, Any]) -> None:
        self._cluster, self._listers = handle.cluster, handle.listers
        given = args.get("bindTimeoutSeconds")
        seconds = 600 if given is None else int(given)
        if seconds < 0:
            raise ValueError("bindTimeoutSeconds: invalid BindTimeoutSeconds, should not be a negative value")
        self._writes = VolumeWrites(handle, float(seconds))

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """All claims must be there; those that do not wait for a consumer must be bound."""
        uses = claims_of(pod.pod, pod.template.volumes)
        if not uses:
            return SKIP
        claims = _Claims([], [])
        immediate = False
        for use in uses:
            claim = self._listers.get(PersistentVolumeClaim, use.name, pod.namespace)
            why = _trouble(claim, use.name, use.ephemeral, pod)
            if why:
                return unresolvable(why)
            assert claim is not None
            if match.is_bound(claim):
                claims.bound.append(claim)
            elif self._waits(claim) and not claim.spec.volume_name:
                claims.delayed.append(claim)
            else:
                immediate = True
        if immediate:
            return unresolvable("pod has unbound immediate PersistentVolumeClaims")
        state.data[self.name] = claims
        return None

    def _waits(self, claim: PersistentVolumeClaim) -> bool:
        found = self._listers.get(StorageClass, claim.spec.storage_class_name or "")
        return found is not None and found.volume_binding_mode == "WaitForFirstConsumer"

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes that cannot use a bound volume, or find none for a claim."""
        claims: _Claims = state.data[self.name]
        columns = self._cluster.columns
        missing = np.zeros(columns.capacity, dtype=np.bool_)
        conflict = missing.copy()
        for claim in claims.bound:
            volume = self._listers.get(PersistentVolume, claim.spec.volume_name)
            if volume is None:
                missing[:] = True
            else:
                conflict |= ~match.usable_on(volume, columns.labels, columns.capacity)
        found = [
            Rejection(missing[rows], REASON_MISSING, False),
            Rejection((conflict & ~missing)[rows], REASON_NODE, False),
        ]
        if claims.delayed:
            search = self._search(claims.delayed)
            found.append(Rejection(search.impossible[rows], REASON_BIND, False))
            found.append(Rejection((search.cramped & ~search.impossible)[rows], REASON_SPACE, False))
        return found

    def _search(self, claims: list[PersistentVolumeClaim]) -> _Search:
        columns, volumes = self._cluster.columns, self._cluster.volumes
        impossible = np.zeros(columns.capacity, dtype=np.bool_)
        cramped = impossible.copy()
        used: dict[str, Bools] = {}
        found = []
        every = self._listers.list(PersistentVolume)
        for claim in sorted(claims, key=match.size_of):
            choice: Ints = np.full(columns.capacity, -1, dtype=np.int64)
            selected = claim.metadata.annotations.get(match.SELECTED_NODE) or volumes.chosen.get(match.key_of(claim))
            fitting = [] if selected else match.candidates(claim, every, volumes.taken)
            for number, volume in enumerate(fitting):
                good = match.usable_on(volume, columns.labels, columns.capacity) & (choice < 0)
                before = used.get(volume.metadata.name)
                if before is not None:
                    good &= ~before
                choice[good] = number
                used[volume.metadata.name] = good if before is None else before | good
            lacking = choice < 0
            if selected:
                others = np.ones(columns.capacity, dtype=np.bool_)
                row = columns.row_of.get(selected)
                if row is not None:
                    others[row] = False
                impossible |= others
            no_new, no_space = self._provision(claim)
            impossible |= lacking & no_new
            cramped |= lacking & no_space
            found.append((claim, fitting, choice))
        return _Search(impossible, cramped, found)

    def _provision(self, claim: PersistentVolumeClaim) -> tuple[Bools, Bools]:
        """Rows where no volume can be made for the claim, and those where there is too little space."""
        columns = self._cluster.columns
        nowhere = np.zeros(columns.capacity, dtype=np.bool_)
        storage = self._listers.get(StorageClass, claim.spec.storage_class_name or "")
        if storage is None or storage.provisioner in ("", _NO_PROVISIONER):
            return ~nowhere, nowhere
        wrong = ~match.allowed_by(storage.allowed_topologies, columns.labels, columns.capacity)
        driver = self._listers.get(CSIDriver, storage.provisioner)
        if driver is None or not driver.spec.storage_capacity:
            return wrong, nowhere
        name = storage.metadata.name
        reported = [c for c in self._listers.list(CSIStorageCapacity) if c.storage_class_name == name]
        room = match.with_room(reported, match.size_of(claim), columns.labels, columns.capacity)
        return wrong, ~room

    def reserve(self, state: State, pod: PodInfo, node: str) -> Status | None:
        """Promise the volumes found, and the claims to be provisioned, to this Pod."""
        claims: _Claims | None = state.data.get(self.name)
        if claims is None or not claims.delayed:
            return None
        row = self._cluster.columns.row_of.get(node)
        if row is None:
            return Status(Code.ERROR, (f'node "{node}" not found',), self.name)
        search = self._search(claims.delayed)
        if search.impossible[row] or search.cramped[row]:
            return Status(Code.UNSCHEDULABLE, (REASON_BIND,), self.name)
        choice = Choice([], [])
        for claim, fitting, numbers in search.found:
            number = int(numbers[row])
            if number >= 0:
                choice.bind.append((fitting[number], claim))
                self._cluster.volumes.taken[fitting[number].metadata.name] = match.key_of(claim)
            else:
                choice.provision.append(claim)
                self._cluster.volumes.chosen[match.key_of(claim)] = node
        state.data[f"{self.name}/choice"] = choice
        return None

    def unreserve(self, state: State, pod: PodInfo, node: str) -> None:
        """Take the promises back."""
        self._forget(state)

    def _forget(self, state: State) -> None:
        choice: Choice | None = state.data.pop(f"{self.name}/choice", None)
        if choice is None:
            return
        for volume, claim in choice.bind:
            if self._cluster.volumes.taken.get(volume.metadata.name) == match.key_of(claim):
                del self._cluster.volumes.taken[volume.metadata.name]
        for claim in choice.provision:
            self._cluster.volumes.chosen.pop(match.key_of(claim), None)

    def pre_bind_works(self, state: State, pod: PodInfo, node: str) -> bool:
        """Whether claims are to be bound first."""
        return state.data.get(f"{self.name}/choice") is not None

    async def pre_bind(self, state: State, pod: PodInfo, node: str) -> Status | None:
        """Write the promises down and wait until all claims are bound."""
        choice: Choice | None = state.data.get(f"{self.name}/choice")
        if choice is None:
            return None
        return await self._writes.run(pod, node, choice)

    def post_bind(self, state: State, pod: PodInfo, node: str) -> None:
        """The promises are kept: the API shows them."""
        self._forget(state)

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """Claims of the Pod, volumes, classes, capacities, or nodes."""
        if event.is_(PVC, Action.ADD | Action.UPDATE):
            meta = event.new.metadata
            return meta.namespace == pod.namespace and meta.name in {c.name for c in claims_of(pod.pod)}
        changed = Action.ADD | Action.UPDATE
        if event.is_(CSI_NODE, Action.ADD) or event.is_(PV, changed) or event.is_(CSI_CAPACITY, changed):
            return True
        if event.is_(STORAGE_CLASS, changed):
            return event.old is None or event.old.allowed_topologies != event.new.allowed_topologies
        if event.is_(CSI_DRIVER, Action.UPDATE):
            return bool(event.old.spec.storage_capacity) and not event.new.spec.storage_capacity
        return event.is_(NODE, Action.ADD | Action.NODE_LABEL)


def _trouble(claim: PersistentVolumeClaim | None, name: str, ephemeral: bool, pod: PodInfo) -> str:
    """Why a claim cannot be used at all; "" if it can."""
    if claim is None:
        if ephemeral:
            return f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
        return f'persistentvolumeclaim "{name}" not found'
    if claim.status.phase == "Lost":
        return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{claim.spec.volume_name}"'
    if claim.metadata.deletion_timestamp is not None:
        return f'persistentvolumeclaim "{name}" is being deleted'
    if ephemeral and not any(o.controller and o.uid == pod.uid for o in claim.metadata.owner_references):
        return f"PVC {pod.namespace}/{name} was not created for pod {pod.key} (pod is not owner)"
    return ""
