"""Plain limits on requests in flight (--max-requests-inflight, --max-mutating-requests-inflight)."""

from __future__ import annotations

from apiserver.auth.protocols import MASTERS, Attributes
from apiserver.fairness.gate import FreeSeat, Seat, refused

_READING = frozenset({"get", "list", "watch"})


class _Counted:
    """A seat of one of the two kinds."""

    flow_schema_uid = ""
    priority_level_uid = ""
    __slots__ = ("_index", "_limits", "_taken")

    def __init__(self, limits: MaxInFlight, index: int) -> None:
        self._limits = limits
        self._index = index
        self._taken = 1

    def leave(self) -> None:
        """Give the seat back."""
        self._limits.in_flight[self._index] -= self._taken
        self._taken = 0


class MaxInFlight:
    """Counts reading and writing requests apart; 0 means no limit. Members of system:masters are never refused."""

    seats_watches = False

    def __init__(self, reading: int, mutating: int) -> None:
        self._limits = (reading, mutating)
        self.in_flight = [0, 0]
        self._free = FreeSeat()

    async def enter(self, attributes: Attributes, seats: int = 1) -> Seat:
        """A seat at once. Raises StatusError (429) when none is left."""
        index = 0 if attributes.verb in _READING else 1
        limit = self._limits[index]
        if not limit:
            return self._free
        if self.in_flight[index] >= limit:
            if MASTERS in attributes.user.groups:
                return self._free
            raise refused()
        self.in_flight[index] += 1
        return _Counted(self, index)
