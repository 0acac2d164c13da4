"""Versions in the order in which Kubernetes prefers them."""

from __future__ import annotations

import re

_VERSION = re.compile(r"v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?")
_STAGES = {"alpha": 0, "beta": 1, None: 2}


def rank(version: str) -> tuple[int, int, int, int]:
    """Higher for the version that is preferred; names that are no versions come last (by their name among them)."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return (0, 0, 0, 0)
    return (1, _STAGES[found[2]], int(found[1]), int(found[3] or 0))


def ordered(versions: list[str]) -> list[str]:
    """The preferred one first."""
    return sorted(sorted(versions), key=rank, reverse=True)
