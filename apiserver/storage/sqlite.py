"""The embedded store: an append-only log of changes in one SQLite file.

One writer thread drains a queue and commits what it finds as one transaction (group commit): under load a
single fsync serves many callers. A caller is answered, and a watcher told, only after that commit.
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
import queue
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog

from apiserver.storage.sqlite_file import DatabaseFile, failure
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

_BATCH = 512
# Revisions swept, and pages given back to the file system, in one turn of the writer: writes wait for no more.
_SWEPT_AT_ONCE = 1000
_PAGES_AT_ONCE = 1000
# Keys that expire within a second of each other are deleted together.
_EXPIRY_SECONDS = 1.0
# The first revision is 1 as in etcd, so that 0 can mean "none".
_FIRST_REVISION = 1


@dataclasses.dataclass(slots=True)
class _Call:
    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]


class SQLiteStore:
    """`Store` on one SQLite file, for one process. Create it with `open` in a running event loop."""

    def __init__(self, path: str, clock: Clock | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock = clock or SystemClock()
        self._file = DatabaseFile(path)
        self._db = self._file.db
        try:
            newest: int = self._db.execute("SELECT coalesce(max(revision), 0) FROM log").fetchone()[0]
            kept: dict[str, int] = dict(self._db.execute("SELECT name, value FROM state").fetchall())
        except sqlite3.Error as error:
            self._file.close()
            raise failure(path, error) from None
        self._compacted: int = kept.get("compacted", 0)
        self._revision: int = max(newest, kept.get("revision", 0), _FIRST_REVISION)
        self._queue: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._watchers: list[tuple[str, asyncio.Queue[list[Change] | None]]] = []
        self._fresh: list[Change] = []
        self._published: int = self._revision
        self._closed = False
        self._sweeping = asyncio.Lock()
        self._expiry_known = asyncio.Event()
        self._expiry_known.set()
        self._next_expiry = math.inf
        self._expiring = self._loop.create_task(self._expire_forever())
        self._thread = threading.Thread(target=self._write_loop, name="sqlite-writer", daemon=True)
        self._thread.start()

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
        found: KeyValue | None = await self._run(lambda db: _current(db, key))
        return found

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        """See Store."""

        def work(db: sqlite3.Connection) -> Page:
            at = revision or self._revision
            if at > self._revision:
                raise FutureRevision(f"revision {at} is later than the current {self._revision}")
            if at < self._compacted:
                raise Compacted(self._compacted)
            rows = db.execute(
                "SELECT key, value, create_revision, revision FROM log l"
                " WHERE key >= ? AND key < ? AND value IS NOT NULL"
                " AND revision = (SELECT max(revision) FROM log WHERE key = l.key AND revision <= ?)"
                " ORDER BY key LIMIT ?",
                (max(prefix, start), prefix + "\U0010ffff", at, limit + 1 if limit else -1),
            ).fetchall()
            more = bool(limit) and len(rows) > limit
            return Page([KeyValue(*row) for row in (rows[:limit] if limit else rows)], at, more)

        page: Page = await self._run(work)
        return page

    async def create(self, key: str, value: bytes, *, ttl: int = 0) -> int:
        """See Store."""

        def work(db: sqlite3.Connection) -> int:
            if _current(db, key) is not None:
                raise KeyExists(f"{key}: exists already")
            return self._append(db, key, value, None, None, ttl)

        created: int = await self._run(work)
        return created

    async def update(self, key: str, value: bytes, mod_revision: int, *, ttl: int = 0) -> int:
        """See Store."""
        changed: int = await self._run(lambda db: self._replace(db, key, value, mod_revision, ttl))
        return changed

    async def delete(self, key: str, mod_revision: int) -> int:
        """See Store."""
        deleted: int = await self._run(lambda db: self._replace(db, key, None, mod_revision, 0))
        return deleted

    async def watch(self, prefix: str, after: int) -> AsyncIterator[list[Change]]:
        """See Store."""
        batches: asyncio.Queue[list[Change] | None] = asyncio.Queue()
        entry = (prefix, batches)
        self._watchers.append(entry)
        try:
            last = after
            history = await self._run(lambda db: self._history(db, prefix, after))
            if history:
                last = history[-1].revision
                yield history
            while (batch := await batches.get()) is not None:
                # What was committed while the history was read may stand in both.
                if new := [c for c in batch if c.revision > last]:
                    yield new
        finally:
            self._watchers.remove(entry)

    async def compact(self, revision: int) -> None:
        """See Store. The file shrinks by what is forgotten."""

        def begin(db: sqlite3.Connection) -> None:
            if revision > self._revision:
                raise FutureRevision(f"revision {revision} is later than the current {self._revision}")
            # The newest change may be forgotten: the counter must not go back.
            target = max(self._compacted, revision)
            db.executemany("REPLACE INTO state VALUES (?, ?)", [("compacted", target), ("revision", self._revision)])
            self._compacted = target

        def sweep(db: sqlite3.Connection) -> bool:
            # Where a sweep that was broken off has to go on is in the file too.
            row = db.execute("SELECT value FROM state WHERE name = 'swept'").fetchone()
            low = row[0] if row else 0
            if low >= self._compacted:
                return False
            high = min(low + _SWEPT_AT_ONCE, self._compacted)
            db.execute(
                "DELETE FROM log WHERE revision IN (SELECT old.revision FROM log new JOIN log old"
                " ON old.key = new.key AND old.revision < new.revision WHERE new.revision > ? AND new.revision <= ?)",
                (low, high),
            )
            db.execute("DELETE FROM log WHERE revision > ? AND revision <= ? AND value IS NULL", (low, high))
            db.execute("REPLACE INTO state VALUES ('swept', ?)", (high,))
            return True

        def shrink(db: sqlite3.Connection) -> bool:
            free: int = db.execute("PRAGMA freelist_count").fetchone()[0]
            # Python's sqlite3 takes one step of this pragma, which is one page, whatever number it is given.
            for _ in range(min(free, _PAGES_AT_ONCE)):
                db.execute("PRAGMA incremental_vacuum(1)")
            return free > _PAGES_AT_ONCE

        async with self._sweeping:
            await self._run(begin)
            while await self._run(sweep):
                pass
            while await self._run(shrink):
                pass

    async def close(self) -> None:
        """See Store."""
        if self._closed:
            return
        self._closed = True
        self._expiring.cancel()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._file.close()
        for _, batches in self._watchers:
            batches.put_nowait(None)

    async def _run(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        if self._closed:
            raise StoreClosed("the store is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        self._queue.put(_Call(work, future))
        return await future

    def _append(
        self,
        db: sqlite3.Connection,
        key: str,
        value: bytes | None,
        previous: bytes | None,
        created: int | None,
        ttl: int,
    ) -> int:
        revision = self._revision + 1
        change = Change(key, value, previous, created or revision, revision)
        expires = self._clock.now().timestamp() + ttl if ttl else None
        db.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?)", (revision, key, change.create_revision, value, expires))
        self._revision = revision
        self._fresh.append(change)
        if expires is not None and expires < self._next_expiry:
            self._next_expiry = expires
            self._loop.call_soon_threadsafe(self._expiry_known.set)
        return revision

    def _replace(self, db: sqlite3.Connection, key: str, value: bytes | None, mod_revision: int, ttl: int) -> int:
        current = _current(db, key)
        if current is None or current.mod_revision != mod_revision:
            raise RevisionConflict(key, current)
        return self._append(db, key, value, current.value, current.create_revision, ttl)

    async def _expire_forever(self) -> None:
        while True:
            try:
                await self._run(self._expire)
            except StoreClosed:
                return
            except StoreError as error:
                log.error("cannot delete what has expired, trying again", error=str(error))
                self._next_expiry = self._clock.now().timestamp() + 60
            self._expiry_known.clear()
            waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._expiry_known.wait())]
            if self._next_expiry < math.inf:
                pause = max(self._next_expiry - self._clock.now().timestamp(), 0) + _EXPIRY_SECONDS / 2
                waiting.append(asyncio.ensure_future(self._clock.sleep(pause)))
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waiting:
                    each.cancel()

    def _expire(self, db: sqlite3.Connection) -> None:
        now = self._clock.now().timestamp()
        rows = db.execute(
            "SELECT key, value, create_revision FROM log l WHERE expires <= ? AND value IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM log n WHERE n.key = l.key AND n.revision > l.revision) LIMIT ?",
            (now, _SWEPT_AT_ONCE),
        ).fetchall()
        for key, value, created in rows:
            self._append(db, key, None, value, created, 0)
        # When there is more to delete than was done in this turn, the next one comes at once.
        after = 0.0 if len(rows) == _SWEPT_AT_ONCE else now
        soonest = db.execute("SELECT min(expires) FROM log WHERE expires > ?", (after,)).fetchone()[0]
        self._next_expiry = math.inf if soonest is None else soonest

    def _history(self, db: sqlite3.Connection, prefix: str, after: int) -> list[Change]:
        if after < self._compacted:
            raise Compacted(self._compacted)
        rows = db.execute(
            "SELECT key, value, (SELECT value FROM log old WHERE old.key = log.key AND old.revision < log.revision"
            " ORDER BY old.revision DESC LIMIT 1), create_revision, revision FROM log"
            " WHERE revision > ? AND key >= ? AND key < ? ORDER BY revision",
            (after, prefix, prefix + "\U0010ffff"),
        )
        return [Change(*row) for row in rows]

    def _write_loop(self) -> None:
        while (call := self._queue.get()) is not None:
            calls, stop = [call], False
            while len(calls) < _BATCH:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    stop = True
                    break
                calls.append(more)
            outcomes = self._commit(calls)
            fresh, self._fresh = self._fresh, []
            self._loop.call_soon_threadsafe(self._deliver, outcomes, fresh)
            if stop:
                return

    def _commit(self, calls: list[_Call]) -> list[tuple[asyncio.Future[Any], Any]]:
        before, outcomes = (self._revision, self._compacted), []
        try:
            self._db.execute("BEGIN")
            for call in calls:
                try:
                    outcomes.append((call.future, call.work(self._db)))
                except sqlite3.Error:
                    raise
                except Exception as refused:
                    outcomes.append((call.future, refused))
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            # Disk full or worse: nothing of the batch stands, and everybody in it is told.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._revision, self._compacted = before
            self._fresh.clear()
            return [(call.future, failure(self._file.path, error)) for call in calls]
        return outcomes

    def _deliver(self, outcomes: list[tuple[asyncio.Future[Any], Any]], fresh: list[Change]) -> None:
        if fresh:
            self._published = fresh[-1].revision
            for prefix, batches in self._watchers:
                if mine := [c for c in fresh if c.key.startswith(prefix)]:
                    batches.put_nowait(mine)
        for future, outcome in outcomes:
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)


def _current(db: sqlite3.Connection, key: str) -> KeyValue | None:
    row = db.execute(
        "SELECT key, value, create_revision, revision FROM log WHERE key = ? ORDER BY revision DESC LIMIT 1", (key,)
    ).fetchone()
    return KeyValue(*row) if row is not None and row[1] is not None else None
