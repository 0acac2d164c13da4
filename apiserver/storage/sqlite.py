"""The embedded store: an append-only log of changes in one SQLite file.

One writer thread drains a queue and commits what it finds as one transaction (group commit): under load a
single fsync serves many callers. A caller is answered, and a watcher told, only after that commit.
"""

from __future__ import annotations

import asyncio
import dataclasses
import queue
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

from apiserver.storage.store import (
    Change,
    Compacted,
    FutureRevision,
    KeyExists,
    KeyValue,
    Page,
    RevisionConflict,
    StoreClosed,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    create_revision INTEGER NOT NULL,
    value BLOB,
    previous BLOB
);
CREATE INDEX IF NOT EXISTS log_key ON log (key, revision);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
_BATCH = 512
# The first revision is 1 as in etcd, so that 0 can mean "none".
_FIRST_REVISION = 1


@dataclasses.dataclass(slots=True)
class _Call:
    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]


class SQLiteStore:
    """`Store` on one SQLite file, for one process. Create it with `open` in a running event loop."""

    def __init__(self, path: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)
        newest: int = self._db.execute("SELECT coalesce(max(revision), 0) FROM log").fetchone()[0]
        kept: dict[str, int] = dict(self._db.execute("SELECT name, value FROM state").fetchall())
        self._compacted: int = kept.get("compacted", 0)
        self._revision: int = max(newest, kept.get("revision", 0), _FIRST_REVISION)
        self._queue: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._watchers: list[tuple[str, asyncio.Queue[list[Change] | None]]] = []
        self._fresh: list[Change] = []
        self._published: int = self._revision
        self._closed = False
        self._thread = threading.Thread(target=self._write_loop, name="sqlite-writer", daemon=True)
        self._thread.start()

    @classmethod
    async def open(cls, path: str) -> SQLiteStore:
        """Open or create the file at `path`. Raises sqlite3.Error if it is no database or cannot be written."""
        return cls(path)

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

    async def create(self, key: str, value: bytes) -> int:
        """See Store."""

        def work(db: sqlite3.Connection) -> int:
            if _current(db, key) is not None:
                raise KeyExists(f"{key}: exists already")
            return self._append(db, key, value, None, None)

        created: int = await self._run(work)
        return created

    async def update(self, key: str, value: bytes, mod_revision: int) -> int:
        """See Store."""
        changed: int = await self._run(lambda db: self._replace(db, key, value, mod_revision))
        return changed

    async def delete(self, key: str, mod_revision: int) -> int:
        """See Store."""
        deleted: int = await self._run(lambda db: self._replace(db, key, None, mod_revision))
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
        """See Store."""

        def work(db: sqlite3.Connection) -> None:
            if revision > self._revision:
                raise FutureRevision(f"revision {revision} is later than the current {self._revision}")
            if revision <= self._compacted:
                return
            db.execute(
                "DELETE FROM log WHERE revision <= ?1 AND (value IS NULL OR EXISTS"
                " (SELECT 1 FROM log n WHERE n.key = log.key AND n.revision > log.revision AND n.revision <= ?1))",
                (revision,),
            )
            # The newest change may just have been forgotten: the counter must not go back.
            db.executemany("REPLACE INTO state VALUES (?, ?)", [("compacted", revision), ("revision", self._revision)])
            self._compacted = revision

        await self._run(work)

    async def close(self) -> None:
        """See Store."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._db.close()
        for _, batches in self._watchers:
            batches.put_nowait(None)

    async def _run(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        if self._closed:
            raise StoreClosed("the store is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        self._queue.put(_Call(work, future))
        return await future

    def _append(
        self, db: sqlite3.Connection, key: str, value: bytes | None, previous: bytes | None, created: int | None
    ) -> int:
        revision = self._revision + 1
        change = Change(key, value, previous, created or revision, revision)
        db.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?)", (revision, key, change.create_revision, value, previous))
        self._revision = revision
        self._fresh.append(change)
        return revision

    def _replace(self, db: sqlite3.Connection, key: str, value: bytes | None, mod_revision: int) -> int:
        current = _current(db, key)
        if current is None or current.mod_revision != mod_revision:
            raise RevisionConflict(key, current)
        return self._append(db, key, value, current.value, current.create_revision)

    def _history(self, db: sqlite3.Connection, prefix: str, after: int) -> list[Change]:
        if after < self._compacted:
            raise Compacted(self._compacted)
        rows = db.execute(
            "SELECT key, value, previous, create_revision, revision FROM log"
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
        except sqlite3.Error as failure:
            # Disk full or worse: nothing of the batch stands, and everybody in it is told.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._revision, self._compacted = before
            self._fresh.clear()
            return [(call.future, failure) for call in calls]
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
