"""Room on the stack for what walks expressions: they may nest deeper than Python lets functions by itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# The parser takes about a dozen calls for each of 250 levels.
_FRAMES = 8000
_lock = threading.Lock()
_inside = 0
_before = 0


@contextmanager
def room() -> Iterator[None]:
    """While calls may nest deeper than usual."""
    global _inside, _before  # noqa: PLW0603 - the limit is the process's
    with _lock:
        if not _inside:
            _before = sys.getrecursionlimit()
            sys.setrecursionlimit(max(_before, _FRAMES))
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                sys.setrecursionlimit(_before)
