"""Memory: when the interpreter looks for cycles among objects, and when what is free goes back to the machine."""

from __future__ import annotations

import ctypes
import gc
from functools import cache

# Objects made between two looks at the young ones, and how many of those make one at the older ones.
_COLLECTION = (20_000, 20, 50)


def spare_the_collector() -> None:
    """Look for cycles less often, and never among what is there by now: it took a tenth of a create's time."""
    gc.freeze()
    gc.set_threshold(*_COLLECTION)
    gc.enable()


@cache
def _trim() -> ctypes._NamedFuncPointer | None:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        # Other C libraries give memory back by themselves, or not at all.
        return None


def give_back() -> None:
    """Give free memory back to the machine: after much has been made in a worker thread, and is needed no more."""
    if (trim := _trim()) is not None:
        trim(0)
