"""The watch cache of a version that a webhook converts: what changes is shown once it has been converted.

Objects that were there before are converted when they are first asked for, many at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec

from apiserver.auth.errors import StatusError, internal
from apiserver.crd.forms import ConvertedForm
from apiserver.storage.cache import ResourceCache
from apiserver.storage.entry import Entry, Form
from apiserver.storage.view import ViewCache, ViewEntry
from apiserver.storage.watchers import Change

ConvertAll = Callable[[list[bytes], str], Awaitable[list[bytes]]]
"""Stored values of any version, and the version wanted; the values in that version. Raises StatusError."""
_AT_ONCE = 500


class ConvertedEntry(ViewEntry):
    """An entry that may wait for its conversion: then it is not `ready`."""

    __slots__ = ("ready",)

    def __init__(self, form: Form, source: Entry) -> None:
        super().__init__(form, source)
        self.ready = self._stored().startswith(form.head)

    def __getattr__(self, name: str) -> Any:
        if name != "wire":
            raise AttributeError(name)
        if not self.ready:
            raise internal(f"{self.name} has not been converted")
        self.wire = self.form.wire(self._stored(), self.revision)
        return self.wire

    def _stored(self) -> bytes:
        return self._source.form.stored(self._source.wire)

    @property
    def size(self) -> int:
        """See Entry: of the stored object, where it is not converted yet."""
        return len(self.wire) if self.ready else len(self._stored())

    def waits(self) -> bytes | None:
        """The stored value, if it has to be converted."""
        return None if self.ready else self._stored()

    def become(self, value: bytes) -> None:
        """Take the converted value."""
        self.wire = self.form.wire(value, self.revision)
        self.ready = True


class ConvertedCache(ViewCache):
    """A view whose entries come from a webhook. `behind` tells that changes are being converted."""

    def __init__(
        self, source: ResourceCache, form: ConvertedForm, convert: ConvertAll, deliver: Callable[[ResourceCache], None]
    ) -> None:
        self._queue: list[Change] = []
        self._task: asyncio.Task[None] | None = None
        self._group_version = form.custom.group_version
        self._convert = convert
        self._deliver = deliver
        super().__init__(source, form)

    def reload(self) -> None:
        """See ViewCache."""
        self._queue.clear()
        self.clear()
        for entry in self._source.ordered():
            self._put(ConvertedEntry(self.form, entry))
        self.floor, self.revision = self._source.floor, self._source.revision

    def follow(self, change: Change) -> None:
        """See ViewCache; what has to be converted shows up later, and everything behind it too."""
        new = ConvertedEntry(self.form, change.new) if change.new is not None else None
        mine = Change(change.revision, change.old, new)
        if not self._queue and (new is None or new.waits() is None):
            self._show(mine)
            return
        self._queue.append(mine)
        self.behind = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def settled(self) -> None:
        """Wait until all changes seen so far are shown."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)

    async def converted(self, entries: Iterable[Entry]) -> None:
        """Convert those that still wait. Raises StatusError."""
        waiting: list[tuple[ConvertedEntry, bytes]] = []
        for entry in entries:
            assert isinstance(entry, ConvertedEntry)
            if (value := entry.waits()) is not None:
                waiting.append((entry, value))
        for start in range(0, len(waiting), _AT_ONCE):
            part = waiting[start : start + _AT_ONCE]
            found = await self._convert([value for _, value in part], self._group_version)
            for (entry, _), value in zip(part, found, strict=True):
                entry.become(value)

    async def _work(self) -> None:
        while self._queue:
            batch = self._queue[:_AT_ONCE]
            problem: StatusError | None = None
            try:
                await self.converted(change.new for change in batch if change.new is not None)
            except StatusError as error:
                problem = error
            del self._queue[: len(batch)]
            if problem is not None:
                self._fail(problem)
            for change in batch:
                self._show(change)
            self._deliver(self)
        self.behind = False

    def _show(self, change: Change) -> None:
        about = change.new or change.old
        assert about is not None
        old = self.get(about.namespace, about.name)
        if change.new is not None:
            self._put(change.new)
        elif old is not None:
            self._remove(old)
        mine = Change(change.revision, old, change.new)
        self.revision = change.revision
        self._remember(mine)
        try:
            self.watchers.tell(mine)
        except StatusError as error:
            self._fail(error)

    def _fail(self, error: StatusError) -> None:
        frame = msgspec.json.encode(error.status)
        for watcher in list(self.watchers):
            watcher.send([watcher.format.error(frame)])
            watcher.stop("objects could not be converted")
