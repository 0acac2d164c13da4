"""Objects that do not last: keys below a prefix are written with a time to live, whoever writes them."""

from __future__ import annotations

from apiserver.storage.layer import Layer
from apiserver.storage.store import Store


class ExpiringStore(Layer):
    """A layer that gives every key below `prefix` `ttl` seconds from its last write."""

    def __init__(self, inner: Store, prefix: str, ttl: int) -> None:
        super().__init__(inner)
        self._prefix = prefix
        self._ttl = ttl

    async def create(self, key: str, value: bytes, *, ttl: int = 0) -> int:
        """See Store."""
        if not ttl and key.startswith(self._prefix):
            ttl = self._ttl
        return await self.inner.create(key, value, ttl=ttl)

    async def update(self, key: str, value: bytes, mod_revision: int, *, ttl: int = 0) -> int:
        """See Store."""
        if not ttl and key.startswith(self._prefix):
            ttl = self._ttl
        return await self.inner.update(key, value, mod_revision, ttl=ttl)
