"""The TTL controller: the annotation `node.alpha.kubernetes.io/ttl` of each node."""

from __future__ import annotations

from controllers.options import Options
from minik8s.api.core_v1 import Node
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer

ANNOTATION = "node.alpha.kubernetes.io/ttl"
# Least and most nodes, and the seconds: the steps overlap so that a few nodes more or less change nothing.
_STEPS = ((0, 100, 0), (90, 500, 15), (450, 1000, 30), (900, 2000, 60), (1800, 1 << 31, 300))


class TTLController:
    """Annotates nodes by how many there are."""

    name = "ttl-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch nodes."""
        self._ctx = ctx
        self._step = 0
        self._count = 0
        self._nodes: Informer[Node] = ctx.informers.of(Node)
        self._nodes.on_change(self._changed)

    def _changed(self, old: Node | None, new: Node | None) -> None:
        self._count += (new is not None) - (old is not None)
        before = self._step
        while self._step and self._count < _STEPS[self._step][0]:
            self._step -= 1
        while self._count > _STEPS[self._step][1]:
            self._step += 1
        if new is not None and self._is_wrong(new):
            self._ctx.enqueue(new.metadata.name)
        if before != self._step:
            for node in self._nodes.list():
                self._ctx.enqueue(node.metadata.name)

    def _is_wrong(self, node: Node) -> bool:
        return node.metadata.annotations.get(ANNOTATION) != str(_STEPS[self._step][2])

    async def reconcile(self, key: str) -> float | None:
        """Annotate one node."""
        node = self._nodes.get(key)
        if node is not None and self._is_wrong(node):
            patch = {"metadata": {"annotations": {ANNOTATION: str(_STEPS[self._step][2])}}}
            try:
                await self._ctx.client.patch(Node, key, patch, patch_type="strategic")
            except NotFound:
                return None
        return None


def make(options: Options) -> TTLController:
    """The controller, for the catalog."""
    return TTLController()
