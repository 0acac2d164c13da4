"""The thread that writes: one batch after another, each one transaction and one fsync.

It does as little in Python as can be, and makes few calls into SQLite: each of them gives up the interpreter's lock,
and getting it back from a busy event loop takes long.
"""

from __future__ import annotations

import asyncio
import dataclasses
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

from apiserver.storage.sqlite_file import DatabaseFile, failure
from apiserver.storage.store import Change, StoreError

Row = tuple[int, str, int, bytes | None, float | None]
# Rows in one statement, of which each number has its own that stays prepared: most batches are a single one.
_TOGETHER, _MANY = 64, 256
_INSERT = {
    size: f"INSERT INTO log VALUES {','.join(['(?,?,?,?,?)'] * size)}" for size in (*range(1, _TOGETHER + 1), _MANY)
}


@dataclasses.dataclass(slots=True)
class Batch:
    """What is carried out together: rows first, then other work.

    `answers` are given once it is durable; `before` is what the index of keys held before, to go back if it fails.
    """

    rows: list[Row] = dataclasses.field(default_factory=list)
    changes: list[Change] = dataclasses.field(default_factory=list)
    answers: list[tuple[asyncio.Future[Any], Any]] = dataclasses.field(default_factory=list)
    work: list[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]] = dataclasses.field(
        default_factory=list
    )
    before: list[tuple[str, Any]] = dataclasses.field(default_factory=list)


class Writer:
    """Hand it one batch at a time; `finished` is called in the event loop with the batch and its failure."""

    def __init__(self, file: DatabaseFile, finished: Callable[[Batch, StoreError | None], None]) -> None:
        self._file = file
        self._finished = finished
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def put(self, batch: Batch) -> None:
        """Carry it out."""
        self._queue.put(batch)

    async def close(self) -> None:
        """Wait until all is done."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            error: StoreError | None = None
            try:
                self._carry_out(self._file.db, batch)
            except sqlite3.Error as fault:
                # Disk full or worse: nothing of the batch stands.
                if self._file.db.in_transaction:
                    self._file.db.execute("ROLLBACK")
                error = failure(self._file.path, fault)
            self._loop.call_soon_threadsafe(self._finished, batch, error)

    def _carry_out(self, db: sqlite3.Connection, batch: Batch) -> None:
        rows = batch.rows
        if 0 < len(rows) <= _TOGETHER and not batch.work:
            # One statement is its own transaction, all of it or nothing.
            db.execute(_INSERT[len(rows)], [value for row in rows for value in row])
            return
        db.execute("BEGIN")
        at = 0
        while left := len(rows) - at:
            size = _MANY if left >= _MANY else min(left, _TOGETHER)
            db.execute(_INSERT[size], [value for row in rows[at : at + size] for value in row])
            at += size
        for work, future in batch.work:
            try:
                outcome = work(db)
            except sqlite3.Error as fault:
                outcome = failure(self._file.path, fault)
                if not db.in_transaction:
                    raise
            except StoreError as refused:
                outcome = refused
            batch.answers.append((future, outcome))
        db.execute("COMMIT")
