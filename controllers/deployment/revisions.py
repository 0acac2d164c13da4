"""The new ReplicaSet of a Deployment: found or made, numbered; and the old ones that are too many."""

from __future__ import annotations

from controllers.deployment import conditions, marks, sets
from controllers.shared.errors import namespace_terminates
from controllers.shared.hashing import template_hash
from minik8s.api.apps_v1 import Deployment, ReplicaSet, ReplicaSetSpec
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists, ApiError, NotFound
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import controller_of, owner_reference

_UNLIMITED = 2**31 - 1
_LONGEST_NAME = 253


class Revisions:
    """Finds, makes and cleans up ReplicaSets. Every method changes `owner`'s status as it goes; raises ApiError."""

    def __init__(self, ctx: ControllerContext) -> None:
        self._ctx = ctx

    async def current(
        self, owner: Deployment, all_sets: list[ReplicaSet], create: bool
    ) -> tuple[ReplicaSet | None, list[ReplicaSet]]:
        """The new set, made when missing and `create` says so, with the next revision; and the old ones."""
        new, old = sets.split(owner, all_sets)
        revision = max((marks.revision(one) for one in old), default=0) + 1
        if new is not None:
            return await self._found(owner, new, revision), old
        if not create:
            return None, old
        return await self._make(owner, old, revision), old

    async def _found(self, owner: Deployment, new: ReplicaSet, revision: int) -> ReplicaSet:
        changed = deep_copy(new)
        told = marks.annotate_new(owner, changed, revision)
        if told or changed.spec.min_ready_seconds != owner.spec.min_ready_seconds:
            changed.spec.min_ready_seconds = owner.spec.min_ready_seconds
            return await self._ctx.client.update(changed)
        update = _number(owner, marks.revision(new))
        if conditions.has_deadline(owner) and not any(
            c.type == conditions.PROGRESSING for c in owner.status.conditions
        ):
            message = f'Found new replica set "{new.metadata.name}"'
            update |= self._progress(owner, "True", "FoundNewReplicaSet", message)
        if update:
            await self.write_status(owner)
        return new

    async def _make(self, owner: Deployment, old: list[ReplicaSet], revision: int) -> ReplicaSet:
        made = self._build(owner, revision)
        made.spec.replicas = sets.new_set_size(owner, old, 0)
        try:
            created, ours = await self._ctx.client.create(made), True
        except AlreadyExists:
            created, ours = await self._already(owner, made), False
        except ApiError as error:
            if not namespace_terminates(error):
                await self._failed(owner, made, error)
            raise
        if ours and made.spec.replicas:
            message = f"Scaled up replica set {created.metadata.name} from 0 to {made.spec.replicas}"
            self._ctx.recorder.event(owner, "Normal", "ScalingReplicaSet", message)
        update = _number(owner, revision)
        if ours and conditions.has_deadline(owner):
            message = f'Created new replica set "{created.metadata.name}"'
            update |= self._progress(owner, "True", "NewReplicaSetCreated", message)
        if update:
            await self.write_status(owner)
        return created

    def _build(self, owner: Deployment, revision: int) -> ReplicaSet:
        digest = template_hash(owner.spec.template, owner.status.collision_count)
        template, selector = deep_copy(owner.spec.template), deep_copy(owner.spec.selector)
        template.metadata.labels[sets.HASH_LABEL] = digest
        assert selector is not None
        selector.match_labels[sets.HASH_LABEL] = digest
        name = f"{owner.metadata.name[: _LONGEST_NAME - len(digest) - 1]}-{digest}"
        made = ReplicaSet(
            metadata=ObjectMeta(
                name=name,
                namespace=owner.metadata.namespace,
                labels=dict(template.metadata.labels),
                annotations=marks.size_annotations(owner),
                owner_references=[owner_reference(owner)],
            ),
            spec=ReplicaSetSpec(
                replicas=0, min_ready_seconds=owner.spec.min_ready_seconds, selector=selector, template=template
            ),
        )
        marks.annotate_new(owner, made, revision)
        return made

    async def _already(self, owner: Deployment, made: ReplicaSet) -> ReplicaSet:
        """The set of that name when it is ours; else another template has the same hash: the next try counts it in."""
        held = await self._ctx.client.get(ReplicaSet, made.metadata.name, made.metadata.namespace)
        reference = controller_of(held)
        ours = reference is not None and reference.uid == owner.metadata.uid
        if ours and sets.same_template(held.spec.template, owner.spec.template):
            return held
        owner.status.collision_count = (owner.status.collision_count or 0) + 1
        await self.write_status(owner)
        raise AlreadyExists(f'replica set "{made.metadata.name}" has the same hash and another template')

    async def _failed(self, owner: Deployment, made: ReplicaSet, error: ApiError) -> None:
        message = f'Failed to create new replica set "{made.metadata.name}": {error}'
        if conditions.has_deadline(owner) and self._progress(owner, "False", "ReplicaSetCreateError", message):
            await self.write_status(owner)
        self._ctx.recorder.event(owner, "Warning", "ReplicaSetCreateError", message)

    def _progress(self, owner: Deployment, value: str, reason: str, message: str) -> bool:
        return conditions.put(owner.status, conditions.PROGRESSING, value, reason, message, self._ctx.clock.now())

    async def write_status(self, owner: Deployment) -> None:
        """Write the status (and the revision) of `owner`, which then has the new resource version."""
        written = await self._ctx.client.update(owner, "status")
        owner.metadata.resource_version = written.metadata.resource_version

    async def clean(self, owner: Deployment, old: list[ReplicaSet]) -> None:
        """Delete the oldest revisions beyond `spec.revisionHistoryLimit` that have no pods."""
        limit = owner.spec.revision_history_limit
        if limit is None or limit == _UNLIMITED:
            return
        there = [one for one in sets.oldest_first(old) if one.metadata.deletion_timestamp is None]
        surplus = len(there) - limit
        for one in sorted(there, key=marks.revision)[: max(surplus, 0)]:
            unseen = one.metadata.generation > one.status.observed_generation
            if one.status.replicas or sets.wanted(one) or unseen:
                continue
            try:
                await self._ctx.client.delete(ReplicaSet, one.metadata.name, one.metadata.namespace)
            except NotFound:
                continue


def _number(owner: Deployment, revision: int) -> bool:
    """Give the deployment its revision; tells whether it had another."""
    text = str(revision)
    if owner.metadata.annotations.get(marks.REVISION) == text:
        return False
    owner.metadata.annotations[marks.REVISION] = text
    return True
