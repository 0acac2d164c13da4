"""What the types of `minik8s.api.scheduling_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "PriorityClass": (
        "Gives a name to a priority that Pods may have.",
        {
            "value": "The priority of Pods of this class, higher goes first; own classes up to 1000000000. Immutable.",
            "globalDefault": "Whether Pods without a class get this one; only one class should be so. Default false.",
            "description": "What the class is for, written for people.",
            "preemptionPolicy": "Whether its Pods may push out less important ones: PreemptLowerPriority (the default) or Never. Immutable.",
        },
    ),
}
