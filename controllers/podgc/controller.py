"""The pod garbage collector."""

from __future__ import annotations

from controllers.options import Options
from controllers.shared import pods
from controllers.shared.batches import all_or_raise
from controllers.shared.disruption import mark_for_disruption
from minik8s.api.core_v1 import Node, Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of

QUARANTINE_SECONDS = 40.0
"""So long a node may be missing before its pods are deleted: it may be registered anew."""
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
_ENDED = "\x00ended"
"""The key of the count of ended pods."""


class PodGCController:
    """Force-deletes pods that no kubelet will end; `threshold` ended ones are kept."""

    name = "pod-garbage-collector-controller"

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold

    def setup(self, ctx: ControllerContext) -> None:
        """Watch pods and nodes."""
        self._ctx = ctx
        self._ended: set[str] = set()
        self._missing: dict[str, float] = {}
        self._nodes: Informer[Node] = ctx.informers.of(Node)
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers={pods.NODE: pods.by_node})
        self._nodes.on_change(self._node_changed)
        self._pods.on_change(self._pod_changed)

    def _node_changed(self, old: Node | None, new: Node | None) -> None:
        node = new or old
        assert node is not None
        if new is not None:
            self._missing.pop(new.metadata.name, None)
        if new is None or (old is not None and not _is_out(old) and _is_out(new)):
            for pod in self._pods.by_index(pods.NODE, node.metadata.name):
                self._ctx.enqueue_object(pod)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        if new is None:
            assert old is not None
            self._ended.discard(key_of(old))
            return
        if pods.is_terminal(new):
            self._ended.add(key_of(new))
            if 0 < self._threshold < len(self._ended):
                self._ctx.enqueue(_ENDED)
        node = self._nodes.get(new.spec.node_name) if new.spec.node_name else None
        deleted = new.metadata.deletion_timestamp is not None
        if node is None and (new.spec.node_name or deleted):
            self._ctx.enqueue_object(new)
        elif node is not None and deleted and _is_out(node):
            self._ctx.enqueue_object(new)

    async def reconcile(self, key: str) -> float | None:
        """Look at one pod, or at the number of ended ones."""
        if key == _ENDED:
            await self._drop_ended()
            return None
        pod = self._pods.get_key(key)
        if pod is None:
            return None
        name = pod.spec.node_name
        deleted = pod.metadata.deletion_timestamp is not None
        if not name:
            if deleted:
                await self._end(pod, "")
            return None
        node = self._nodes.get(name)
        if node is not None:
            if deleted and _is_out(node):
                await self._end(pod, "")
            return None
        now = self._ctx.clock.monotonic()
        left = self._missing.setdefault(name, now) + QUARANTINE_SECONDS - now
        if left > 0:
            return left
        try:
            await self._ctx.client.get(Node, name)
        except NotFound:
            await self._end(pod, "PodGC: node no longer exists")
        return None

    async def _drop_ended(self) -> None:
        held = [pod for key in self._ended if (pod := self._pods.get_key(key)) is not None]
        surplus = len(held) - self._threshold
        if surplus <= 0:
            return
        held.sort(key=lambda p: (p.status.reason != "Evicted", p.metadata.creation_timestamp or "", p.metadata.name))
        await all_or_raise(self._end(pod, "") for pod in held[:surplus])

    async def _end(self, pod: Pod, message: str) -> None:
        meta = pod.metadata
        try:
            if not pods.is_terminal(pod):
                if message:
                    await mark_for_disruption(self._ctx, pod, "DeletionByPodGC", message, "Failed")
                else:
                    patch = {"metadata": {"uid": meta.uid}, "status": {"phase": "Failed"}}
                    await self._ctx.client.patch(Pod, meta.name, patch, meta.namespace, "strategic", "status")
            await self._ctx.client.delete(Pod, meta.name, meta.namespace, grace_period_seconds=0, uid=meta.uid)
        except NotFound:
            return


def _is_out(node: Node) -> bool:
    """Whether somebody declared the node out of service, and it is not ready."""
    ready = any(c.type == "Ready" and c.status == "True" for c in node.status.conditions)
    return not ready and any(taint.key == OUT_OF_SERVICE for taint in node.spec.taints)


def make(options: Options) -> PodGCController:
    """The controller, for the catalog."""
    return PodGCController(options.terminated_pod_gc_threshold)
