"""Hears of changes in a folder from the kernel, so that nobody has to look again and again."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
from collections.abc import Callable
from pathlib import Path

_CREATE, _DELETE, _CLOSE_WRITE, _MOVED = 0x100, 0x200, 0x8, 0xC0
_NONBLOCK, _CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC


class FolderWatch:
    """Calls `changed` when files in `folder` come, go or were written; close it at the end. Raises OSError."""

    def __init__(self, folder: Path, changed: Callable[[], None]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(_NONBLOCK | _CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "cannot watch files")
        mask = _CREATE | _DELETE | _CLOSE_WRITE | _MOVED
        if libc.inotify_add_watch(self._fd, os.fsencode(folder), mask) < 0:
            number = ctypes.get_errno()
            os.close(self._fd)
            raise OSError(number, f"cannot watch {folder}: {os.strerror(number)}")
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._read)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._fd, 65536):
                pass
        self._changed()

    def close(self) -> None:
        """Hear no more."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1
