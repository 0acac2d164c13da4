"""What the types of `minik8s.api.core_v1.replication` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "ReplicationControllerSpec": (
        "How many Pods of which form a ReplicationController keeps.",
        {
            "replicas": "How many Pods there should be; 1 by default, 0 is allowed.",
            "selector": "Labels of the Pods that count; the template's labels when empty.",
            "template": "What new Pods look like; the restart policy must be Always.",
            "minReadySeconds": "Seconds a Pod must be ready without a crash to count as available; 0 by default.",
        },
    ),
    "ReplicationControllerStatus": (
        "How many Pods a ReplicationController has.",
        {
            "replicas": "How many Pods exist that are not ending.",
            "fullyLabeledReplicas": "How many Pods carry all labels of the template.",
            "observedGeneration": "The metadata.generation that this status was made for.",
            "readyReplicas": "How many of its Pods have a condition Ready that is True.",
            "availableReplicas": "How many Pods have been ready for minReadySeconds.",
            "conditions": "What was last observed, such as ReplicaFailure.",
        },
    ),
    "ReplicationController": (
        "Keeps a number of equal Pods running; the forerunner of ReplicaSet, without selector expressions.",
        {
            "spec": "How many Pods of which form are wanted in all.",
            "status": "How many Pods there are; written by the system.",
        },
    ),
    "ReplicationControllerCondition": (
        "One aspect of a ReplicationController's state, with when and why it last changed.",
        {
            "type": "Name of the aspect, such as ReplicaFailure.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
}
