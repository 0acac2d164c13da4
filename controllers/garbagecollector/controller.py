"""The garbage collector's decisions; keys are UIDs."""

from __future__ import annotations

from typing import Any

import structlog

from controllers.garbagecollector.graph import FOREGROUND, ORPHAN, Graph, Node, references
from controllers.garbagecollector.monitors import Monitors
from controllers.garbagecollector.owners import Owner, Owners, Unmapped
from controllers.options import Options
from controllers.shared.batches import all_or_raise
from minik8s.api.meta_v1 import PartialObjectMetadata
from minik8s.api.object_meta import ObjectMeta, OwnerReference
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound

log = structlog.get_logger("controllers")

_UNMAPPED_SECONDS = 30.0


class GarbageCollector:
    """Deletes what lost its owners, and carries foreground deletion and orphaning out."""

    name = "garbage-collector-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Nothing is watched yet: which resources there are is asked when the controller runs."""
        self._ctx = ctx
        self.graph = Graph()
        self._monitors = Monitors(ctx, self.graph, ctx.enqueue)
        self._owners = Owners(ctx.client, ctx.informers.client, self.graph)

    async def run(self) -> None:
        """Follow all resources until cancelled."""
        await self._monitors.run()

    async def reconcile(self, key: str) -> float | None:
        """Look at one object: itself virtual, being orphaned, being deleted, or with owners to be checked."""
        # Before everything was seen once, an owner may look as if it had no dependents.
        await self._monitors.ready.wait()
        node = self.graph.nodes.get(key)
        if node is None:
            return None
        try:
            if node.resource is None:
                await self._verify(node)
            elif node.orphaning:
                await self._orphan(node)
            elif node.foreground:
                await self._wait_for_dependents(node)
            elif not node.deleting:
                await self._check_owners(node)
        except Unmapped as error:
            log.debug("an owner's kind is not served", object=node.name, error=str(error))
            return _UNMAPPED_SECONDS
        return None

    async def _verify(self, node: Node) -> None:
        """Nobody saw this owner yet: when the server does not know it either, its dependents are looked at."""
        assert node.reference is not None
        if await self._owners.state(node.reference, node.namespace) is Owner.DANGLING:
            for uid in self.graph.forget(node.uid):
                self._ctx.enqueue(uid)

    async def _latest(self, node: Node) -> ObjectMeta | None:
        """The object's metadata on the server; None when it is gone (which the graph then knows)."""
        assert node.resource is not None
        try:
            found: PartialObjectMetadata = await self._ctx.client.get(node.resource, node.name, node.namespace)
        except NotFound:
            found = PartialObjectMetadata()
        if found.metadata.uid == node.uid:
            return found.metadata
        for uid in self.graph.forget(node.uid):
            self._ctx.enqueue(uid)
        return None

    async def _check_owners(self, node: Node) -> None:
        if not node.owners:
            return
        states = await self._states(node.owners, node)
        if not states[Owner.DANGLING] and not states[Owner.WAITING]:
            return
        latest = await self._latest(node)
        if latest is None or not latest.owner_references:
            return
        if tuple(latest.owner_references) != node.owners:
            states = await self._states(latest.owner_references, node)
        lost = {one.uid for one in (*states[Owner.DANGLING], *states[Owner.WAITING])}
        if states[Owner.SOLID] or states[Owner.MISPLACED]:
            if lost:
                await self._set_owners(node, latest, references(latest.owner_references, lost))
        elif states[Owner.WAITING] and node.dependents:
            await self._break_circle(node, latest)
            await self._delete(node, latest, "Foreground")
        elif states[Owner.WAITING] or states[Owner.DANGLING]:
            own = "Orphan" if ORPHAN in latest.finalizers else "Foreground" if FOREGROUND in latest.finalizers else ""
            await self._delete(node, latest, own or "Background")

    async def _states(self, owners: Any, node: Node) -> dict[Owner, list[OwnerReference]]:
        found: dict[Owner, list[OwnerReference]] = {state: [] for state in Owner}
        for reference in owners:
            state = await self._owners.state(reference, node.namespace)
            found[state].append(reference)
            if state is Owner.MISPLACED or (state is Owner.DANGLING and self._is_elsewhere(reference, node)):
                self._tell_misplaced(node, reference)
        return found

    def _is_elsewhere(self, reference: OwnerReference, node: Node) -> bool:
        """Whether the owner is there, but in another namespace: then it owns nothing here."""
        known = self.graph.nodes.get(reference.uid)
        return known is not None and known.resource is not None and known.namespace not in ("", node.namespace)

    def _tell_misplaced(self, node: Node, one: OwnerReference) -> None:
        assert node.resource is not None
        about = PartialObjectMetadata(
            api_version=node.resource.group_version,
            kind=node.resource.kind,
            metadata=ObjectMeta(name=node.name, namespace=node.namespace, uid=node.uid),
        )
        message = (
            f"ownerRef [{one.api_version}/{one.kind}, namespace: {node.namespace}, name: {one.name}, uid: {one.uid}] "
            f'does not exist in namespace "{node.namespace}"'
        )
        self._ctx.recorder.event(about, "Warning", "OwnerRefInvalidNamespace", message)

    async def _break_circle(self, node: Node, latest: ObjectMeta) -> None:
        """A dependent that waits for its own dependents may wait for this object: then nobody blocks anybody."""
        if not any(dependent.foreground for dependent in node.dependents.values()):
            return
        unblocked = [
            OwnerReference(
                api_version=one.api_version,
                kind=one.kind,
                name=one.name,
                uid=one.uid,
                controller=one.controller,
                block_owner_deletion=False,
            )
            for one in latest.owner_references
        ]
        await self._set_owners(node, latest, unblocked)
        latest.resource_version = ""

    async def _wait_for_dependents(self, node: Node) -> None:
        blocking = [one for one in node.dependents.values() if one.blocks(node.uid)]
        for dependent in blocking:
            if not dependent.foreground:
                self._ctx.enqueue(dependent.uid)
        if not blocking:
            await self._drop_finalizer(node, FOREGROUND)

    async def _orphan(self, node: Node) -> None:
        await all_or_raise(self._disown(node, dependent) for dependent in list(node.dependents.values()))
        await self._drop_finalizer(node, ORPHAN)

    async def _disown(self, owner: Node, dependent: Node) -> None:
        latest = await self._latest(dependent)
        if latest is not None and any(one.uid == owner.uid for one in latest.owner_references):
            await self._set_owners(dependent, latest, references(latest.owner_references, {owner.uid}))

    async def _drop_finalizer(self, node: Node, finalizer: str) -> None:
        latest = await self._latest(node)
        if latest is not None and finalizer in latest.finalizers:
            left = [one for one in latest.finalizers if one != finalizer]
            await self._patch(node, latest, {"finalizers": left or None})

    async def _set_owners(self, node: Node, latest: ObjectMeta, owners: list[OwnerReference]) -> None:
        await self._patch(node, latest, {"ownerReferences": owners or None})

    async def _patch(self, node: Node, latest: ObjectMeta, change: dict[str, Any]) -> None:
        assert node.resource is not None
        meta = {"uid": latest.uid, "resourceVersion": latest.resource_version, **change}
        try:
            await self._ctx.client.patch(node.resource, node.name, {"metadata": meta}, node.namespace)
        except NotFound:
            return

    async def _delete(self, node: Node, latest: ObjectMeta, policy: str) -> None:
        assert node.resource is not None
        try:
            await self._ctx.client.delete(
                node.resource,
                node.name,
                node.namespace,
                propagation_policy=policy,
                uid=latest.uid,
                resource_version=latest.resource_version,
            )
        except NotFound:
            for uid in self.graph.forget(node.uid):
                self._ctx.enqueue(uid)


def make(options: Options) -> GarbageCollector:
    """The controller, for the catalog."""
    return GarbageCollector()
