"""Work that takes long, beside the event loop: in two threads for all of it, which give way often.

A thread that computes keeps the interpreter for 5 ms at a time unless it is told otherwise; each answer the event loop
makes would wait for it several times.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

LARGE = 64 * 1024
"""Bytes from which on a document is worth a thread."""
_THREADS = 2
_GIVE_WAY = 0.00005

_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None
_busy = 0
_usual = 0.0


async def run(work: Callable[[], T]) -> T:
    """What the work gives. Raises what it raises. Work that nobody waits for any more is carried out all the same."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="beside")
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_pool, lambda: context.run(_politely, work))


async def run_if(large: bool, work: Callable[[], T]) -> T:
    """Do the work beside the loop if it is large, else at once."""
    return await run(work) if large else work()


def _politely(work: Callable[[], T]) -> T:
    global _busy, _usual
    with _lock:
        _busy += 1
        if _busy == 1:
            _usual = sys.getswitchinterval()
            sys.setswitchinterval(_GIVE_WAY)
    try:
        return work()
    finally:
        with _lock:
            _busy -= 1
            if not _busy:
                sys.setswitchinterval(_usual)
