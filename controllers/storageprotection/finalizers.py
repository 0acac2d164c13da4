"""A finalizer on every object of a kind, taken away when an object is to be deleted and nobody uses it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from minik8s.client.controller import ControllerContext
from minik8s.client.errors import Conflict, NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.copy import deep_copy

log = structlog.get_logger("protection")


class FinalizerKeeper:
    """The finalizer `finalizer` of one kind; `used` says whether an object that is to be deleted is still needed."""

    def __init__(self, finalizer: str, used: Callable[[Any], Awaitable[bool]]) -> None:
        self._finalizer, self._used = finalizer, used

    def setup(self, ctx: ControllerContext, cls: type[Any]) -> Informer[Any]:
        """Watch the kind; returns its informer."""
        self._ctx = ctx
        self._objects: Informer[Any] = ctx.informers.of(cls)
        self._objects.on_change(self._changed)
        return self._objects

    def _changed(self, old: Any | None, new: Any | None) -> None:
        if new is not None and self._concerns(new):
            self._ctx.enqueue_object(new)

    def _concerns(self, obj: Any) -> bool:
        """Kept objects should have the finalizer, and those to be deleted should not."""
        held = self._finalizer in obj.metadata.finalizers
        return held == (obj.metadata.deletion_timestamp is not None)

    async def keep(self, key: str) -> None:
        """Look at one object."""
        obj = self._objects.get_key(key)
        if obj is None or not self._concerns(obj):
            return
        meta = obj.metadata
        finalizers = [name for name in meta.finalizers if name != self._finalizer]
        if meta.deletion_timestamp is None:
            finalizers.append(self._finalizer)
        elif await self._used(obj):
            log.debug("still in use", object=key_of(obj))
            return
        # The account of the controller may update, not patch.
        wanted = deep_copy(obj)
        wanted.metadata.finalizers = finalizers
        try:
            await self._ctx.client.update(wanted)
        except NotFound:
            return
        except Conflict:
            # The cache is behind; its news may not wake us when only other fields changed.
            self._ctx.enqueue_after(key, 0.1)
