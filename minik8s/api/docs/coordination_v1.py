"""What the types of `minik8s.api.coordination_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "LeaseSpec": (
        "Who holds a lease, since when and for how long.",
        {
            "holderIdentity": "Who holds the lease now; unset or empty when nobody does.",
            "leaseDurationSeconds": "Seconds after renewTime that others must wait before taking it.",
            "acquireTime": "When the present holder got the lease, with microseconds.",
            "renewTime": "When the present holder last renewed it, with microseconds.",
            "leaseTransitions": "How often the lease went from one holder to another.",
            "strategy": "How the leader is chosen in coordinated election, such as OldestEmulationVersion; otherwise unset.",
            "preferredHolder": "Who should get the lease next, so that the present holder gives it up; needs strategy.",
        },
    ),
    "Lease": (
        "A claim to be in charge of something, or a sign of life, that must be renewed in time.",
        {
            "spec": "Who holds the lease, since when and for how long.",
        },
    ),
}
