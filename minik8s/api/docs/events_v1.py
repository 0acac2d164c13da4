"""What the types of `minik8s.api.events_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "Event": (
        "A report of something that happened to an object; informative, and kept for an hour by default.",
        {
            "eventTime": "When this was first seen, with microseconds; required.",
            "series": "Set if the event goes on: how often, and when last; unset for a single one.",
            "reportingController": "Controller that reported it, such as kubernetes.io/kubelet; required.",
            "reportingInstance": "Which instance of that controller it was; required, 128 characters at most.",
            "action": "What was done or failed concerning the object; required, 128 characters at most.",
            "reason": "Short CamelCase reason, fit for programs; required, 128 characters at most.",
            "regarding": "The object that the event is about, usually the one its controller looks after.",
            "related": "A second object that the event is about.",
            "note": "What happened, written for people; 1 kB at most.",
            "type": "Whether it is to be expected: Normal or Warning; others may come.",
            "deprecatedSource": "Who reported it, as the core group's Event has it.",
            "deprecatedFirstTimestamp": "When it was first seen, as the core group's Event has it.",
            "deprecatedLastTimestamp": "When it was last seen, as the core group's Event has it.",
            "deprecatedCount": "How often it was seen, as the core group's Event has it.",
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
