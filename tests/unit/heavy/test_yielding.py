"""The worker's processor time: idle only where it may come back, and given a share when it starves."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apiserver.heavy.yielding import Patience

_YIELD = """
import os, sys
{before}
from apiserver.heavy.yielding import yield_to_others
yield_to_others()
print(os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))
"""
_MAY_NOT = "import resource; resource.setrlimit(resource.RLIMIT_NICE, (0, 0)); os.setgid(65534); os.setuid(65534)"


def _yields(before: str = "") -> list[int]:
    argv = [sys.executable, "-c", _YIELD.format(before=before)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return [int(word) for word in done.stdout.split()]


def test_a_process_that_may_come_back_is_idle() -> None:
    if os.geteuid():
        pytest.skip("needs root")
    assert _yields() == [os.SCHED_IDLE, min(os.getpriority(os.PRIO_PROCESS, 0) + 5, 19)]


def test_a_process_that_may_not_raise_its_priority_is_not_idle() -> None:
    if os.geteuid():
        pytest.skip("needs root")
    assert _yields("import apiserver.heavy.yielding; " + _MAY_NOT)[0] == os.SCHED_BATCH


@contextmanager
def _process(code: str) -> Iterator[int]:
    """An idle process, alone on a processor with one that always wants it."""
    cpu = {max(os.sched_getaffinity(0))}
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    idle = subprocess.Popen([sys.executable, "-c", f"print(flush=True)\n{code}"], stdout=subprocess.PIPE)
    try:
        assert idle.stdout is not None
        idle.stdout.readline()
        os.sched_setaffinity(busy.pid, cpu)
        os.sched_setaffinity(idle.pid, cpu)
        os.sched_setscheduler(idle.pid, os.SCHED_IDLE, os.sched_param(0))
        yield idle.pid
    finally:
        for process in (busy, idle):
            process.kill()
            process.wait()


async def _policy_becomes(pid: int, policy: int) -> bool:
    end = time.monotonic() + 30
    while os.sched_getscheduler(pid) != policy and time.monotonic() < end:
        await asyncio.sleep(0.01)
    return os.sched_getscheduler(pid) == policy


async def test_who_starves_is_given_a_share_until_the_work_is_done() -> None:
    if os.geteuid():
        pytest.skip("needs root")
    with _process("while True: pass") as pid:
        patience = Patience(pid, 0.05)
        patience.begin()
        assert await _policy_becomes(pid, os.SCHED_BATCH)
        patience.end()
        assert os.sched_getscheduler(pid) == os.SCHED_IDLE


async def test_who_waits_for_something_else_does_not_starve() -> None:
    if os.geteuid():
        pytest.skip("needs root")
    with _process("import time; time.sleep(60)") as pid:
        while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":
            await asyncio.sleep(0.01)
        patience = Patience(pid, 0.02)
        patience.begin()
        await asyncio.sleep(0.2)
        assert os.sched_getscheduler(pid) == os.SCHED_IDLE
        patience.end()


async def test_a_process_that_has_ended_is_let_go() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        patience = Patience(process.pid, 0.01)
        patience.begin()
        await asyncio.sleep(0.05)
        patience.end()
