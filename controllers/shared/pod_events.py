"""Pod changes to the keys of those who manage pods."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from controllers.shared import pods
from controllers.shared.expectations import Expectations
from controllers.shared.pace import Pace
from minik8s.api.core_v1 import Pod
from minik8s.api.objects import Object
from minik8s.client.controller import ControllerContext
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.owners import controller_of

Lookup = Callable[[str, str], Object | None]
"""(name, namespace) of an owner to the owner in the cache."""
Matching = Callable[[Pod], Iterable[str]]
"""A pod without owner to the keys of those who might adopt it."""


class PodEvents:
    """Enqueues the managing owner of each changed pod, and tells the expectations what was seen.

    With a `pace` an owner of many pods is not enqueued for each change of one; new and lost pods count at once.
    """

    def __init__(
        self,
        ctx: ControllerContext,
        kind: str,
        owner: Lookup,
        matching: Matching,
        expectations: Expectations | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._ctx, self._kind = ctx, kind
        self._owner, self._matching = owner, matching
        self._expectations = expectations
        self._changed_soon = ctx.enqueue if pace is None else pace.enqueue
        self.informer: Informer[Pod] = ctx.informers.of(Pod, indexers={pods.OWNER: pods.by_owner})
        self.informer.on_change(self._changed)

    def key(self, pod: Pod) -> str:
        """The key of the owner that manages a pod, "" when none of this kind does."""
        reference = controller_of(pod)
        if reference is None or reference.kind != self._kind:
            return ""
        owner = self._owner(reference.name, pod.metadata.namespace)
        return key_of(owner) if owner is not None and owner.metadata.uid == reference.uid else ""

    def _changed(self, old: Pod | None, new: Pod | None) -> None:
        if new is None:
            assert old is not None
            self._gone(old)
        elif new.metadata.deletion_timestamp is not None:
            self._gone(new)
            if old is not None and self.key(old) != self.key(new):
                self._gone(old)
        elif old is None:
            self._added(new)
        else:
            self._updated(old, new)

    def _gone(self, pod: Pod) -> None:
        if key := self.key(pod):
            if self._expectations is not None:
                self._expectations.deletion_observed(key, key_of(pod))
            self._ctx.enqueue(key)

    def _added(self, pod: Pod) -> None:
        if controller_of(pod) is None:
            self._orphaned(pod)
        elif key := self.key(pod):
            if self._expectations is not None:
                self._expectations.creation_observed(key)
            self._ctx.enqueue(key)

    def _updated(self, old: Pod, new: Pod) -> None:
        before, after = self.key(old), self.key(new)
        if before and before != after:
            self._ctx.enqueue(before)
        if after:
            self._changed_soon(after)
        elif controller_of(new) is None:
            if old.metadata.labels != new.metadata.labels or controller_of(old) is not None:
                self._orphaned(new)

    def _orphaned(self, pod: Pod) -> None:
        for key in self._matching(pod):
            self._ctx.enqueue(key)
