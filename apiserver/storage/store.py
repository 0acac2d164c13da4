"""The `Store` protocol: what every storage back end offers, with the semantics of etcd v3.

One global revision counts every change. A key has the revision that created it and the one that changed it
last; writes are guarded by the latter. History can be read and watched back to the last compaction.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Protocol


@dataclasses.dataclass(frozen=True, slots=True)
class KeyValue:
    """One stored value and the revisions that created and last changed it."""

    key: str
    value: bytes
    create_revision: int
    mod_revision: int


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One change of one key: `value` is None for a delete, `create_revision` equals `revision` for a create.

    Of a deleted key a store need not know any more when it was created: then `create_revision` is 0.
    """

    key: str
    value: bytes | None
    create_revision: int
    revision: int


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """Part of a range in key order: `revision` is the one it shows, `more` whether keys follow the last."""

    items: list[KeyValue]
    revision: int
    more: bool


class StoreError(Exception):
    """A store refused or failed a call."""


class KeyExists(StoreError):
    """A create met a key that is there."""


class RevisionConflict(StoreError):
    """A guarded write met another revision; `current` is the key as it is, None if it is gone."""

    def __init__(self, key: str, current: KeyValue | None) -> None:
        super().__init__(f"{key}: changed since it was read")
        self.key = key
        self.current = current


class Compacted(StoreError):
    """The asked revision is older than what history still holds; `revision` is the last compacted one."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"revisions up to {revision} have been compacted")
        self.revision = revision


class FutureRevision(StoreError):
    """The asked revision has not happened yet."""


class ValueTooLarge(StoreError):
    """The value is larger than the store takes; nothing was written."""


class StoreUnavailable(StoreError):
    """The store cannot be reached; a write that was under way may have been carried out or not."""


class StoreClosed(StoreError):
    """The store was closed before the call could be carried out; nothing was written by it."""


class Store(Protocol):
    """A revisioned key-value store. Keys are text, ordered by their UTF-8 bytes."""

    async def revision(self) -> int:
        """The revision of the last change."""
        ...

    async def get(self, key: str) -> KeyValue | None:
        """The key as it is now, or None."""
        ...

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        """Keys below `prefix`, not before `start`, at most `limit` (0: all), as of `revision` (0: now).

        Raises Compacted or FutureRevision.
        """
        ...

    async def create(self, key: str, value: bytes, *, ttl: int = 0) -> int:
        """Write a new key durably and return its revision. Raises KeyExists.

        With `ttl` the key is deleted that many seconds after it was last written, or little later.
        """
        ...

    async def update(self, key: str, value: bytes, mod_revision: int, *, ttl: int = 0) -> int:
        """Replace a key last changed at `mod_revision`, durably; return the new revision. Raises RevisionConflict.

        Without `ttl` the key does not expire any more.
        """
        ...

    async def delete(self, key: str, mod_revision: int) -> int:
        """Delete a key last changed at `mod_revision`, durably; return the new revision. Raises RevisionConflict."""
        ...

    def watch(self, prefix: str, after: int) -> AsyncIterator[list[Change]]:
        """All changes below `prefix` later than revision `after`, in order, in batches, without end.

        Raises Compacted when iterated if history no longer reaches back to `after`.
        """
        ...

    async def compact(self, revision: int) -> None:
        """Forget what was replaced or deleted up to `revision`. Raises FutureRevision."""
        ...

    async def close(self) -> None:
        """End watches, finish what was begun, refuse what comes later."""
        ...
