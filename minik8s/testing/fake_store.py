"""Objects in memory with revisions, a history and watchers: what the fake API server keeps things in."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from minik8s.client.errors import Expired

Document = dict[str, Any]
Where = tuple[str, str]
"""(group, plural): versions of one group share their objects."""
Place = tuple[str, str]
"""(namespace, name)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One write: `before` None for a creation, `after` None for a removal (then `before` carries its revision)."""

    revision: int
    where: Where
    before: Document | None
    after: Document | None


class FakeStore:
    """Documents by resource, namespace and name; one revision for all, and every change since the start."""

    def __init__(self) -> None:
        self.revision = 1
        self.compacted = 0
        self.documents: dict[Where, dict[Place, Document]] = {}
        self._changes: list[Change] = []
        self._news: list[asyncio.Event] = []
        self._epoch = 0

    def get(self, where: Where, place: Place) -> Document | None:
        """A copy of one document."""
        found = self.documents.get(where, {}).get(place)
        return copy(found) if found is not None else None

    def all(self, where: Where) -> list[Document]:
        """The documents of a resource, by namespace and name; not to be changed."""
        return [document for _, document in sorted(self.documents.get(where, {}).items())]

    def put(self, where: Where, place: Place, document: Document) -> Document:
        """Write a document; it gets the next revision as its resource version."""
        self.revision += 1
        document = copy(document)
        document["metadata"]["resourceVersion"] = str(self.revision)
        held = self.documents.setdefault(where, {})
        self._note(Change(self.revision, where, held.get(place), document))
        held[place] = document
        return copy(document)

    def remove(self, where: Where, place: Place) -> Document:
        """Take a document out; its last state carries the revision of the removal."""
        self.revision += 1
        last = copy(self.documents[where].pop(place))
        last["metadata"]["resourceVersion"] = str(self.revision)
        self._note(Change(self.revision, where, last, None))
        return copy(last)

    def compact(self) -> None:
        """Forget the history: watches from before now are answered 410."""
        self.compacted = self.revision

    def drop_watches(self) -> None:
        """End all watches cleanly."""
        self._epoch += 1
        self._wake()

    async def changes(self, where: Where, after: int) -> AsyncIterator[Change]:
        """Changes of a resource after a revision, until `drop_watches`. Raises Expired."""
        if after < self.compacted:
            raise Expired(f"too old resource version: {after} ({self.compacted})")
        epoch, news = self._epoch, asyncio.Event()
        position = next((i for i, c in enumerate(self._changes) if c.revision > after), len(self._changes))
        self._news.append(news)
        try:
            while True:
                while position < len(self._changes) and epoch == self._epoch:
                    change = self._changes[position]
                    position += 1
                    if change.where == where:
                        yield change
                if epoch != self._epoch:
                    return
                news.clear()
                await news.wait()
        finally:
            self._news.remove(news)

    def _note(self, change: Change) -> None:
        self._changes.append(change)
        self._wake()

    def _wake(self) -> None:
        for news in self._news:
            news.set()


def copy(document: Document) -> Document:
    """A deep copy of plain values."""
    copied: Document = msgspec.json.decode(msgspec.json.encode(document))
    return copied
