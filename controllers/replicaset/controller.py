"""The replica controller: counts an owner's pods, makes what is missing, deletes what is too many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog

from controllers.replicaset.kinds import REPLICA_SET, ReplicaKind
from controllers.replicaset.status import status_of
from controllers.shared import pods
from controllers.shared.batches import gather, slow_start
from controllers.shared.claims import Claims
from controllers.shared.errors import namespace_terminates
from controllers.shared.expectations import Expectations
from controllers.shared.pace import Pace
from controllers.shared.pod_events import PodEvents
from controllers.shared.ranking import first_to_delete
from minik8s.api.core_v1 import Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError, NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import controller_of

log = structlog.get_logger("controllers")

BURST = 500
"""Pods made or deleted in one go."""


class ReplicaSetController:
    """Keeps `spec.replicas` pods of each ReplicaSet (or ReplicationController)."""

    def __init__(self, kind: ReplicaKind = REPLICA_SET, burst: int = BURST) -> None:
        self._kind = kind
        self._burst = burst
        self.name = kind.name

    def setup(self, ctx: ControllerContext) -> None:
        """Watch the owners and the pods."""
        self._ctx = ctx
        self._expectations = Expectations(ctx.clock)
        self._owners: Informer[Any] = ctx.watch(self._kind.cls, indexers={pods.OWNER: pods.by_owner})
        kind = self._kind.cls().kind
        self._pace = Pace(ctx)
        events = PodEvents(ctx, kind, self._owners.get, self._adopters, self._expectations, self._pace)
        self._pods = events.informer

    def _adopters(self, pod: Pod) -> Iterable[str]:
        for owner in self._owners.list(pod.metadata.namespace):
            if self._kind.selector(owner).matches(pod.metadata.labels):
                yield key_of(owner)

    async def reconcile(self, key: str) -> float | None:
        """Bring one owner's pods to the number asked for, and its status to the truth."""
        owner = self._owners.get_key(key)
        if owner is None:
            self._expectations.forget(key)
            self._pace.note(key, 0)
            return None
        trusted = self._expectations.satisfied(key)
        namespace = owner.metadata.namespace
        selector = self._kind.selector(owner)
        known = self._pods.by_index(pods.OWNER, owner.metadata.uid)
        known += self._pods.by_index(pods.OWNER, pods.orphans(namespace))
        claims = Claims(self._ctx.client, owner, selector)
        active = await claims.claim([pod for pod in known if pods.is_active(pod)])
        self._pace.note(key, len(active))
        mine = [pod for pod in known if _is_of(pod, owner) and selector.matches(pod.metadata.labels)]
        going = [pod for pod in mine if pods.is_terminating(pod)]
        failure: Exception | None = None
        if trusted and owner.metadata.deletion_timestamp is None:
            failure = await self._manage(key, owner, active)
        now = self._ctx.clock.now()
        await self._write_status(owner, status_of(self._kind, owner, active, len(going), failure, now))
        if failure is not None:
            raise failure
        least = owner.spec.min_ready_seconds
        return pods.next_availability(active, least, now) if least else None

    async def _write_status(self, owner: Any, status: Any) -> None:
        if status == owner.status:
            return
        changed = deep_copy(owner)
        changed.status = status
        try:
            await self._ctx.client.update(changed, "status")
        except NotFound:
            return

    async def _manage(self, key: str, owner: Any, active: list[Pod]) -> Exception | None:
        surplus = len(active) - (owner.spec.replicas or 0)
        if surplus < 0:
            return await self._create(key, owner, min(-surplus, self._burst))
        if surplus > 0:
            now = self._ctx.clock.now()
            doomed = first_to_delete(active, self._related(owner), min(surplus, self._burst), now)
            return await self._delete(key, owner, doomed)
        return None

    async def _create(self, key: str, owner: Any, count: int) -> Exception | None:
        self._expectations.expect(key, creations=count)
        made, failure = await slow_start(count, lambda _: self._create_one(key, owner))
        self._expectations.creation_observed(key, count - made)
        return failure

    async def _create_one(self, key: str, owner: Any) -> None:
        pod = pods.pod_from_template(owner.spec.template, owner)
        try:
            created = await self._ctx.client.create(pod)
        except ApiError as error:
            if namespace_terminates(error):
                self._expectations.creation_observed(key)
                return
            self._ctx.recorder.event(owner, "Warning", "FailedCreate", f"Error creating: {error}")
            raise
        self._ctx.recorder.event(owner, "Normal", "SuccessfulCreate", f"Created pod: {created.metadata.name}")

    async def _delete(self, key: str, owner: Any, doomed: list[Pod]) -> Exception | None:
        self._expectations.expect(key, deletions={key_of(pod) for pod in doomed})
        failures = await gather(self._delete_one(key, owner, pod) for pod in doomed)
        return next((failure for failure in failures if failure is not None), None)

    async def _delete_one(self, key: str, owner: Any, pod: Pod) -> None:
        meta = pod.metadata
        try:
            await self._ctx.client.delete(Pod, meta.name, meta.namespace, uid=meta.uid)
        except NotFound:
            self._expectations.deletion_observed(key, key_of(pod))
            return
        except Exception as error:
            self._expectations.deletion_observed(key, key_of(pod))
            self._ctx.recorder.event(owner, "Warning", "FailedDelete", f"Error deleting: {error}")
            raise
        self._ctx.recorder.event(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {meta.name}")

    def _related(self, owner: Any) -> list[Pod]:
        """The pods of all replica sets that the same deployment owns."""
        reference = controller_of(owner)
        siblings = [owner] if reference is None else self._owners.by_index(pods.OWNER, reference.uid)
        return [pod for sibling in siblings for pod in self._pods.by_index(pods.OWNER, sibling.metadata.uid)]


def _is_of(pod: Pod, owner: Any) -> bool:
    reference = controller_of(pod)
    return reference is not None and reference.uid == owner.metadata.uid
