"""The embedded store: an append-only log of changes in one SQLite file.

Guards are checked here, in the event loop, against an index of all keys; what passes gets its revision at once and
joins the batch that is committed next (group commit): under load a single fsync serves many callers. A caller is
answered, a refused one too, and a watcher told, only after that commit.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any

import structlog

from apiserver.storage import sqlite_queries as queries
from apiserver.storage.sqlite_file import DatabaseFile, failure
from apiserver.storage.sqlite_writer import Batch, Writer
from apiserver.storage.store import (
    Change,
    Compacted,
    FutureRevision,
    KeyExists,
    KeyValue,
    Page,
    RevisionConflict,
    StoreClosed,
    StoreError,
)
from minik8s.clock import Clock, SystemClock

log = structlog.get_logger("apiserver.storage")

# Keys that expire within half a second of each other are deleted together.
_EXPIRY_SECONDS = 0.5
_EXPIRY_AGAIN_SECONDS = 60
# The first revision is 1 as in etcd, so that 0 can mean "none".
_FIRST_REVISION = 1
# What the index holds of a key: its revision, with that of its creation where it differs.
_Held = int | tuple[int, int]


class SQLiteStore:
    """`Store` on one SQLite file, for one process. Create it with `open` in a running event loop."""

    def __init__(self, path: str, clock: Clock | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock = clock or SystemClock()
        self._file = DatabaseFile(path)
        db = self._file.db
        try:
            newest: int = db.execute("SELECT coalesce(max(revision), 0) FROM log").fetchone()[0]
            kept: dict[str, int] = dict(db.execute("SELECT name, value FROM state").fetchall())
            self._index: dict[str, _Held] = {k: r if r == c else (r, c) for k, r, c in queries.keys(db)}
        except sqlite3.Error as error:
            self._file.close()
            raise failure(path, error) from None
        self._compacted: int = kept.get("compacted", 0)
        self._revision: int = max(newest, kept.get("revision", 0), _FIRST_REVISION)
        self._published: int = self._revision
        self._watchers: list[tuple[str, asyncio.Queue[list[Change] | None]]] = []
        self._closed = False
        self._batch = Batch()
        self._busy = False
        self._sweeping = asyncio.Lock()
        self._expiry_known = asyncio.Event()
        self._next_expiry = math.inf
        self._writer = Writer(self._file, self._finished)
        self._expiring = self._loop.create_task(self._expire_forever())

    @classmethod
    async def open(cls, path: str, clock: Clock | None = None) -> SQLiteStore:
        """Open or create the file at `path`.

        Raises StoreError if it is no database, cannot be written, or another process serves it.
        """
        return cls(path, clock)

    async def revision(self) -> int:
        """See Store."""
        return self._published

    async def get(self, key: str) -> KeyValue | None:
        """See Store."""
        found: KeyValue | None = await self._run(lambda db: queries.current(db, key))
        return found

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        """See Store."""
        if revision > self._revision:
            raise FutureRevision(f"revision {revision} is later than the current {self._revision}")
        # What joins this batch later is carried out before this is read, and not shown by it.
        at = revision or self._revision

        def work(db: sqlite3.Connection) -> Page:
            if at < self._compacted:
                raise Compacted(self._compacted)
            return queries.page(db, prefix, start, limit, at)

        page: Page = await self._run(work)
        return page

    async def create(self, key: str, value: bytes, *, ttl: int = 0) -> int:
        """See Store."""
        if key in self._index:
            refused: int = await self._answer(KeyExists(f"{key}: exists already"))
            return refused
        return await self._append(key, value, 0, ttl)

    async def update(self, key: str, value: bytes, mod_revision: int, *, ttl: int = 0) -> int:
        """See Store."""
        held = self._index.get(key, 0)
        if (held[0] if isinstance(held, tuple) else held) != mod_revision or not mod_revision:
            return await self._conflict(key)
        return await self._append(key, value, held[1] if isinstance(held, tuple) else held, ttl)

    async def delete(self, key: str, mod_revision: int) -> int:
        """See Store."""
        held = self._index.get(key, 0)
        if (held[0] if isinstance(held, tuple) else held) != mod_revision or not mod_revision:
            return await self._conflict(key)
        return await self._append(key, None, held[1] if isinstance(held, tuple) else held, 0)

    async def watch(self, prefix: str, after: int) -> AsyncGenerator[list[Change], None]:
        """See Store."""
        batches: asyncio.Queue[list[Change] | None] = asyncio.Queue()
        entry = (prefix, batches)
        self._watchers.append(entry)
        # What is published from here on comes through the queue, and nothing of it is read from history.
        until = self._published

        def work(db: sqlite3.Connection) -> list[Change]:
            if after < self._compacted:
                raise Compacted(self._compacted)
            return queries.history(db, prefix, after, until)

        try:
            if history := await self._run(work):
                yield history
            while (batch := await batches.get()) is not None:
                if batch[0].revision > after:
                    yield batch
                elif later := [c for c in batch if c.revision > after]:
                    yield later
        finally:
            self._watchers.remove(entry)

    async def compact(self, revision: int) -> None:
        """See Store. The file shrinks by what is forgotten."""
        if revision > self._revision:
            raise FutureRevision(f"revision {revision} is later than the current {self._revision}")

        def begin(db: sqlite3.Connection) -> None:
            # The newest change may be forgotten: the counter must not go back.
            target = max(self._compacted, revision)
            db.executemany("REPLACE INTO state VALUES (?, ?)", [("compacted", target), ("revision", newest)])
            self._compacted = target

        async with self._sweeping:
            newest = self._revision
            await self._run(begin)
            while await self._run(lambda db: queries.sweep(db, self._compacted)):
                pass
            while await self._run(queries.shrink):
                pass

    async def close(self) -> None:
        """See Store."""
        if self._closed:
            return
        self._closed = True
        self._expiring.cancel()
        while self._busy or self._batch.answers or self._batch.work:
            await asyncio.sleep(0.001)
        await self._writer.close()
        self._file.close()
        for _, batches in self._watchers:
            batches.put_nowait(None)

    def _append(self, key: str, value: bytes | None, created: int, ttl: int) -> asyncio.Future[int]:
        revision = self._revision + 1
        batch = self._batch
        future = self._answer(revision)
        self._revision = revision
        batch.before.append((key, self._index.get(key)))
        if value is None:
            del self._index[key]
        else:
            self._index[key] = (revision, created) if created else revision
        created = created or revision
        expires = self._clock.now().timestamp() + ttl if ttl else None
        batch.rows.append((revision, key, created, value, expires))
        batch.changes.append(Change(key, value, created, revision))
        if expires is not None and expires < self._next_expiry:
            self._next_expiry = expires
            self._expiry_known.set()
        return future

    def _answer(self, outcome: Any) -> asyncio.Future[Any]:
        """A future that has this outcome once all is durable that led to it."""
        if self._closed:
            raise StoreClosed("the store is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        self._batch.answers.append((future, outcome))
        self._kick()
        return future

    async def _conflict(self, key: str) -> int:
        raise RevisionConflict(key, await self.get(key))

    async def _run(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        if self._closed:
            raise StoreClosed("the store is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        self._batch.work.append((work, future))
        self._kick()
        return await future

    def _kick(self) -> None:
        if not self._busy:
            # Not at once: whoever else is ready to run in this turn of the loop may join.
            self._busy = True
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        batch, self._batch = self._batch, Batch()
        if batch.rows or batch.work:
            self._writer.put(batch)
        else:
            self._finished(batch, None)

    def _finished(self, batch: Batch, error: StoreError | None) -> None:
        self._busy = False
        if error is not None:
            self._undo(batch, error)
            return
        if batch.changes:
            self._published = batch.changes[-1].revision
            for prefix, batches in self._watchers:
                if mine := [c for c in batch.changes if c.key.startswith(prefix)] if prefix else batch.changes:
                    batches.put_nowait(mine)
        for future, outcome in batch.answers:
            if not future.done():
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
        if self._batch.answers or self._batch.work:
            self._kick()

    def _undo(self, batch: Batch, error: StoreError) -> None:
        """Nothing of a batch stands, nor of the next one, whose guards were checked against it."""
        later, self._batch = self._batch, Batch()
        for key, held in [*reversed(later.before), *reversed(batch.before)]:
            if held is None:
                self._index.pop(key, None)
            else:
                self._index[key] = held
        self._revision = self._published
        failed = [*batch.answers, *later.answers]
        waiting = [future for _, future in [*batch.work, *later.work]]
        for future in {*(future for future, _ in failed), *waiting}:
            if not future.done():
                future.set_exception(error)

    async def _expire_forever(self) -> None:
        while True:
            self._expiry_known.clear()
            try:
                self._next_expiry = math.inf
                now = self._clock.now().timestamp()
                rows, soonest = await self._run(partial(queries.expired, now=now))
                # Who was written meanwhile lives on.
                deletes = (self.delete(key, revision) for key, revision in rows)
                for outcome in await asyncio.gather(*deletes, return_exceptions=True):
                    if isinstance(outcome, Exception) and not isinstance(outcome, RevisionConflict):
                        raise outcome
                self._next_expiry = min(self._next_expiry, math.inf if soonest is None else soonest)
            except StoreClosed:
                return
            except StoreError as error:
                log.error("cannot delete what has expired, trying again", error=str(error))
                self._next_expiry = self._clock.now().timestamp() + _EXPIRY_AGAIN_SECONDS
            waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._expiry_known.wait())]
            if self._next_expiry < math.inf:
                pause = max(self._next_expiry - self._clock.now().timestamp(), 0) + _EXPIRY_SECONDS
                waiting.append(asyncio.ensure_future(self._clock.sleep(pause)))
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waiting:
                    each.cancel()
