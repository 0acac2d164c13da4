"""A Pod in the queue and the story of its attempts."""

from __future__ import annotations

import dataclasses

from scheduler.pods.info import PodInfo


@dataclasses.dataclass(slots=True, eq=False)
class QueuedPod:
    """Times are seconds of the clock's `monotonic`."""

    info: PodInfo
    first_at: float
    queued_at: float
    attempts: int = 0
    unschedulable_count: int = 0
    error_count: int = 0
    plugins: set[str] = dataclasses.field(default_factory=set)
    """Who rejected it last; their `wakes` decide when it comes back. Empty: any event brings it back."""
    pending: set[str] = dataclasses.field(default_factory=set)
    """Who waits for something outside; their events bring it back without back-off."""
    gated_by: str = ""
    """The PreEnqueue plugin that holds it."""
    gate_message: str = ""

    @property
    def uid(self) -> str:
        """The Pod's uid."""
        return self.info.uid

    def backoff(self, initial: float, most: float) -> float:
        """Seconds it has to wait from `queued_at` on."""
        count = self.error_count or self.unschedulable_count
        if count <= 0:
            return 0.0
        return min(initial * 2.0 ** min(count - 1, 60), most)
