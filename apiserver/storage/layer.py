"""A `Store` on top of another: passes everything on, for layers that change a part of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from apiserver.storage.store import Change, KeyValue, Page, Store


class Layer:
    """Override what a layer is for."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    def stale(self, key: str) -> bool:
        """Whether a key's value is stored in another form than it would be written today, though it is the same."""
        return isinstance(self.inner, Layer) and self.inner.stale(key)

    async def revision(self) -> int:
        """See Store."""
        return await self.inner.revision()

    async def get(self, key: str) -> KeyValue | None:
        """See Store."""
        return await self.inner.get(key)

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        """See Store."""
        return await self.inner.range(prefix, start=start, limit=limit, revision=revision)

    async def create(self, key: str, value: bytes, *, ttl: int = 0) -> int:
        """See Store."""
        return await self.inner.create(key, value, ttl=ttl)

    async def update(self, key: str, value: bytes, mod_revision: int, *, ttl: int = 0) -> int:
        """See Store."""
        return await self.inner.update(key, value, mod_revision, ttl=ttl)

    async def delete(self, key: str, mod_revision: int) -> int:
        """See Store."""
        return await self.inner.delete(key, mod_revision)

    def watch(self, prefix: str, after: int) -> AsyncIterator[list[Change]]:
        """See Store."""
        return self.inner.watch(prefix, after)

    async def compact(self, revision: int) -> None:
        """See Store."""
        await self.inner.compact(revision)

    async def close(self) -> None:
        """See Store."""
        await self.inner.close()
