"""The file behind the embedded store: opened for one process, brought to today's form, its faults put in words."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

from apiserver.storage.store import StoreError

# What `PRAGMA user_version` says of the tables below.
FORMAT = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    create_revision INTEGER NOT NULL,
    value BLOB,
    expires REAL
);
CREATE INDEX IF NOT EXISTS log_key ON log (key, revision);
CREATE INDEX IF NOT EXISTS log_expires ON log (expires) WHERE expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
_INCREMENTAL = 2
_LARGEST_JOURNAL = 64 * 1024 * 1024
# Below this SQLite cannot enlarge the least of its files.
_LEAST_ROOM = 64 * 1024


class DatabaseFile:
    """An open database and the lock that keeps other processes away from it; a killed process leaves no lock."""

    def __init__(self, path: str) -> None:
        """Open or make the file. Raises StoreError."""
        self.path = path
        self._lock = _lock(path)
        try:
            self.db = _connect(path)
        except sqlite3.Error as error:
            os.close(self._lock)
            raise failure(path, error) from None
        except BaseException:
            os.close(self._lock)
            raise

    def close(self) -> None:
        """Close it and let others in."""
        self.db.close()
        os.close(self._lock)


def failure(path: str, error: sqlite3.Error) -> StoreError:
    """What SQLite complains of, and what may be done about it."""
    text = str(error)
    if "disk is full" in text:
        return StoreError(f"{path}: no space is left on its disk; nothing was written")
    if "disk I/O error" in text and not _room(path):
        # What SQLite cannot enlarge (its shared memory, say) it calls that.
        return StoreError(f"{path}: no space is left on its disk")
    if "not a database" in text:
        return StoreError(f"{path}: this file is no SQLite database")
    if "malformed" in text:
        return StoreError(
            f"{path}: the database is damaged; put a backup in its place, or try `sqlite3 {path} .recover`"
        )
    if "locked" in text:
        return StoreError(f"{path}: another program holds the database locked")
    if "readonly" in text:
        return StoreError(f"{path}: the database cannot be written: check the file's and its directory's permissions")
    return StoreError(f"{path}: {text}")


def _room(path: str) -> bool:
    try:
        found = os.statvfs(Path(path).resolve().parent)
    except OSError:
        return True
    return found.f_bavail * found.f_frsize >= _LEAST_ROOM


def _lock(path: str) -> int:
    folder = Path(path).resolve().parent
    if not folder.is_dir():
        raise StoreError(f"{path}: the directory {folder} does not exist")
    if Path(path).is_dir():
        raise StoreError(f"{path}: this is a directory, not a file")
    name = f"{path}-lock"
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot make its lock file {name}: {os.strerror(error.errno or 0)}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        os.close(descriptor)
        who = f"process {holder}" if holder.isdecimal() else "another process"
        raise StoreError(f"{path}: in use by {who}; only one API server can serve a SQLite file") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _connect(path: str) -> sqlite3.Connection:
    fresh = not os.path.exists(path) or os.path.getsize(path) == 0
    if fresh:
        # Secrets are in it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        if fresh:
            db.execute(f"PRAGMA auto_vacuum={_INCREMENTAL}")
        version: int = db.execute("PRAGMA user_version").fetchone()[0]
        if version > FORMAT:
            raise StoreError(f"{path}: written by a newer version of minik8s (format {version}, known is {FORMAT})")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute(f"PRAGMA journal_size_limit={_LARGEST_JOURNAL}")
        if version != FORMAT:
            _migrate(db)
    except BaseException:
        db.close()
        raise
    return db


def _migrate(db: sqlite3.Connection) -> None:
    columns = {row[1] for row in db.execute("PRAGMA table_info(log)")}
    if "previous" in columns:
        db.execute("ALTER TABLE log DROP COLUMN previous")
    if columns and "expires" not in columns:
        db.execute("ALTER TABLE log ADD COLUMN expires REAL")
    db.executescript(_SCHEMA)
    if db.execute("PRAGMA auto_vacuum").fetchone()[0] != _INCREMENTAL:
        db.execute(f"PRAGMA auto_vacuum={_INCREMENTAL}")
        db.execute("VACUUM")
    db.execute(f"PRAGMA user_version={FORMAT}")
