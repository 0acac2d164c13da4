"""A store whose operations are timed."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Protocol, TypeVar

from apiserver.storage.layer import Layer
from apiserver.storage.store import KeyExists, KeyValue, Page, RevisionConflict, Store

T = TypeVar("T")


class Observe(Protocol):
    """Takes note of one operation.

    `resource` is the first part of the key below the root, `seconds` how long it took.
    """

    def __call__(self, operation: str, resource: str, seconds: float, *, failed: bool) -> None:
        """Count it."""
        ...


def _nowhere(operation: str, resource: str, seconds: float, *, failed: bool) -> None:
    return


class Measured(Layer):
    """Tells `observe` how long each operation took; names of operations are those of Kubernetes' metrics."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.observe: Observe = _nowhere

    async def get(self, key: str) -> KeyValue | None:
        """See Store."""
        return await self._timed("get", key, self.inner.get(key))

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        """See Store."""
        asked = self.inner.range(prefix, start=start, limit=limit, revision=revision)
        return await self._timed("list", prefix, asked)

    async def create(self, key: str, value: bytes, *, ttl: int = 0) -> int:
        """See Store."""
        return await self._timed("create", key, self.inner.create(key, value, ttl=ttl))

    async def update(self, key: str, value: bytes, mod_revision: int, *, ttl: int = 0) -> int:
        """See Store."""
        return await self._timed("update", key, self.inner.update(key, value, mod_revision, ttl=ttl))

    async def delete(self, key: str, mod_revision: int) -> int:
        """See Store."""
        return await self._timed("delete", key, self.inner.delete(key, mod_revision))

    async def _timed(self, operation: str, key: str, done: Awaitable[T]) -> T:
        started = time.perf_counter()
        failed = True
        try:
            found = await done
            failed = False
            return found
        except (KeyExists, RevisionConflict):
            failed = False  # an answer like any other
            raise
        finally:
            parts = key.split("/", 3)
            resource = parts[2] if len(parts) > 2 else ""
            self.observe(operation, resource, time.perf_counter() - started, failed=failed)
