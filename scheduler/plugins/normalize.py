"""Bringing scores into 0 to 100."""

from __future__ import annotations

import numpy as np

from scheduler.arrays import Ints
from scheduler.plugin import MAX_SCORE


def by_highest(scores: Ints, reverse: bool = False) -> Ints:
    """The highest becomes 100 and the others their share; with `reverse`, 100 minus that."""
    highest = int(scores.max()) if len(scores) else 0
    if highest == 0:
        return np.full(len(scores), MAX_SCORE, dtype=np.int64) if reverse else scores
    shared = scores * MAX_SCORE // highest
    return MAX_SCORE - shared if reverse else shared
