"""The server's store, offered to the worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from apiserver.heavy.channel import RemoteError
from apiserver.storage.store import (
    Compacted,
    FutureRevision,
    KeyExists,
    KeyValue,
    RevisionConflict,
    Store,
    StoreClosed,
    StoreError,
    StoreUnavailable,
    ValueTooLarge,
)

Fields = tuple[str, bytes, int, int]
PLAIN_ERRORS = {cls.__name__: cls for cls in (KeyExists, FutureRevision, ValueTooLarge, StoreUnavailable, StoreClosed)}
"""Errors that say nothing but their text."""


def fields(item: KeyValue) -> Fields:
    """A stored value as it crosses the channel."""
    return item.key, item.value, item.create_revision, item.mod_revision


def _told(error: StoreError) -> RemoteError:
    if isinstance(error, RevisionConflict):
        current = None if error.current is None else fields(error.current)
        return RemoteError("RevisionConflict", [error.key, current])
    if isinstance(error, Compacted):
        return RemoteError("Compacted", [error.revision])
    return RemoteError(type(error).__name__, [str(error)])


class StoreService:
    """Answers the questions of a `RemoteStore`. Closing is not the worker's business."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def ask(self, name: str, arguments: list[Any]) -> Any:
        """One operation of the store."""
        try:
            match name:
                case "revision":
                    return await self._store.revision()
                case "get":
                    found = await self._store.get(*arguments)
                    return None if found is None else fields(found)
                case "range":
                    prefix, start, limit, revision = arguments
                    page = await self._store.range(prefix, start=start, limit=limit, revision=revision)
                    return [fields(item) for item in page.items], page.revision, page.more
                case "create":
                    key, value, ttl = arguments
                    return await self._store.create(key, value, ttl=ttl)
                case "update":
                    key, value, revision, ttl = arguments
                    return await self._store.update(key, value, revision, ttl=ttl)
                case "delete":
                    return await self._store.delete(*arguments)
                case "compact":
                    return await self._store.compact(*arguments)
        except StoreError as error:
            raise _told(error) from None
        raise RemoteError("StoreError", [f"no operation {name}"])

    async def stream(self, name: str, arguments: list[Any]) -> AsyncIterator[Any]:
        """A watch."""
        try:
            async for batch in self._store.watch(*arguments):
                yield [(each.key, each.value, each.create_revision, each.revision) for each in batch]
        except StoreError as error:
            raise _told(error) from None
