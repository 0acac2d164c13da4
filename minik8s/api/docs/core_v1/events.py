"""What the types of `minik8s.api.core_v1.events` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "EventSource": (
        "Which program reported an event, and on which node.",
        {
            "component": "Program that reported the event, such as kubelet.",
            "host": "Node on which that program runs, if it matters.",
        },
    ),
    "Event": (
        "A report of something that happened to an object; informative, and kept for an hour by default.",
        {
            "involvedObject": "The object that the event is about; in the event's namespace.",
            "reason": "Short CamelCase reason, fit for programs, such as FailedScheduling.",
            "message": "What happened, written for people to read.",
            "source": "Who reported it, in the older form; see reportingComponent.",
            "firstTimestamp": "When this was first seen, in the older form.",
            "lastTimestamp": "When this was last seen, in the older form.",
            "count": "How often this has been seen, in the older form.",
            "type": "Whether it is to be expected: Normal or Warning; others may come.",
            "eventTime": "When this was first seen, in the newer form.",
            "series": "Set if the event goes on: how often, and when last; unset for a single one.",
            "action": "What was done or failed concerning the object, such as Binding.",
            "related": "A second object that the event is about.",
            "reportingComponent": "Controller that reported it, such as kubernetes.io/kubelet.",
            "reportingInstance": "Which instance of that controller it was, such as kubelet-node1.",
        },
    ),
    "EventSeries": (
        "An event that goes on happening: how often, and when last.",
        {
            "count": "How often it has been seen up to lastObservedTime.",
            "lastObservedTime": "When it was last seen, with microseconds.",
        },
    ),
}
