"""What the types of `minik8s.api.core_v1.cluster` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "ComponentCondition": (
        "Health of one component of the control plane.",
        {
            "type": "Name of the condition; only Healthy exists.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "message": "What the component's health check answered.",
            "error": "Why the health check could not be made, if so.",
        },
    ),
    "ComponentStatus": (
        "Health of a component of the control plane; deprecated, ask the components themselves.",
        {
            "conditions": "What was observed of the component, one of each type.",
        },
    ),
    "RangeAllocation": (
        "Which values of a range are in use; the server's own bookkeeping.",
        {
            "range": "The range of values, such as 10.96.0.0/12 or 30000-32767.",
            "data": "A map of bits with one for each value of the range.",
        },
    ),
}
