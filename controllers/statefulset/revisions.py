"""The two revisions of a StatefulSet: the one it comes from and the one it goes to."""

from __future__ import annotations

from controllers.shared.history import History, stores, template_of
from controllers.statefulset.identity import revision_of
from minik8s.api.apps_v1 import ControllerRevision, StatefulSet
from minik8s.api.core_v1 import Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.selectors import Selector

_LABEL = "controller.kubernetes.io/hash"


class Revisions:
    """Finds, makes and cleans up a StatefulSet's ControllerRevisions."""

    def __init__(self, ctx: ControllerContext) -> None:
        self._ctx = ctx
        self._history = History(ctx, "StatefulSet", _LABEL)

    async def both(
        self, owner: StatefulSet, selector: Selector
    ) -> tuple[ControllerRevision, ControllerRevision, list[ControllerRevision]]:
        """(current, update, all known): update is of the present template, made when missing. Raises ApiError."""
        known = await self._history.of(owner, selector)
        newest = max((one.revision for one in known), default=0)
        update = next((one for one in reversed(known) if stores(one, owner.spec.template)), None)
        if update is None:
            update = await self._history.make(owner, newest + 1)
            if update is None:
                owner.status.collision_count = (owner.status.collision_count or 0) + 1
                await self._ctx.client.update(owner, "status")
                raise AlreadyExists(f'a revision of stateful set "{owner.metadata.name}" has the same hash')
        elif update.revision < newest:
            update = await self._history.renumber(update, newest + 1)
        current = next((one for one in known if one.metadata.name == owner.status.current_revision), update)
        return current, update, known

    async def clean(self, owner: StatefulSet, known: list[ControllerRevision], live: set[str], mine: list[Pod]) -> None:
        """Delete the oldest revisions beyond `spec.revisionHistoryLimit`; `live` are names to keep."""
        used = live | {revision_of(pod) for pod in mine}
        old = [one for one in known if one.metadata.name not in used]
        await self._history.truncate(old, used, owner.spec.revision_history_limit)


def at(owner: StatefulSet, revision: ControllerRevision) -> StatefulSet:
    """The set as it was at a revision."""
    template = template_of(revision)
    if template is None or stores(revision, owner.spec.template):
        return owner
    then = deep_copy(owner)
    then.spec.template = template
    return then
