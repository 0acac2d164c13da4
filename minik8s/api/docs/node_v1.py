"""What the types of `minik8s.api.node_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "Overhead": (
        "What a runtime needs beside the containers of a Pod.",
        {
            "podFixed": "Resources that every Pod with this class needs in addition.",
        },
    ),
    "RuntimeClass": (
        "A way of running containers that Pods can ask for by name.",
        {
            "handler": "Name of the runtime's configuration on the nodes, in lower case. Immutable.",
            "overhead": "What running a Pod costs in addition; it counts for scheduling and quota.",
            "scheduling": "Which nodes can run such Pods; all of them when unset.",
        },
    ),
    "Scheduling": (
        "Which nodes support a RuntimeClass, and what it takes to run there.",
        {
            "nodeSelector": "Labels of those nodes, merged with the Pod's own; a contradiction refuses the Pod.",
            "tolerations": "Tolerations added to those of the Pod at admission.",
        },
    ),
}
