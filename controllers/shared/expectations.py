"""Expectations: what a controller did and its cache does not show yet."""

from __future__ import annotations

import dataclasses

from minik8s.clock import Clock

EXPIRY_SECONDS = 300.0
"""After so long an expectation is given up: a missed event must not stop a controller for ever."""


@dataclasses.dataclass(slots=True)
class _Entry:
    creations: int
    deletions: set[str]
    since: float


class Expectations:
    """By owner: how many creations, and which deletions, are still to be seen in the cache.

    While an owner's expectations are not satisfied, counting its dependents would count wrongly.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[str, _Entry] = {}

    def expect(self, key: str, creations: int = 0, deletions: set[str] | None = None) -> None:
        """Begin anew for an owner; `deletions` are keys of dependents."""
        self._entries[key] = _Entry(creations, set(deletions or ()), self._clock.monotonic())

    def creation_observed(self, key: str, count: int = 1) -> None:
        """Seen in the cache, or never made after all."""
        entry = self._entries.get(key)
        if entry is not None:
            entry.creations = max(entry.creations - count, 0)

    def deletion_observed(self, key: str, dependent: str) -> None:
        """Seen in the cache, or never deleted after all."""
        entry = self._entries.get(key)
        if entry is not None:
            entry.deletions.discard(dependent)

    def satisfied(self, key: str) -> bool:
        """Whether the cache can be trusted for that owner."""
        entry = self._entries.get(key)
        if entry is None or (entry.creations <= 0 and not entry.deletions):
            return True
        return self._clock.monotonic() - entry.since > EXPIRY_SECONDS

    def forget(self, key: str) -> None:
        """The owner is gone."""
        self._entries.pop(key, None)
