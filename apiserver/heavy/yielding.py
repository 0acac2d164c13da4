"""The worker yields the processor: who makes heavy requests must not make those wait who make light ones."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_NICE = 5
_PATIENCE_SECONDS = 0.5
_STARVED = 0.1
"""A thread that wants the processor and has had it for less of the time makes no progress."""


def yield_to_others() -> None:
    """Let whatever else wants the processor go first, from now on (sched(7)).

    A process of the idle policy gives way at once, to any other of its session or control group. It gets next to
    nothing while these keep all processors busy, so it is idle only where Patience may end that: a process that may
    not raise its priority stays at the batch policy, which gives way within some milliseconds.
    """
    os.nice(_NICE + 1)
    try:
        os.nice(-1)
    except PermissionError:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    else:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


class Patience:
    """Looks after a process that yields while it has work: one that starves is given a share until the work is done.

    `pid` is the process; it is looked at every `seconds`.
    """

    def __init__(self, pid: int, seconds: float = _PATIENCE_SECONDS) -> None:
        self._threads = Path(f"/proc/{pid}/task")
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._ran: dict[int, int] = {}
        self._hurried: set[int] = set()

    def begin(self) -> None:
        """There is work from now on."""
        if self._timer is None:
            self._ran = dict(self._look())
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._check)

    def end(self) -> None:
        """There is none any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for thread in self._hurried:
            _set_policy(thread, os.SCHED_IDLE)
        self._hurried.clear()

    def _look(self) -> Iterator[tuple[int, int]]:
        """Each idle thread that wants the processor, with the nanoseconds that it has had it (proc_pid_stat(5))."""
        with contextlib.suppress(OSError):
            for folder in self._threads.iterdir():
                thread = int(folder.name)
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                if state == "R" and os.sched_getscheduler(thread) == os.SCHED_IDLE:
                    yield thread, _ran(folder)

    def _check(self) -> None:
        before, self._ran = self._ran, dict(self._look())
        for thread, ran in self._ran.items():
            if ran - before.get(thread, 0) < self._seconds * _STARVED * 1e9:
                _set_policy(thread, os.SCHED_BATCH)
                self._hurried.add(thread)
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._check)


def _ran(folder: Path) -> int:
    try:
        return int((folder / "schedstat").read_text().split()[0])
    except FileNotFoundError:
        # A kernel that does not tell: whoever wants the processor when looked at is taken to starve.
        return 0


def _set_policy(thread: int, policy: int) -> None:
    with contextlib.suppress(OSError):
        os.sched_setscheduler(thread, policy, os.sched_param(0))
