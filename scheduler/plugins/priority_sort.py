"""PrioritySort: the higher priority first, then who waits longer."""

from __future__ import annotations

from scheduler.pods.info import PodInfo


class PrioritySort:
    """The order of the queue."""

    name = "PrioritySort"

    def key(self, pod: PodInfo, queued_at: float) -> tuple[int, float]:
        """The smaller goes first."""
        return -pod.priority, queued_at
