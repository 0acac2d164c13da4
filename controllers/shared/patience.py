"""Growing pauses between attempts, by key."""

from __future__ import annotations

from minik8s.clock import Clock


class Patience:
    """How long to wait before something is tried again: longer each time, forgotten after twice the longest pause."""

    def __init__(self, clock: Clock, first: float, most: float) -> None:
        self._clock, self._first, self._most = clock, first, most
        self._held: dict[str, tuple[float, float]] = {}

    def wait(self, key: str) -> float:
        """Seconds still to wait; at 0 the attempt counts as made, and the next has to wait longer."""
        now = self._clock.monotonic()
        pause, due = self._held.get(key, (0.0, now))
        if due > now:
            return due - now
        if now - due > 2 * self._most:
            pause = 0.0
        pause = min(pause * 2, self._most) if pause else self._first
        self._held[key] = (pause, now + pause)
        if len(self._held) > 4096:
            self._held = {k: v for k, v in self._held.items() if now - v[1] <= 2 * self._most}
        return 0.0
