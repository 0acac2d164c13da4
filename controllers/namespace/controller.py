"""The namespace controller."""

from __future__ import annotations

from controllers.namespace.conditions import conditions_of
from controllers.namespace.content import Left, delete_all
from controllers.options import Options
from minik8s.api.core_v1 import Namespace, Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.conditions import set_condition
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_time

FINALIZER = "kubernetes"
_FIRST_PAUSE = 0.5
_GRACE = 0.1
"""Seconds between a deletion being seen and the work on it, so that requests under way can end."""


class NamespaceController:
    """Empties namespaces that are being deleted."""

    name = "namespace-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch namespaces, and pods: the last one gone means the rest can be deleted."""
        self._ctx = ctx
        self._namespaces: Informer[Namespace] = ctx.informers.of(Namespace)
        self._namespaces.on_change(self._changed)
        self._pods: Informer[Pod] = ctx.informers.of(Pod)
        self._pods.on_change(self._pod_changed)
        self._rounds: dict[str, int] = {}

    def _changed(self, old: Namespace | None, new: Namespace | None) -> None:
        if new is None and old is not None:
            self._rounds.pop(old.metadata.name, None)
        elif new is not None and new.metadata.deletion_timestamp is not None:
            if old is not None and old.metadata.deletion_timestamp is not None and old.spec == new.spec:
                # Our own conditions are no reason to look again at once.
                return
            self._ctx.enqueue_after(new.metadata.name, _GRACE)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        if new is not None or old is None:
            return
        namespace = self._namespaces.get(old.metadata.namespace)
        if namespace is not None and namespace.metadata.deletion_timestamp is not None:
            if not self._pods.list(old.metadata.namespace):
                self._ctx.enqueue(old.metadata.namespace)

    async def reconcile(self, key: str) -> float | None:
        """One round of deleting; returns when to look again."""
        held = self._namespaces.get(key)
        if held is None or held.metadata.deletion_timestamp is None:
            return None
        namespace = deep_copy(held)
        try:
            if namespace.status.phase != "Terminating":
                namespace.status.phase = "Terminating"
                namespace = await self._ctx.client.update(namespace, "status")
            if FINALIZER not in namespace.spec.finalizers:
                return None
            left = await delete_all(self._ctx.client, key)
            namespace = await self._tell(namespace, left)
            if left.resources or left.failures or left.undiscovered:
                return self._pause(key, left)
            namespace.spec.finalizers.remove(FINALIZER)
            await self._ctx.client.update(namespace, "finalize")
        except NotFound:
            return None
        return None

    def _pause(self, key: str, left: Left) -> float:
        """Short at first, since most things go at once; at most what they are thought to need."""
        rounds = self._rounds[key] = self._rounds.get(key, -1) + 1
        return float(min(_FIRST_PAUSE * 2 ** min(rounds, 10), left.seconds / 2 + 1 if left.seconds else 60.0))

    async def _tell(self, namespace: Namespace, left: Left) -> Namespace:
        now = format_time(self._ctx.clock.now())
        before = {(c.type, c.status, c.reason, c.message) for c in namespace.status.conditions}
        for condition in conditions_of(left):
            set_condition(namespace.status.conditions, condition, now)
        after = {(c.type, c.status, c.reason, c.message) for c in namespace.status.conditions}
        if before == after:
            return namespace
        return await self._ctx.client.update(namespace, "status")


def make(options: Options) -> NamespaceController:
    """The controller, for the catalog."""
    return NamespaceController()
