"""SchedulingGates: a Pod with gates is not tried until the last one is taken away."""

from __future__ import annotations

from scheduler.plugin import Status, unresolvable
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import POD, Action, Event


class SchedulingGates:
    """Holds Pods back at the door of the queue."""

    name = "SchedulingGates"

    def pre_enqueue(self, pod: PodInfo) -> Status | None:
        """Names the gates that are left."""
        gates = [gate.name for gate in pod.pod.spec.scheduling_gates]
        if not gates:
            return None
        return unresolvable(f"waiting for scheduling gates: [{' '.join(gates)}]")

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """When its gates are gone."""
        return event.is_(POD, Action.POD_GATES_GONE) and getattr(event.new, "uid", "") == pod.uid
