"""Growing pauses between attempts: 10 s, doubled to 5 min, forgotten after 10 min of quiet."""

from __future__ import annotations

from minik8s.clock import Clock

FIRST, LONGEST = 10.0, 300.0


class Backoff:
    """Pauses by key; all times are on the monotonic clock."""

    def __init__(self, clock: Clock, first: float = FIRST, longest: float = LONGEST) -> None:
        self._clock, self._first, self._longest = clock, first, longest
        self._held: dict[str, tuple[float, float]] = {}

    def left(self, key: str, ended_at: float) -> float:
        """Seconds still to wait after what ended at `ended_at`; 0 when it may be tried now."""
        held = self._held.get(key)
        now = self._clock.monotonic()
        if held is None or now - ended_at > 2 * self._longest:
            return 0.0
        return max(held[0] - (now - ended_at), 0.0)

    def pause(self, key: str) -> float:
        """The pause that holds now."""
        return self._held.get(key, (0.0, 0.0))[0]

    def next(self, key: str) -> None:
        """An attempt is made: the pause after it is twice as long as the one before."""
        now = self._clock.monotonic()
        held = self._held.get(key)
        if held is None or now - held[1] > 2 * self._longest:
            self._held[key] = (self._first, now)
        else:
            self._held[key] = (min(held[0] * 2, self._longest), now)

    def forget(self, key: str) -> None:
        """Begin anew."""
        self._held.pop(key, None)

    def forget_all(self, prefix: str) -> None:
        """Forget all keys of a Pod."""
        for key in [k for k in self._held if k.startswith(prefix)]:
            del self._held[key]
