"""A child process that is started without stopping the event loop, and whose end can be awaited."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Sequence


class Child:
    """A running process, in a process group of its own: what a terminal sends to its parent does not reach it.

    The event loop's own way of starting one copies the page tables of this process, which takes ten milliseconds and
    more; `subprocess` does without. Raises OSError.
    """

    def __init__(self, argv: Sequence[str], *descriptors: int) -> None:
        self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, pass_fds=descriptors, process_group=0)
        self.pid = self._process.pid
        try:
            self._descriptor = os.pidfd_open(self.pid)
        except OSError:
            # No descriptor is left: nobody would ever hear of its end.
            self._process.kill()
            self._process.wait()
            raise
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[int] = loop.create_future()
        """The exit code, negative for a signal."""
        loop.add_reader(self._descriptor, self._note_end, loop)

    def _note_end(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        code = self._process.wait()
        if not self.ended.done():
            self.ended.set_result(code)

    def kill(self) -> None:
        """End it now."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
