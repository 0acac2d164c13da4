"""Waiting for more output of a container: the kernel tells of writes to its log and of the end of its process."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os

_MODIFY, _CREATE, _MOVED_TO = 0x2, 0x100, 0x80


class LogWatch:
    """Wakes when files in a log's folder are written or rotated, and when process `pid` (0: none) ends."""

    def __init__(self, log_path: str, pid: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._pidfd = -1
        self._notify = -1
        self.process_ended = pid == 0
        libc = ctypes.CDLL(None, use_errno=True)
        notify = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if notify >= 0:
            folder = os.fsencode(os.path.dirname(log_path))
            if libc.inotify_add_watch(notify, folder, _MODIFY | _CREATE | _MOVED_TO) < 0:
                os.close(notify)
            else:
                self._notify = notify
                self._loop.add_reader(notify, self._written)
        if pid:
            try:
                self._pidfd = os.pidfd_open(pid)
                self._loop.add_reader(self._pidfd, self._ended)
            except OSError:
                self.process_ended = True

    @property
    def blind(self) -> bool:
        """Whether the kernel would not watch the folder (its limit of watches is reached)."""
        return self._notify < 0

    async def wait(self, seconds: float | None) -> None:
        """Return at the next change, or after `seconds`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        self._changed.clear()

    def close(self) -> None:
        """Watch no more."""
        for fd in (self._notify, self._pidfd):
            if fd >= 0:
                self._loop.remove_reader(fd)
                os.close(fd)
        self._notify = self._pidfd = -1

    def _written(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._notify, 65536):
                pass
        self._changed.set()

    def _ended(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._pidfd = -1
        self.process_ended = True
        self._changed.set()
