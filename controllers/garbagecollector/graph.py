"""Who owns whom: a graph of all objects, and what a change of one makes worth looking at."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from minik8s.api.object_meta import ObjectMeta, OwnerReference
from minik8s.client.resources import Resource

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@dataclasses.dataclass(slots=True, eq=False)
class Node:
    """One object, by its UID.

    `resource` is None while nothing but a dependent's reference tells of the object: then `reference` and
    `namespace` are what that dependent says.
    """

    uid: str
    name: str
    namespace: str
    resource: Resource[Any] | None = None
    reference: OwnerReference | None = None
    owners: tuple[OwnerReference, ...] = ()
    dependents: dict[str, Node] = dataclasses.field(default_factory=dict)
    deleting: bool = False
    foreground: bool = False
    orphaning: bool = False

    def blocks(self, owner: str) -> bool:
        """Whether the object holds back the foreground deletion of that owner."""
        return any(one.uid == owner and one.block_owner_deletion for one in self.owners)


class Graph:
    """All nodes. `observe` and `forget` return the UIDs that are to be looked at now."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}

    def observe(self, resource: Resource[Any], meta: ObjectMeta) -> set[str]:
        """An object was added or changed."""
        node = self.nodes.get(meta.uid)
        work: set[str] = set()
        if node is None:
            node = self.nodes[meta.uid] = Node(meta.uid, meta.name, meta.namespace, resource)
        elif node.resource is None:
            node.resource, node.name, node.namespace = resource, meta.name, meta.namespace
            # Whoever named it otherwise (another kind, another namespace) names nothing that exists.
            work |= {one.uid for one in node.dependents.values() if not _names(one, node)}
            node.reference = None
        owners = tuple(meta.owner_references)
        if owners != node.owners:
            work |= self._relink(node, owners)
        work |= self._transition(node, meta)
        return work

    def _relink(self, node: Node, owners: tuple[OwnerReference, ...]) -> set[str]:
        before = {one.uid: one for one in node.owners}
        after = {one.uid: one for one in owners}
        work = {node.uid} if before else set()
        for uid, reference in before.items():
            new = after.get(uid)
            owner = self.nodes.get(uid)
            if owner is None:
                continue
            if owner.foreground and reference.block_owner_deletion and (new is None or not new.block_owner_deletion):
                work.add(uid)
            if new is None:
                owner.dependents.pop(node.uid, None)
                self._drop_unused(owner)
        node.owners = owners
        for uid, reference in after.items():
            owner = self.nodes.get(uid)
            if owner is None:
                owner = self.nodes[uid] = Node(uid, reference.name, node.namespace, reference=reference)
                work.add(uid)
            elif owner.foreground or (owner.resource is not None and not _names(node, owner)):
                work.add(node.uid)
            owner.dependents[node.uid] = node
        return work

    def _transition(self, node: Node, meta: ObjectMeta) -> set[str]:
        work: set[str] = set()
        node.deleting = meta.deletion_timestamp is not None
        orphaning = node.deleting and ORPHAN in meta.finalizers
        foreground = node.deleting and FOREGROUND in meta.finalizers
        if orphaning and not node.orphaning:
            work.add(node.uid)
        if foreground and not node.foreground:
            work |= {node.uid, *node.dependents}
        node.orphaning, node.foreground = orphaning, foreground
        return work

    def forget(self, uid: str) -> set[str]:
        """An object is gone: its dependents may have lost their last owner, its owners may have waited for it."""
        node = self.nodes.pop(uid, None)
        if node is None:
            return set()
        work = set(node.dependents)
        for reference in node.owners:
            owner = self.nodes.get(reference.uid)
            if owner is not None:
                owner.dependents.pop(uid, None)
                if owner.foreground:
                    work.add(owner.uid)
                self._drop_unused(owner)
        return work

    def _drop_unused(self, owner: Node) -> None:
        if owner.resource is None and not owner.dependents:
            self.nodes.pop(owner.uid, None)

    def forget_resource(self, resource: Resource[Any]) -> set[str]:
        """A resource is not served any more: all its objects are gone."""
        gone = [node.uid for node in self.nodes.values() if node.resource == resource]
        work: set[str] = set()
        for uid in gone:
            work |= self.forget(uid)
        return work


def _names(dependent: Node, owner: Node) -> bool:
    return any(names(one, dependent.namespace, owner) for one in dependent.owners if one.uid == owner.uid)


def names(reference: OwnerReference, namespace: str, owner: Node) -> bool:
    """Whether a reference from an object in `namespace` names that observed node rightly."""
    if owner.resource is None:
        return False
    same_group = reference.api_version.rpartition("/")[0] == owner.resource.group
    same_place = not owner.resource.namespaced or owner.namespace == namespace
    return same_group and same_place and reference.kind == owner.resource.kind and reference.name == owner.name


def references(owners: Iterable[OwnerReference], without: set[str]) -> list[OwnerReference]:
    """Owner references but those of some UIDs."""
    return [one for one in owners if one.uid not in without]
