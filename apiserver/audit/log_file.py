"""The audit log as a file of JSON lines, turned over by size and age; writing happens in a thread of its own."""

from __future__ import annotations

import contextlib
import gzip
import os
import queue
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import structlog

from apiserver.audit.event import Event

log = structlog.get_logger("apiserver.audit")

_MEGABYTE = 1024 * 1024
_WAITING = 10_000  # events that may wait for the disk
_BATCH = 400
_STAMP = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}"


class AuditLogError(Exception):
    """The audit log cannot be opened."""


class LogFile:
    """A sink that never makes a request wait: when the disk cannot follow, events are dropped and counted."""

    def __init__(
        self,
        path: str,
        *,
        max_size: int = 0,
        max_backups: int = 0,
        max_age: int = 0,
        compress: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`path` may be "-" for standard output. `max_size` in megabytes (0: 100), `max_age` in days (0: for ever),
        `max_backups` old files (0: all). Raises AuditLogError.
        """
        self._path = path
        self._max_size = (max_size or 100) * _MEGABYTE
        self._max_backups = max_backups
        self._max_age = max_age
        self._compress = compress
        self._now = now
        self.dropped = 0
        self._encoder = msgspec.json.Encoder()
        self._waiting: queue.Queue[tuple[Event, bool] | None] = queue.Queue(_WAITING)
        self._file: BinaryIO | None = None
        self._size = 0
        try:
            self._open()
        except OSError as error:
            raise AuditLogError(f"cannot open audit log {path}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._run, name="audit-log", daemon=True)
        self._thread.start()

    def write(self, event: Event, omit_managed_fields: bool) -> None:
        """Queue an event."""
        try:
            self._waiting.put_nowait((event, omit_managed_fields))
        except queue.Full:
            self.dropped += 1
            if self.dropped == 1:
                log.warning("audit events are dropped: the log cannot be written fast enough", file=self._path)

    def close(self) -> None:
        """Write what waits, and close. Blocks until it is on its way to the disk."""
        self._waiting.put(None)
        self._thread.join()

    def _open(self) -> None:
        if self._path == "-":
            self._file = sys.stdout.buffer
            return
        path = Path(self._path)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._file = os.fdopen(descriptor, "ab", buffering=0)
        self._size = os.fstat(descriptor).st_size

    def _run(self) -> None:
        ending = False
        while not ending:
            batch = [self._waiting.get()]
            while len(batch) < _BATCH:
                try:
                    batch.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            ending = None in batch
            try:
                self._append([item for item in batch if item is not None])
            except Exception as error:  # whatever it is: without this thread nothing would be written any more
                self.dropped += len(batch)
                log.error("cannot write the audit log", file=self._path, reason=str(error))
        if self._file is not None and self._path != "-":
            self._file.close()

    def _append(self, batch: list[tuple[Event, bool]]) -> None:
        lines: list[bytes] = []
        for event, omit in batch:
            line = self._line(event, omit)
            if self._path != "-" and self._size and self._size + len(line) > self._max_size:
                self._put(lines)
                lines = []
                self._turn_over()
            lines.append(line)
            self._size += len(line)
        self._put(lines)

    def _put(self, lines: list[bytes]) -> None:
        if not lines:
            return
        if self._file is None:
            self._open()
        assert self._file is not None
        self._file.write(b"".join(lines))
        self._file.flush()

    def _line(self, event: Event, omit: bool) -> bytes:
        if omit:
            for name in ("request_object", "response_object"):
                raw = getattr(event, name)
                if raw is not None:
                    setattr(event, name, _without_managed_fields(raw))
        return self._encoder.encode(event) + b"\n"

    def _turn_over(self) -> None:
        """Put the full file aside under the present time, and begin a new one."""
        if self._file is not None:
            self._file.close()
            self._file = None
        path = Path(self._path)
        stamp = datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H-%M-%S.%f")[:-3]
        aside = path.with_name(f"{path.stem}-{stamp}{path.suffix}")
        self._size = 0
        # Somebody else may have put it aside.
        with contextlib.suppress(FileNotFoundError):
            path.rename(aside)
        self._open()
        if self._compress and aside.exists():
            packed = aside.with_name(aside.name + ".gz")
            with aside.open("rb") as source, gzip.open(packed, "wb") as target:
                shutil.copyfileobj(source, target)
            packed.chmod(0o600)
            aside.unlink()
        self._tidy(path)

    def _tidy(self, path: Path) -> None:
        """Remove files that are too many or too old."""
        ours = re.compile(re.escape(f"{path.stem}-") + _STAMP + re.escape(path.suffix) + r"(\.gz)?")
        old = sorted((file for file in path.parent.iterdir() if ours.fullmatch(file.name)), reverse=True)
        oldest = self._now() - self._max_age * 86_400
        for index, backup in enumerate(old):
            too_many = self._max_backups and index >= self._max_backups
            too_old = self._max_age and backup.stat().st_mtime < oldest
            if too_many or too_old:
                backup.unlink(missing_ok=True)


def _without_managed_fields(raw: msgspec.Raw) -> msgspec.Raw:
    if b'"managedFields"' not in bytes(raw):
        return raw
    try:
        document: Any = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return raw
    for obj in (document, *(document.get("items") or ())) if isinstance(document, dict) else ():
        if isinstance(obj, dict) and isinstance(obj.get("metadata"), dict):
            obj["metadata"].pop("managedFields", None)
    return msgspec.Raw(msgspec.json.encode(document))
