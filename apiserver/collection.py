"""When the interpreter looks for cycles among objects: seldom, and never among what is there from the start."""

from __future__ import annotations

import gc

# Objects made between two looks at the young ones, and how many of those make one at the older ones.
_COLLECTION = (20_000, 20, 50)


def spare_the_collector() -> None:
    """Look for cycles less often, and never among what is there by now: it took a tenth of a create's time."""
    gc.freeze()
    gc.set_threshold(*_COLLECTION)
    gc.enable()
