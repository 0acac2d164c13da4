"""What the SQLite store reads, sweeps and looks up: plain functions of a connection, run in the writer's thread."""

from __future__ import annotations

import sqlite3

from apiserver.storage.store import Change, KeyValue, Page

# Revisions swept, pages given back to the file system, keys expired in one turn of the writer: writes wait no longer.
AT_ONCE = 1000
_LAST = "\U0010ffff"
# Somebody who mends a value by hand (`sqlite3 FILE "UPDATE log SET value = …"`) writes text.
_VALUE = "CAST(value AS BLOB)"


def current(db: sqlite3.Connection, key: str) -> KeyValue | None:
    """A key as it is."""
    row = db.execute(
        "SELECT key, " + _VALUE + ", create_revision, revision FROM log WHERE key = ? ORDER BY revision DESC LIMIT 1",
        (key,),
    ).fetchone()
    return KeyValue(*row) if row is not None and row[1] is not None else None


def page(db: sqlite3.Connection, prefix: str, start: str, limit: int, revision: int) -> Page:
    """Part of a range as of a revision."""
    rows = db.execute(
        "SELECT key, " + _VALUE + ", create_revision, revision FROM log l"
        " WHERE key >= ? AND key < ? AND value IS NOT NULL"
        " AND revision = (SELECT max(revision) FROM log WHERE key = l.key AND revision <= ?)"
        " ORDER BY key LIMIT ?",
        (max(prefix, start), prefix + _LAST, revision, limit + 1 if limit else -1),
    ).fetchall()
    more = bool(limit) and len(rows) > limit
    return Page([KeyValue(*row) for row in (rows[:limit] if limit else rows)], revision, more)


def history(db: sqlite3.Connection, prefix: str, after: int, until: int) -> list[Change]:
    """The changes below a prefix behind one revision, up to another."""
    rows = db.execute(
        "SELECT key, " + _VALUE + ", create_revision, revision FROM log"
        " WHERE revision > ? AND revision <= ? AND key >= ? AND key < ? ORDER BY revision",
        (after, until, prefix, prefix + _LAST),
    )
    return [Change(*row) for row in rows]


def keys(db: sqlite3.Connection) -> list[tuple[str, int, int]]:
    """Every key that is there, when it was changed last and when it was created."""
    # With max() the other columns are those of the row that has it.
    rows = db.execute("SELECT key, max(revision), create_revision, value IS NULL FROM log GROUP BY key")
    return [(key, revision, created) for key, revision, created, gone in rows if not gone]


def expired(db: sqlite3.Connection, now: float) -> tuple[list[tuple[str, int]], float | None]:
    """Keys whose time has passed with their revisions, at most `AT_ONCE`; and when the next one's passes."""
    rows = db.execute(
        "SELECT key, revision FROM log l WHERE expires <= ? AND value IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM log n WHERE n.key = l.key AND n.revision > l.revision) LIMIT ?",
        (now, AT_ONCE),
    ).fetchall()
    if len(rows) == AT_ONCE:
        return rows, now
    soonest: float | None = db.execute("SELECT min(expires) FROM log WHERE expires > ?", (now,)).fetchone()[0]
    return rows, soonest


def sweep(db: sqlite3.Connection, compacted: int) -> bool:
    """Delete some of what is no longer needed up to a revision; whether there may be more.

    Where a sweep that was broken off has to go on is in the file.
    """
    row = db.execute("SELECT value FROM state WHERE name = 'swept'").fetchone()
    low = row[0] if row else 0
    if low >= compacted:
        return False
    high = min(low + AT_ONCE, compacted)
    db.execute(
        "DELETE FROM log WHERE revision IN (SELECT old.revision FROM log new JOIN log old"
        " ON old.key = new.key AND old.revision < new.revision WHERE new.revision > ? AND new.revision <= ?)",
        (low, high),
    )
    db.execute("DELETE FROM log WHERE revision > ? AND revision <= ? AND value IS NULL", (low, high))
    db.execute("REPLACE INTO state VALUES ('swept', ?)", (high,))
    return True


def shrink(db: sqlite3.Connection) -> bool:
    """Give some free pages back to the file system; whether there are more."""
    free: int = db.execute("PRAGMA freelist_count").fetchone()[0]
    # Python's sqlite3 takes one step of this pragma, which is one page, whatever number it is given.
    for _ in range(min(free, AT_ONCE)):
        db.execute("PRAGMA incremental_vacuum(1)")
    return free > AT_ONCE
