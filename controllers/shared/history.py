"""ControllerRevisions: the templates an owner had, numbered; what DaemonSets and StatefulSets roll back to."""

from __future__ import annotations

from typing import Any

import msgspec

from controllers.shared import pods
from controllers.shared.claims import Claims
from controllers.shared.hashing import hash_of
from minik8s.api.apps_v1 import ControllerRevision
from minik8s.api.core_v1 import PodTemplateSpec
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists, NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import controller_of, owner_reference
from minik8s.machinery.quoting import go_json
from minik8s.machinery.selectors import Selector

HASH_LABEL = "controller-revision-hash"
"""On a pod: which revision it was made from."""
_LONGEST_NAME = 253 - 11


def patch_of(template: PodTemplateSpec) -> bytes:
    """What a revision stores: the strategic merge patch that brings a template back.

    In the bytes Go writes: clients compare them with those they make themselves.
    """
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(template))
    return go_json({"spec": {"template": {**document, "$patch": "replace"}}}).encode()


def template_of(revision: ControllerRevision) -> PodTemplateSpec | None:
    """The template a revision stores; None when it stores none that can be read."""
    if revision.data is None:
        return None
    try:
        document = msgspec.json.decode(bytes(revision.data))
        return msgspec.convert(document["spec"]["template"], PodTemplateSpec)
    except (msgspec.MsgspecError, KeyError, TypeError):
        return None


def stores(revision: ControllerRevision, template: PodTemplateSpec) -> bool:
    """Whether it is the revision of that template."""
    held = template_of(revision)
    if held is None or held.spec != template.spec:
        return False
    return _plain(held.metadata) == _plain(template.metadata)


def _plain(meta: ObjectMeta) -> ObjectMeta:
    if meta.creation_timestamp is None:
        return meta
    bare = deep_copy(meta)
    bare.creation_timestamp = None
    return bare


def by_number(revisions: list[ControllerRevision]) -> list[ControllerRevision]:
    """Oldest first; those of one number by age and name."""
    return sorted(revisions, key=lambda one: (one.revision, one.metadata.creation_timestamp or "", one.metadata.name))


class History:
    """The revisions of all owners of one kind; writes raise ApiError."""

    def __init__(self, ctx: ControllerContext, kind: str, hash_label: str = HASH_LABEL) -> None:
        self._ctx, self._kind, self._hash_label = ctx, kind, hash_label
        self._revisions: Informer[ControllerRevision] = ctx.watch(
            ControllerRevision, keys=self._keys, indexers={pods.OWNER: pods.by_owner}
        )

    def _keys(self, revision: ControllerRevision) -> list[str]:
        reference = controller_of(revision)
        if reference is None or reference.kind != self._kind:
            return []
        return [f"{revision.metadata.namespace}/{reference.name}"]

    async def of(self, owner: Any, selector: Selector) -> list[ControllerRevision]:
        """An owner's revisions, oldest first, after adopting those it matches."""
        known = self._revisions.by_index(pods.OWNER, owner.metadata.uid)
        known += self._revisions.by_index(pods.OWNER, pods.orphans(owner.metadata.namespace))
        return by_number(await Claims(self._ctx.client, owner, selector).claim(known))

    async def make(self, owner: Any, number: int) -> ControllerRevision | None:
        """Store the owner's template as a revision.

        None when another template has that name: the caller counts the collision in the owner's status and tries
        again.
        """
        meta, template = owner.metadata, owner.spec.template
        digest = hash_of(template, owner.status.collision_count)
        made = ControllerRevision(
            metadata=ObjectMeta(
                name=f"{meta.name[:_LONGEST_NAME]}-{digest}",
                namespace=meta.namespace,
                labels={**template.metadata.labels, self._hash_label: digest},
                annotations=dict(meta.annotations),
                owner_references=[owner_reference(owner)],
            ),
            data=msgspec.Raw(patch_of(template)),
            revision=number,
        )
        try:
            return await self._ctx.client.create(made)
        except AlreadyExists:
            held = await self._ctx.client.get(ControllerRevision, made.metadata.name, meta.namespace)
            reference = controller_of(held)
            ours = reference is not None and reference.uid == meta.uid
            return held if ours and stores(held, template) else None

    async def renumber(self, revision: ControllerRevision, number: int) -> ControllerRevision:
        """Give a revision that came back a new number."""
        if revision.revision == number:
            return revision
        changed = deep_copy(revision)
        changed.revision = number
        return await self._ctx.client.update(changed)

    async def delete(self, revision: ControllerRevision) -> None:
        """Forget a revision."""
        try:
            await self._ctx.client.delete(ControllerRevision, revision.metadata.name, revision.metadata.namespace)
        except NotFound:
            return

    async def truncate(self, old: list[ControllerRevision], live: set[str], limit: int | None) -> None:
        """Delete the oldest of `old` beyond `limit`; those whose name or hash is in `live` stay."""
        kept = 10 if limit is None else limit
        dead = [
            one
            for one in by_number(old)
            if one.metadata.name not in live and one.metadata.labels.get(self._hash_label) not in live
        ]
        for revision in dead[: max(len(dead) - kept, 0)]:
            await self.delete(revision)
