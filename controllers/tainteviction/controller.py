"""The taint eviction controller."""

from __future__ import annotations

from controllers.options import Options
from controllers.shared import pods
from controllers.shared.disruption import mark_for_disruption
from controllers.tainteviction.tolerations import no_execute, tolerated_seconds
from minik8s.api.core_v1 import Node, Pod, Taint
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.times import parse_time

_CAUSE = "DeletionByTaintManager"
_MESSAGE = "Taint manager: deleting due to NoExecute taint"


class TaintEvictionController:
    """Deletes pods when their toleration of their node's taints ends."""

    name = "taint-eviction-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch nodes and pods."""
        self._ctx = ctx
        self._due: dict[str, tuple[str, float]] = {}
        self._nodes: Informer[Node] = ctx.informers.of(Node)
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers={pods.NODE: pods.by_node})
        self._nodes.on_change(self._node_changed)
        self._pods.on_change(self._pod_changed)

    def _node_changed(self, old: Node | None, new: Node | None) -> None:
        before = no_execute(old.spec.taints) if old is not None else []
        after = no_execute(new.spec.taints) if new is not None else []
        node = new or old
        if before != after and node is not None:
            for pod in self._pods.by_index(pods.NODE, node.metadata.name):
                self._ctx.enqueue_object(pod)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        if new is None:
            assert old is not None
            self._due.pop(key_of(old), None)
            return
        if old is not None and old.spec.node_name == new.spec.node_name and _tolerations(old) == _tolerations(new):
            return
        node = self._nodes.get(new.spec.node_name) if new.spec.node_name else None
        if key_of(new) in self._due or (node is not None and no_execute(node.spec.taints)):
            self._ctx.enqueue_object(new)

    async def reconcile(self, key: str) -> float | None:
        """Delete one pod when its time has come; returns the seconds until then."""
        pod = self._pods.get_key(key)
        if pod is None or pod.metadata.deletion_timestamp is not None:
            self._due.pop(key, None)
            return None
        node = self._nodes.get(pod.spec.node_name) if pod.spec.node_name else None
        taints = no_execute(node.spec.taints) if node is not None else []
        seconds = tolerated_seconds(pod, taints) if taints else None
        if seconds is None:
            if self._due.pop(key, None) is not None:
                message = f"Cancelling deletion of Pod {key}"
                self._ctx.recorder.event(pod, "Normal", "TaintManagerEviction", message)
            return None
        left = self._begin(key, pod, taints) + seconds - self._ctx.clock.monotonic()
        if left > 0:
            return left
        await self._evict(key, pod)
        return None

    def _begin(self, key: str, pod: Pod, taints: list[Taint]) -> float:
        """When the pod's time began to run (monotonic): with the newest taint, or with the pod itself."""
        held = self._due.get(key)
        if held is not None and held[0] == pod.metadata.uid:
            return held[1]
        now, moment = self._ctx.clock.now(), self._ctx.clock.monotonic()
        stamps = [taint.time_added for taint in taints] + [pod.metadata.creation_timestamp]
        ages = [(now - parse_time(stamp)).total_seconds() if stamp else 0.0 for stamp in stamps]
        begin = moment - max(min(ages), 0.0)
        self._due[key] = (pod.metadata.uid, begin)
        return begin

    async def _evict(self, key: str, pod: Pod) -> None:
        meta = pod.metadata
        self._ctx.recorder.event(pod, "Normal", "TaintManagerEviction", f"Marking for deletion Pod {key}")
        try:
            await mark_for_disruption(self._ctx, pod, _CAUSE, _MESSAGE)
            await self._ctx.client.delete(Pod, meta.name, meta.namespace, uid=meta.uid)
        except NotFound:
            pass
        self._due.pop(key, None)


def _tolerations(pod: Pod) -> object:
    return pod.spec.tolerations


def make(options: Options) -> TaintEvictionController:
    """The controller, for the catalog."""
    return TaintEvictionController()
