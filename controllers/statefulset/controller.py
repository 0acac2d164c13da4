"""The StatefulSet controller."""

from __future__ import annotations

from collections.abc import Iterable

from controllers.options import Options
from controllers.shared import pods
from controllers.shared.claims import Claims
from controllers.shared.errors import namespace_terminates
from controllers.shared.pod_events import PodEvents
from controllers.shared.statuses import write_status
from controllers.statefulset.identity import has_identity, make_pod, ordinal_of, pod_name, put_identity
from controllers.statefulset.plan import View, is_ready, status_of
from controllers.statefulset.revisions import Revisions, at
from controllers.statefulset.volumes import ClaimIsGoing, Volumes
from minik8s.api.apps_v1 import ControllerRevision, StatefulSet
from minik8s.api.core_v1 import Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists, ApiError, NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.selectors import Selector, from_label_selector


class StatefulSetController:
    """Keeps each StatefulSet's pods: in order, under their names, with their volumes."""

    name = "statefulset-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch StatefulSets, their pods, claims and revisions."""
        self._ctx = ctx
        self._owners: Informer[StatefulSet] = ctx.watch(StatefulSet)
        self._revisions = Revisions(ctx)
        self._volumes = Volumes(ctx, self._owners)
        self._pods = PodEvents(ctx, "StatefulSet", self._owners.get, self._adopters).informer

    def _adopters(self, pod: Pod) -> Iterable[str]:
        for owner in self._owners.list(pod.metadata.namespace):
            if from_label_selector(owner.spec.selector).matches(pod.metadata.labels) and ordinal_of(owner, pod) >= 0:
                yield key_of(owner)

    async def reconcile(self, key: str) -> float | None:
        """Bring one StatefulSet a step further."""
        held = self._owners.get_key(key)
        if held is None:
            return None
        owner = deep_copy(held)
        selector = from_label_selector(owner.spec.selector)
        mine = await self._claim(owner, selector)
        current, update, known = await self._revisions.both(owner, selector)
        view = View(owner, mine, current.metadata.name, update.metadata.name, self._ctx.clock.now())
        failure: Exception | None = None
        if owner.metadata.deletion_timestamp is None:
            try:
                await self._bring_on(view, current, update)
            except (ApiError, ClaimIsGoing) as error:
                failure = error
        # What was done just now shows in the caches soon, and comes back here.
        status = status_of(view)
        await write_status(self._ctx.client, owner, status)
        if failure is not None:
            raise failure
        await self._revisions.clean(owner, known, {view.current, view.update}, mine)
        least = owner.spec.min_ready_seconds
        return pods.next_availability(mine, least, view.now) if least else None

    async def _claim(self, owner: StatefulSet, selector: Selector) -> list[Pod]:
        known = self._pods.by_index(pods.OWNER, owner.metadata.uid)
        known += self._pods.by_index(pods.OWNER, pods.orphans(owner.metadata.namespace))
        claims = Claims(self._ctx.client, owner, selector)
        return await claims.claim(known, lambda pod: ordinal_of(owner, pod) >= 0)

    async def _bring_on(self, view: View, current: ControllerRevision, update: ControllerRevision) -> None:
        for ordinal, pod in view.places.items():
            revision = current if view.wants_current(ordinal) else update
            if await self._place(view, ordinal, pod, revision):
                return
        for pod in view.condemned:
            await self._volumes.retain(view.owner, pod)
        first = view.first_unhealthy
        for pod in view.condemned:
            if await self._condemn(view, pod, first):
                return
        if view.owner.spec.update_strategy.type == "OnDelete":
            return
        for pod in view.to_replace():
            await self._delete(view.owner, pod)

    async def _place(self, view: View, ordinal: int, pod: Pod | None, revision: ControllerRevision) -> bool:
        """Bring one place on; tells whether the later ones have to wait."""
        owner = view.owner
        if pod is None:
            if self._volumes.are_stale(owner, ordinal):
                return True
            await self._create(at(owner, revision), owner, revision, ordinal)
            return view.ordered
        if pods.is_terminal(pod):
            if pod.metadata.deletion_timestamp is None:
                word = "Failed" if pod.status.phase == "Failed" else "Terminated"
                message = f"StatefulSet {key_of(owner)} is recreating {word.lower()} Pod {pod.metadata.name}"
                self._ctx.recorder.event(owner, "Warning", f"Recreating{word}Pod", message)
                await self._delete(owner, pod)
            return True
        if pod.status.phase in ("", "Pending") and pod.metadata.deletion_timestamp is None:
            await self._volumes.make(owner, pod)
        if view.ordered and not view.is_available(pod):
            return True
        await self._volumes.retain(owner, pod)
        if pod.metadata.deletion_timestamp is None and not has_identity(owner, pod):
            changed = deep_copy(pod)
            put_identity(owner, changed)
            await self._volumes.make(owner, changed)
            await self._ctx.client.update(changed)
        return False

    async def _condemn(self, view: View, pod: Pod, first_unhealthy: Pod | None) -> bool:
        """Delete one pod too many; tells whether the others have to wait."""
        if pod.metadata.deletion_timestamp is not None:
            return view.ordered
        if view.ordered and not is_ready(pod) and pod is not first_unhealthy:
            return True
        await self._delete(view.owner, pod)
        return view.ordered

    async def _create(self, then: StatefulSet, owner: StatefulSet, revision: ControllerRevision, ordinal: int) -> None:
        pod = make_pod(then, revision, ordinal)
        await self._volumes.make(owner, pod)
        about = f"Create Pod {pod_name(owner, ordinal)} in StatefulSet {owner.metadata.name}"
        try:
            await self._ctx.client.create(pod)
        except AlreadyExists:
            # Ours, and the cache will show it; or somebody else's, and the name is free some day: that is an event.
            if self._pods.get(pod.metadata.name, owner.metadata.namespace) is not None:
                raise
            return
        except ApiError as error:
            if not namespace_terminates(error):
                self._ctx.recorder.event(owner, "Warning", "FailedCreate", f"{about} failed error: {error}")
                raise
            return
        self._ctx.recorder.event(owner, "Normal", "SuccessfulCreate", f"{about} successful")

    async def _delete(self, owner: StatefulSet, pod: Pod) -> None:
        meta = pod.metadata
        about = f"Delete Pod {meta.name} in StatefulSet {owner.metadata.name}"
        try:
            await self._ctx.client.delete(Pod, meta.name, meta.namespace, uid=meta.uid)
        except NotFound:
            return
        except ApiError as error:
            self._ctx.recorder.event(owner, "Warning", "FailedDelete", f"{about} failed error: {error}")
            raise
        self._ctx.recorder.event(owner, "Normal", "SuccessfulDelete", f"{about} successful")


def make(options: Options) -> StatefulSetController:
    """The controller, for the catalog."""
    return StatefulSetController()
