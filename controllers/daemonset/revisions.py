"""The revisions of a DaemonSet: the one of its present template, and those that may go."""

from __future__ import annotations

from collections.abc import Iterable

from controllers.shared.history import HASH_LABEL, History, stores
from minik8s.api.apps_v1 import ControllerRevision, DaemonSet
from minik8s.api.core_v1 import Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists
from minik8s.machinery.selectors import Selector


class Revisions:
    """Finds, makes and cleans up a DaemonSet's ControllerRevisions."""

    def __init__(self, ctx: ControllerContext) -> None:
        self._ctx = ctx
        self._history = History(ctx, "DaemonSet")

    async def current(
        self, owner: DaemonSet, selector: Selector
    ) -> tuple[ControllerRevision, list[ControllerRevision]]:
        """The revision of the present template, made or numbered anew when need be, and the others. Raises ApiError."""
        known = await self._history.of(owner, selector)
        same = [one for one in known if stores(one, owner.spec.template)]
        old = [one for one in known if not same or one.metadata.uid != same[-1].metadata.uid]
        number = max((one.revision for one in old), default=0) + 1
        if same:
            newest = same[-1]
            return (await self._history.renumber(newest, number) if newest.revision < number else newest), old
        made = await self._history.make(owner, number)
        if made is None:
            owner.status.collision_count = (owner.status.collision_count or 0) + 1
            await self._ctx.client.update(owner, "status")
            raise AlreadyExists(f'a revision of daemon set "{owner.metadata.name}" has the same hash')
        return made, old

    def hash_of(self, revision: ControllerRevision) -> str:
        """What pods of that revision carry in their label."""
        return revision.metadata.labels.get(HASH_LABEL, revision.metadata.name)

    async def clean(self, owner: DaemonSet, old: list[ControllerRevision], present: Iterable[Pod]) -> None:
        """Delete the oldest revisions beyond `spec.revisionHistoryLimit` that no pod is of."""
        live = {pod.metadata.labels.get(HASH_LABEL, "") for pod in present}
        await self._history.truncate(old, live, owner.spec.revision_history_limit)
