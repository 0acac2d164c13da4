"""A `Store` that is another process's: every operation crosses a channel."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

from apiserver.heavy.channel import Channel, ChannelClosed, RemoteError
from apiserver.heavy.store_service import PLAIN_ERRORS
from apiserver.storage.layer import Layer
from apiserver.storage.store import (
    Change,
    Compacted,
    KeyValue,
    Page,
    RevisionConflict,
    Store,
    StoreClosed,
    StoreError,
    StoreUnavailable,
)


def _error(told: RemoteError) -> StoreError:
    if told.name == "RevisionConflict":
        key, current = told.arguments
        return RevisionConflict(key, None if current is None else KeyValue(*current))
    if told.name == "Compacted":
        return Compacted(told.arguments[0])
    return PLAIN_ERRORS.get(told.name, StoreError)(told.arguments[0])


class RemoteStore:
    """See `Store`."""

    def __init__(self) -> None:
        self._channel: Channel | None = None
        self._closed = False

    def connect(self, channel: Channel) -> None:
        """Use a channel from now on."""
        self._channel = channel

    def _open(self) -> Channel:
        if self._closed:
            raise StoreClosed("the store is closed")
        if self._channel is None:
            raise StoreUnavailable("there is no connection to the store")
        return self._channel

    async def _ask(self, name: str, *arguments: Any) -> Any:
        channel = self._open()
        try:
            return await channel.ask(name, *arguments)
        except RemoteError as told:
            raise _error(told) from None
        except ChannelClosed:
            raise StoreUnavailable("the process that has the store is gone") from None

    async def revision(self) -> int:
        """See Store."""
        found: int = await self._ask("revision")
        return found

    async def get(self, key: str) -> KeyValue | None:
        """See Store."""
        found = await self._ask("get", key)
        return None if found is None else KeyValue(*found)

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        """See Store."""
        items, shown, more = await self._ask("range", prefix, start, limit, revision)
        return Page([KeyValue(*item) for item in items], shown, more)

    async def create(self, key: str, value: bytes, *, ttl: int = 0) -> int:
        """See Store."""
        found: int = await self._ask("create", key, value, ttl)
        return found

    async def update(self, key: str, value: bytes, mod_revision: int, *, ttl: int = 0) -> int:
        """See Store."""
        found: int = await self._ask("update", key, value, mod_revision, ttl)
        return found

    async def delete(self, key: str, mod_revision: int) -> int:
        """See Store."""
        found: int = await self._ask("delete", key, mod_revision)
        return found

    async def watch(self, prefix: str, after: int) -> AsyncIterator[list[Change]]:
        """See Store."""
        channel = self._open()
        try:
            async for batch in channel.stream("watch", prefix, after):
                yield [Change(*each) for each in batch]
        except RemoteError as told:
            raise _error(told) from None
        except ChannelClosed:
            # It does not come back: who follows it ends, as this process does.
            raise StoreClosed("the process that has the store is gone") from None

    async def compact(self, revision: int) -> None:
        """See Store."""
        await self._ask("compact", revision)

    async def close(self) -> None:
        """See Store; where it is, the store stays open."""
        self._closed = True
        if self._channel is not None:
            self._channel.end_streams()


class MarkedStore(Layer):
    """Knows of single keys that they are stored in another form than they would be written today."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._stale: Counter[str] = Counter()

    @contextlib.contextmanager
    def marked(self, key: str) -> Iterator[None]:
        """While a request is carried out whose object that is; "" marks nothing."""
        self._stale[key] += 1
        try:
            yield
        finally:
            self._stale[key] -= 1
            if not self._stale[key]:
                del self._stale[key]

    def stale(self, key: str) -> bool:
        """See Layer."""
        return key in self._stale
