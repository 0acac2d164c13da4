"""The status of a DaemonSet."""

from __future__ import annotations

from controllers.daemonset.nodes import View
from controllers.shared import pods
from minik8s.api.apps_v1 import DaemonSetStatus
from minik8s.machinery.copy import deep_copy


def status_of(view: View) -> DaemonSetStatus:
    """The counts, by nodes; the owner's own status is left as it is."""
    status = deep_copy(view.owner.status)
    scheduled = misplaced = ready = updated = available = 0
    for name, (should, _) in view.placed.items():
        there = view.pods.get(name, [])
        if not should:
            misplaced += bool(there)
        elif there:
            oldest = there[0]
            scheduled += 1
            ready += pods.is_ready(oldest)
            available += view.available(oldest)
            updated += view.updated(oldest)
    status.desired_number_scheduled = view.desired
    status.current_number_scheduled = scheduled
    status.number_misscheduled = misplaced
    status.number_ready = ready
    status.updated_number_scheduled = updated
    status.number_available = available
    status.number_unavailable = view.desired - available
    status.observed_generation = view.owner.metadata.generation
    return status
