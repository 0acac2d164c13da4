"""DynamicResources: devices for a Pod's ResourceClaims, allocated on the node chosen and reserved for the Pod."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np

from minik8s.api.core_v1 import Pod
from minik8s.api.resource_v1 import AllocationResult, DeviceClass, ResourceClaim, ResourceSlice
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed
from minik8s.machinery.times import format_time
from scheduler.arrays import ALL, Rows
from scheduler.diagnosis import Diagnosis
from scheduler.handle import Handle
from scheduler.plugin import SKIP, Code, PostFilterResult, Rejection, State, Status, unresolvable
from scheduler.plugins.device_allocator import Allocator
from scheduler.plugins.device_pools import Pools
from scheduler.plugins.device_selectors import SelectorFailed
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import CLAIM, CLASS, NODE, POD, SLICE, Action, Event

FINALIZER = "resource.kubernetes.io/delete-protection"
MOST_USERS = 256
"""Pods that one claim can be reserved for."""
REASON_NONE = "cannot allocate all claims"
REASON_ELSEWHERE = "resourceclaim not available on the node"
WAITING = "waiting for resource claims, slices and device classes to be read"


class _Claims(NamedTuple):
    all: list[ResourceClaim]
    unallocated: list[ResourceClaim]
    allocator: Allocator | None
    elsewhere: list[ResourceClaim]


class DynamicResources:
    """Filters by devices; allocates them."""

    name = "DynamicResources"
    counts_pods = False

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._cluster, self._listers = handle.cluster, handle.listers

    def pre_enqueue(self, pod: PodInfo) -> Status | None:
        """Claims that are not there yet hold the Pod back."""
        if not pod.template.claims:
            return None
        if not self._handle.devices_ready():
            return unresolvable(WAITING)
        try:
            list(self._claims_of(pod.pod))
        except LookupError as error:
            return unresolvable(str(error.args[0]))
        return None

    def _claims_of(self, pod: Pod) -> Iterator[ResourceClaim]:
        """The Pod's claims. Raises LookupError."""
        space = pod.metadata.namespace
        statuses = {s.name: s.resource_claim_name for s in pod.status.resource_claim_statuses}
        for use in pod.spec.resource_claims:
            name = use.resource_claim_name
            if name is None:
                if use.name not in statuses:
                    raise LookupError(f'pod "{space}/{pod.metadata.name}": ResourceClaim not created yet')
                name = statuses[use.name]
                if name is None:
                    continue
            claim = self._listers.get(ResourceClaim, name, space)
            if claim is None:
                raise LookupError(f'resourceclaim "{name}" not found')
            if claim.metadata.deletion_timestamp is not None:
                raise LookupError(f'resourceclaim "{name}" is being deleted')
            owned = any(o.controller and o.uid == pod.metadata.uid for o in claim.metadata.owner_references)
            if use.resource_claim_name is None and not owned:
                raise LookupError(f"ResourceClaim {space}/{name} was not created for pod {space}/{pod.metadata.name}")
            yield claim

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """Look at the claims, and get ready to allocate those that have no devices yet."""
        if not pod.template.claims:
            return SKIP
        try:
            claims = list(self._claims_of(pod.pod))
        except LookupError as error:
            return unresolvable(str(error.args[0]))
        if not claims:
            return SKIP
        classes = {found.metadata.name: found for found in self._listers.list(DeviceClass)}
        unallocated = []
        for claim in claims:
            users = claim.status.reserved_for
            if claim.status.allocation is not None:
                if len(users) >= MOST_USERS and not any(u.uid == pod.uid for u in users):
                    return unresolvable("resourceclaim in use")
                continue
            if claim.metadata.uid in self._cluster.devices.promised:
                key = f"{claim.metadata.namespace}/{claim.metadata.name}"
                return unresolvable(f"resource claim {key} is in the process of being allocated")
            for request in claim.spec.devices.requests:
                asked = [(request.name, request.exactly.device_class_name)] if request.exactly else []
                asked += [(f"{request.name}/{s.name}", s.device_class_name) for s in request.first_available]
                for name, wanted in asked:
                    if wanted not in classes:
                        return unresolvable(f"request {name}: device class {wanted} does not exist")
            unallocated.append(claim)
        allocator = None
        if unallocated:
            pools = Pools(self._listers.list(ResourceSlice), self._cluster.columns)
            allocator = Allocator(unallocated, classes, pools, self._cluster.devices.taken(self._listers))
        state.data[self.name] = _Claims(claims, unallocated, allocator, [])
        return None

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """Nodes that an allocation cannot be used on, or that lack the devices."""
        claims: _Claims = state.data[self.name]
        columns = self._cluster.columns
        elsewhere = np.zeros(columns.capacity, dtype=np.bool_)
        for claim in claims.all:
            where = claim.status.allocation.node_selector if claim.status.allocation else None
            if where is not None:
                wrong = ~columns.labels.match(where, ALL)
                elsewhere |= wrong
                if (wrong & columns.valid).any() and claim not in claims.elsewhere:
                    claims.elsewhere.append(claim)
        found = [Rejection(elsewhere[rows], REASON_ELSEWHERE, False)]
        if claims.allocator is None:
            return found
        lacking = np.zeros(columns.capacity, dtype=np.bool_)
        asked = np.flatnonzero(columns.valid) if isinstance(rows, slice) else rows
        for row in asked:
            if elsewhere[row] or not columns.valid[row]:
                continue
            try:
                lacking[row] = claims.allocator.allocate(int(row), columns.name(int(row))) is None
            except SelectorFailed as error:
                everywhere = np.ones(columns.capacity, dtype=np.bool_)
                return [Rejection(everywhere[rows], str(error), False)]
        return [*found, Rejection(lacking[rows], REASON_NONE, False)]

    def post_filter(self, state: State, pod: PodInfo, diagnosis: Diagnosis) -> PostFilterResult:
        """Give up an allocation that nobody uses and that is in the wrong place."""
        claims: _Claims | None = state.data.get(self.name)
        if claims is None:
            # Said of each Pod that asks for no devices, unless it did not get as far as this plugin.
            stopped = diagnosis.pre_filter and self.name not in diagnosis.plugins
            return PostFilterResult(None, "" if stopped else "no new claims to deallocate")
        for claim in claims.elsewhere:
            if any(user.uid != pod.uid for user in claim.status.reserved_for):
                continue
            if self._handle.client is not None and self._handle.run is not None:
                self._handle.run(self._give_up(self._handle.client, claim), f"deallocate-{claim.metadata.name}")
            return PostFilterResult(None, "deallocation of ResourceClaim completed")
        return PostFilterResult(None, "still not schedulable")

    async def _give_up(self, client: ApiClient, claim: ResourceClaim) -> None:
        patch = {
            "metadata": {"resourceVersion": claim.metadata.resource_version},
            "status": {"allocation": None, "reservedFor": None},
        }
        try:
            await client.patch(ResourceClaim, claim.metadata.name, patch, claim.metadata.namespace, "merge", "status")
        except (ApiError, ConnectionFailed):
            # Somebody was faster, or the next attempt tries again.
            return

    def reserve(self, state: State, pod: PodInfo, node: str) -> Status | None:
        """Promise the devices to the claims."""
        claims: _Claims | None = state.data.get(self.name)
        if claims is None or claims.allocator is None:
            return None
        row = self._cluster.columns.row_of.get(node)
        results = claims.allocator.allocate(row, node) if row is not None else None
        if results is None:
            return Status(Code.ERROR, ("claim allocation not found for node",), self.name)
        stamp = format_time(self._handle.clock.now())
        made: dict[str, AllocationResult] = {}
        for claim, result in zip(claims.unallocated, results, strict=True):
            result.allocation_timestamp = stamp
            made[claim.metadata.uid] = result
        self._cluster.devices.promised.update(made)
        state.data[f"{self.name}/made"] = made
        return None

    def unreserve(self, state: State, pod: PodInfo, node: str) -> None:
        """Take the promise back, and the reservation where it was written already."""
        claims: _Claims | None = state.data.get(self.name)
        if claims is None:
            return
        for uid in state.data.pop(f"{self.name}/made", {}):
            self._cluster.devices.promised.pop(uid, None)
        written: list[ResourceClaim] = state.data.pop(f"{self.name}/written", [])
        if written and self._handle.client is not None and self._handle.run is not None:
            self._handle.run(self._leave(self._handle.client, pod, written), f"unreserve-{pod.key}")

    async def _leave(self, client: ApiClient, pod: PodInfo, claims: list[ResourceClaim]) -> None:
        for claim in claims:
            gone = [{"$patch": "delete", "uid": pod.uid}]
            patch = {"metadata": {"uid": claim.metadata.uid}, "status": {"reservedFor": gone}}
            name, space = claim.metadata.name, claim.metadata.namespace
            try:
                await client.patch(ResourceClaim, name, patch, space, "strategic", "status")
            except (ApiError, ConnectionFailed):
                # The claim's controller removes Pods that do not run.
                continue

    def pre_bind_works(self, state: State, pod: PodInfo, node: str) -> bool:
        """Whether the Pod has claims."""
        return state.data.get(self.name) is not None

    async def pre_bind(self, state: State, pod: PodInfo, node: str) -> Status | None:
        """Write allocations and reservations."""
        claims: _Claims | None = state.data.get(self.name)
        client = self._handle.client
        if claims is None or client is None:
            return None
        made: dict[str, AllocationResult] = state.data.get(f"{self.name}/made", {})
        written: list[ResourceClaim] = state.data.setdefault(f"{self.name}/written", [])
        try:
            for claim in claims.all:
                written.append(await self._write(client, pod, claim, made.get(claim.metadata.uid)))
        except (ApiError, ConnectionFailed) as error:
            return Status(Code.ERROR, (str(error),))
        return None

    async def _write(
        self, client: ApiClient, pod: PodInfo, claim: ResourceClaim, allocation: AllocationResult | None
    ) -> ResourceClaim:
        name, space = claim.metadata.name, claim.metadata.namespace
        version = claim.metadata.resource_version
        if allocation is not None and FINALIZER not in claim.metadata.finalizers:
            meta = {"resourceVersion": version, "finalizers": [*claim.metadata.finalizers, FINALIZER]}
            held = await client.patch(ResourceClaim, name, {"metadata": meta}, space)
            version = held.metadata.resource_version
        users = claim.status.reserved_for
        if allocation is None and any(user.uid == pod.uid for user in users):
            return claim
        status: dict[str, Any] = {
            "reservedFor": [
                *(msgspec.to_builtins(user) for user in users if user.uid != pod.uid),
                {"resource": "pods", "name": pod.name, "uid": pod.uid},
            ]
        }
        if allocation is not None:
            status["allocation"] = msgspec.to_builtins(allocation)
        patch = {"metadata": {"resourceVersion": version}, "status": status}
        return await client.patch(ResourceClaim, name, patch, space, "merge", "status")

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """Claims of the Pod or given-up devices, slices, classes, nodes."""
        if event.resource in (SLICE, CLASS):
            return not event.is_(event.resource, Action.DELETE)
        if event.is_(POD, Action.POD_CLAIM_STATUS):
            return getattr(event.new, "uid", "") == pod.uid
        if event.resource == CLAIM:
            old, new = event.old, event.new
            if old is not None and old.status.allocation and (new is None or new.status.allocation is None):
                return True
            names = {use.resource_claim_name for use in pod.pod.spec.resource_claims}
            names |= {status.resource_claim_name for status in pod.pod.status.resource_claim_statuses}
            meta = (new or old).metadata
            return meta.namespace == pod.namespace and meta.name in names
        return event.is_(NODE, Action.ADD | Action.NODE_LABEL)
