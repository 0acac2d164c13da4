"""The Deployment controller."""

from __future__ import annotations

from collections.abc import Iterable

from controllers.deployment import conditions, marks, rolling, sets
from controllers.deployment.revisions import Revisions
from controllers.deployment.scaling import Scaler
from controllers.deployment.status import status_of
from controllers.options import Options
from controllers.shared import pods
from controllers.shared.claims import Claims
from minik8s.api.apps_v1 import Deployment, ReplicaSet
from minik8s.api.core_v1 import Pod
from minik8s.api.meta_v1 import LabelSelector
from minik8s.client.controller import ControllerContext
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import controller_of
from minik8s.machinery.selectors import from_label_selector


class DeploymentController:
    """Rolls ReplicaSets out, scales them and tells how far that is."""

    name = "deployment-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch deployments, their sets, and the ends of pods (Recreate waits for those)."""
        self._ctx = ctx
        self._scaler, self._revisions = Scaler(ctx), Revisions(ctx)
        self._owners: Informer[Deployment] = ctx.watch(Deployment)
        self._sets: Informer[ReplicaSet] = ctx.watch(
            ReplicaSet, keys=self._owners_of, indexers={pods.OWNER: pods.by_owner}
        )
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers={pods.OWNER: pods.by_owner})
        self._pods.on_change(self._pod_changed)

    def _owners_of(self, one: ReplicaSet) -> Iterable[str]:
        reference = controller_of(one)
        if reference is not None:
            owner = self._owners.get(reference.name, one.metadata.namespace)
            if reference.kind == "Deployment" and owner is not None and owner.metadata.uid == reference.uid:
                yield key_of(owner)
            return
        for owner in self._owners.list(one.metadata.namespace):
            if owner.spec.selector is not None and from_label_selector(owner.spec.selector).matches(
                one.metadata.labels
            ):
                yield key_of(owner)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        ended = old if new is None else new if pods.is_terminal(new) else None
        reference = controller_of(ended) if ended is not None else None
        if ended is None or reference is None or reference.kind != "ReplicaSet":
            return
        one = self._sets.get(reference.name, ended.metadata.namespace)
        for key in self._owners_of(one) if one is not None else ():
            owner = self._owners.get_key(key)
            if owner is not None and owner.spec.strategy.type == "Recreate":
                self._ctx.enqueue(key)

    async def reconcile(self, key: str) -> float | None:
        """Bring one deployment a step further."""
        held = self._owners.get_key(key)
        if held is None:
            return None
        owner = deep_copy(held)
        if owner.spec.selector == LabelSelector():
            await self._selects_all(owner)
            return None
        claims = Claims(self._ctx.client, owner, from_label_selector(owner.spec.selector))
        known = self._sets.by_index(pods.OWNER, owner.metadata.uid)
        known += self._sets.by_index(pods.OWNER, pods.orphans(owner.metadata.namespace))
        mine = await claims.claim(known)
        if owner.metadata.deletion_timestamp is not None:
            new, old = sets.split(owner, mine)
            await self._write_counts(owner, new, old)
            return None
        await self._note_pause(owner)
        if owner.spec.paused:
            await self._sync(owner, mine)
            return None
        new, old = await self._revisions.current(owner, mine, create=False)
        if self._is_scaled(owner, sets.everyone(new, old)):
            await self._sync(owner, mine)
            return None
        if owner.spec.strategy.type == "Recreate":
            return await self._recreate(owner, mine)
        return await self._roll(owner, mine)

    async def _selects_all(self, owner: Deployment) -> None:
        message = "This deployment is selecting all pods. A non-empty selector is required."
        self._ctx.recorder.event(owner, "Warning", "SelectingAll", message)
        if owner.status.observed_generation < owner.metadata.generation:
            owner.status.observed_generation = owner.metadata.generation
            await self._revisions.write_status(owner)

    async def _note_pause(self, owner: Deployment) -> None:
        """Say in the condition Progressing that the deployment was paused or resumed."""
        held = next((c for c in owner.status.conditions if c.type == conditions.PROGRESSING), None)
        reason = held.reason if held is not None else ""
        if not conditions.has_deadline(owner) or reason == conditions.TIMED_OUT:
            return
        now = self._ctx.clock.now()
        if owner.spec.paused and reason != conditions.PAUSED:
            text, why = "Deployment is paused", conditions.PAUSED
        elif not owner.spec.paused and reason == conditions.PAUSED:
            text, why = "Deployment is resumed", conditions.RESUMED
        else:
            return
        conditions.put(owner.status, conditions.PROGRESSING, "Unknown", why, text, now)
        await self._revisions.write_status(owner)

    def _is_scaled(self, owner: Deployment, all_sets: list[ReplicaSet]) -> bool:
        desired = (marks.number(one, marks.DESIRED) for one in filter(sets.is_active, all_sets))
        return any(count is not None and count != sets.wanted(owner) for count in desired)

    async def _sync(self, owner: Deployment, mine: list[ReplicaSet]) -> None:
        """Follow `spec.replicas` alone: the deployment is paused, or was scaled in the middle of a roll-out."""
        new, old = await self._revisions.current(owner, mine, create=False)
        await self._scaler.follow(owner, new, old)
        if owner.spec.paused:
            await self._revisions.clean(owner, old)
        await self._write_counts(owner, new, old)

    async def _roll(self, owner: Deployment, mine: list[ReplicaSet]) -> float | None:
        new, old = await self._revisions.current(owner, mine, create=True)
        assert new is not None
        all_sets = sets.everyone(new, old)
        changed = await rolling.grow(self._scaler, owner, new, all_sets)
        changed = changed or await rolling.shrink(self._scaler, owner, new, old)
        if not changed and conditions.is_complete(owner, owner.status):
            await self._revisions.clean(owner, old)
        return await self._write_progress(owner, new, old)

    async def _recreate(self, owner: Deployment, mine: list[ReplicaSet]) -> float | None:
        new, old = await self._revisions.current(owner, mine, create=False)
        stopped = [await self._scaler.change(owner, one, 0) for one in filter(sets.is_active, old)]
        if any(stopped) or self._old_pods_run(old):
            return await self._write_progress(owner, new, old)
        if new is None:
            new, old = await self._revisions.current(owner, mine, create=True)
            assert new is not None
        await self._scaler.change(owner, new, sets.wanted(owner))
        if conditions.is_complete(owner, owner.status):
            await self._revisions.clean(owner, old)
        return await self._write_progress(owner, new, old)

    def _old_pods_run(self, old: list[ReplicaSet]) -> bool:
        if sets.actual_replicas(old) > 0:
            return True
        left = (pod for one in old for pod in self._pods.by_index(pods.OWNER, one.metadata.uid))
        return any(not pods.is_terminal(pod) for pod in left)

    async def _write_counts(self, owner: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]) -> None:
        status = status_of(owner, new, sets.everyone(new, old), self._ctx.clock.now())
        if status != owner.status:
            owner.status = status
            await self._revisions.write_status(owner)

    async def _write_progress(self, owner: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]) -> float | None:
        now, all_sets = self._ctx.clock.now(), sets.everyone(new, old)
        status = status_of(owner, new, all_sets, now)
        conditions.tell_progress(owner, status, new, now)
        conditions.tell_failure(status, new, all_sets, now)
        if status != owner.status:
            owner.status = status
            await self._revisions.write_status(owner)
        return conditions.seconds_to_deadline(owner, status, now)


def make(options: Options) -> DeploymentController:
    """The controller, for the catalog."""
    return DeploymentController()
