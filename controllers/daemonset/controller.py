"""The DaemonSet controller."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from controllers.daemonset import nodes, rolling
from controllers.daemonset.nodes import View
from controllers.daemonset.placement import Placement, node_of, pod_for
from controllers.daemonset.revisions import Revisions
from controllers.daemonset.status import status_of
from controllers.options import Options
from controllers.shared import pods
from controllers.shared.batches import gather, slow_start
from controllers.shared.claims import Claims
from controllers.shared.errors import namespace_terminates
from controllers.shared.expectations import Expectations
from controllers.shared.history import HASH_LABEL, stores
from controllers.shared.pace import Pace
from controllers.shared.patience import Patience
from controllers.shared.pod_events import PodEvents
from controllers.shared.statuses import write_status
from minik8s.api.apps_v1 import DaemonSet
from minik8s.api.core_v1 import Node, Pod
from minik8s.api.meta_v1 import LabelSelector
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError, NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.selectors import Selector, from_label_selector

BURST = 250
"""Pods made or deleted in one go."""


class DaemonSetController:
    """Keeps one pod of each DaemonSet on every node that qualifies."""

    name = "daemonset-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch DaemonSets, their pods and revisions, and nodes."""
        self._ctx = ctx
        self._expectations = Expectations(ctx.clock)
        self._patience = Patience(ctx.clock, first=1.0, most=900.0)
        self._owners: Informer[DaemonSet] = ctx.watch(DaemonSet)
        self._revisions = Revisions(ctx)
        self._pace = Pace(ctx)
        events = PodEvents(ctx, "DaemonSet", self._owners.get, self._adopters, self._expectations, self._pace)
        self._pods = events.informer
        self._nodes: Informer[Node] = ctx.informers.of(Node)
        self._nodes.on_change(self._node_changed)

    def _adopters(self, pod: Pod) -> Iterable[str]:
        for owner in self._owners.list(pod.metadata.namespace):
            if from_label_selector(owner.spec.selector).matches(pod.metadata.labels):
                yield key_of(owner)

    def _node_changed(self, old: Node | None, new: Node | None) -> None:
        if old is not None and new is not None:
            if old.metadata.labels == new.metadata.labels and old.spec.taints == new.spec.taints:
                return
        for owner in self._owners.list():
            placement = Placement(owner)
            before = placement.of(old) if old is not None else (False, False)
            after = placement.of(new) if new is not None else (False, False)
            if before != after or new is None:
                self._ctx.enqueue_object(owner)

    async def reconcile(self, key: str) -> float | None:
        """Bring one DaemonSet a step further."""
        held = self._owners.get_key(key)
        if held is None:
            self._expectations.forget(key)
            self._pace.note(key, 0)
            return None
        owner = deep_copy(held)
        if owner.spec.selector == LabelSelector():
            message = "This daemon set is selecting all pods. A non-empty selector is required."
            self._ctx.recorder.event(owner, "Warning", "SelectingAll", message)
            return None
        if owner.metadata.deletion_timestamp is not None:
            return None
        selector = from_label_selector(owner.spec.selector)
        current, old = await self._revisions.current(owner, selector)
        view = await self._look(owner, selector, self._revisions.hash_of(current))
        self._pace.note(key, len(view.placed))
        twins = {self._revisions.hash_of(one) for one in old if stores(one, owner.spec.template)}
        if twins and await self._relabel(view, twins):
            return None
        if self._expectations.satisfied(key):
            failure = await self._manage(key, view)
            rolls = owner.spec.update_strategy.type == "RollingUpdate"
            if failure is None and rolls and self._expectations.satisfied(key):
                view = await self._look(owner, selector, view.digest)
                failure = await self._roll(key, view)
            if failure is not None:
                await write_status(self._ctx.client, owner, status_of(view))
                raise failure
            await self._revisions.clean(owner, old, itertools.chain.from_iterable(view.pods.values()))
        await write_status(self._ctx.client, owner, status_of(view))
        least = owner.spec.min_ready_seconds
        everyone = list(itertools.chain.from_iterable(view.pods.values()))
        return pods.next_availability(everyone, least, view.now) if least else None

    async def _look(self, owner: DaemonSet, selector: Selector, digest: str) -> View:
        known = self._pods.by_index(pods.OWNER, owner.metadata.uid)
        known += self._pods.by_index(pods.OWNER, pods.orphans(owner.metadata.namespace))
        mine = await Claims(self._ctx.client, owner, selector).claim(known)
        return View(owner, self._nodes.list(), nodes.by_node(mine), digest, self._ctx.clock.now())

    async def _relabel(self, view: View, twins: set[str]) -> bool:
        """Pods of another revision with the same template are as good as new: they need not be replaced.

        Tells whether there were any: the cache shows their new label soon, and all is looked at again.
        """
        everyone = itertools.chain.from_iterable(view.pods.values())
        wrong = [pod for pod in everyone if pod.metadata.labels.get(HASH_LABEL) in twins]
        for pod in wrong:
            patch = {"metadata": {"labels": {HASH_LABEL: view.digest}, "uid": pod.metadata.uid}}
            try:
                await self._ctx.client.patch(Pod, pod.metadata.name, patch, pod.metadata.namespace)
            except NotFound:
                continue
        return bool(wrong)

    async def _manage(self, key: str, view: View) -> Exception | None:
        surge = view.limits()[0] if view.owner.spec.update_strategy.type == "RollingUpdate" else 0
        missing, doomed = nodes.plan(view, surge, lambda pod: self._may_replace(key, view.owner, pod))
        return await self._sync(key, view, missing, doomed)

    def _may_replace(self, key: str, owner: DaemonSet, pod: Pod) -> bool:
        where = f"on node {node_of(pod)}"
        if pod.status.phase == "Succeeded":
            message = f"Found succeeded daemon pod {key_of(pod)} {where}, will try to delete it"
            self._ctx.recorder.event(owner, "Normal", "SucceededDaemonPod", message)
            return True
        # A pod that fails at once is not replaced at once, or it would fail for ever at full speed.
        again = self._patience.wait(f"{owner.metadata.uid}/{owner.status.observed_generation}/{node_of(pod)}")
        if again > 0:
            self._ctx.enqueue_after(key, again)
            return False
        message = f"Found failed daemon pod {key_of(pod)} {where}, will try to kill it"
        self._ctx.recorder.event(owner, "Warning", "FailedDaemonPod", message)
        return True

    async def _roll(self, key: str, view: View) -> Exception | None:
        surge, unavailable = view.limits()
        if surge:
            return await self._sync(key, view, rolling.to_double(view, surge), [])
        return await self._sync(key, view, [], rolling.to_replace(view, unavailable))

    async def _sync(self, key: str, view: View, missing: list[str], doomed: list[Pod]) -> Exception | None:
        missing, doomed = missing[:BURST], doomed[:BURST]
        if not missing and not doomed:
            return None
        owner = view.owner
        self._expectations.expect(key, creations=len(missing), deletions={key_of(pod) for pod in doomed})
        made, failure = await slow_start(
            len(missing), lambda at: self._create_one(key, owner, missing[at], view.digest)
        )
        self._expectations.creation_observed(key, len(missing) - made)
        failures = await gather(self._delete_one(key, owner, pod) for pod in doomed)
        return failure or next((one for one in failures if one is not None), None)

    async def _create_one(self, key: str, owner: DaemonSet, node: str, digest: str) -> None:
        try:
            created = await self._ctx.client.create(pod_for(owner, node, digest))
        except ApiError as error:
            if namespace_terminates(error):
                self._expectations.creation_observed(key)
                return
            self._ctx.recorder.event(owner, "Warning", "FailedCreate", f"Error creating: {error}")
            raise
        self._ctx.recorder.event(owner, "Normal", "SuccessfulCreate", f"Created pod: {created.metadata.name}")

    async def _delete_one(self, key: str, owner: DaemonSet, pod: Pod) -> None:
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


def make(options: Options) -> DaemonSetController:
    """The controller, for the catalog."""
    return DaemonSetController()
