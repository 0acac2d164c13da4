"""What the types of `minik8s.api.autoscaling_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "CrossVersionObjectReference": (
        "Names an object of the same namespace, whatever version it is read in.",
        {
            "kind": "Kind of the object that is meant, in CamelCase.",
            "name": "Name of the object, in its namespace if it has one.",
            "apiVersion": "API group and version of the object, such as apps/v1.",
        },
    ),
    "HorizontalPodAutoscalerSpec": (
        "What is scaled, within which bounds, and for which CPU load.",
        {
            "scaleTargetRef": "What is scaled, such as a Deployment; it must have a scale subresource.",
            "minReplicas": "Fewest Pods that there may be; 1 by default.",
            "maxReplicas": "Most Pods there may be; not below minReplicas.",
            "targetCPUUtilizationPercentage": "Wanted average CPU load, in percent of the Pods' requests; 80 by default.",
        },
    ),
    "HorizontalPodAutoscalerStatus": (
        "What an autoscaler saw and decided the last time.",
        {
            "observedGeneration": "The metadata.generation that this status was made for.",
            "lastScaleTime": "When the number of Pods was last changed.",
            "currentReplicas": "How many Pods the target had at last sight.",
            "desiredReplicas": "How many Pods there should be by the last calculation.",
            "currentCPUUtilizationPercentage": "Average CPU load at last sight, in percent of the Pods' requests.",
        },
    ),
    "HorizontalPodAutoscaler": (
        "Changes the number of Pods of a workload so that their CPU load stays near a target.",
        {
            "spec": "What is scaled, within which bounds, and for which load.",
            "status": "What it saw and decided; written by the system.",
        },
    ),
    "ScaleSpec": (
        "How many Pods a workload should have; writable.",
        {
            "replicas": "How many Pods there should be; 0 when unset.",
        },
    ),
    "ScaleStatus": (
        "How many Pods a workload has, and how to find them.",
        {
            "replicas": "How many Pods of the workload exist, ready or not.",
            "selector": "The workload's selector as text, for finding its Pods.",
        },
    ),
    "Scale": (
        "The size of a workload, read and written through its scale subresource.",
        {
            "spec": "How many Pods there should be; changing it scales the workload.",
            "status": "How many Pods there are; cannot be written.",
        },
    ),
}
