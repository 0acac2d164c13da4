"""What the types of `minik8s.api.autoscaling_v2` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "MetricTarget": (
        "The value that a metric should have; the field that type names is set.",
        {
            "type": "How the target is given: Utilization, Value or AverageValue.",
            "value": "Wanted value of the metric as a whole, for type Value.",
            "averageValue": "Wanted average of the metric over all Pods, for type AverageValue.",
            "averageUtilization": "Wanted average over all Pods in percent of their requests; for resources only.",
        },
    ),
    "ContainerResourceMetricSource": (
        "Use of CPU or memory by one container of each Pod.",
        {
            "name": "Name of the resource in question: cpu or memory.",
            "target": "The value that the metric should have, and how it is given.",
            "container": "Name of the container in the Pods that are scaled.",
        },
    ),
    "MetricValueStatus": (
        "The value of a metric at last sight, in the form of its target.",
        {
            "value": "Value of the metric as a whole, at last sight.",
            "averageValue": "Average of the metric over all Pods, at last sight.",
            "averageUtilization": "Average over all Pods in percent of their requests; for resources only.",
        },
    ),
    "ContainerResourceMetricStatus": (
        "Use of CPU or memory by one container of each Pod, at last sight.",
        {
            "name": "Name of the resource in question: cpu or memory.",
            "current": "The value of the metric when it was last read.",
            "container": "Name of the container in the Pods that are scaled.",
        },
    ),
    "CrossVersionObjectReference": (
        "Names an object of the same namespace, whatever version it is read in.",
        {
            "kind": "Kind of the object that is meant, in CamelCase.",
            "name": "Name of the object, in its namespace if it has one.",
            "apiVersion": "API group and version of the object, such as apps/v1.",
        },
    ),
    "MetricIdentifier": (
        "Names a metric, and possibly narrows it down.",
        {
            "name": "Name of the metric, as the metrics API knows it.",
            "selector": "Labels that narrow the metric down; unset takes it as a whole.",
        },
    ),
    "ExternalMetricSource": (
        "A metric that belongs to no object of the cluster, such as the length of a queue outside.",
        {
            "metric": "The metric, by its name and, if need be, labels.",
            "target": "The value that the metric should have, and how it is given.",
        },
    ),
    "ExternalMetricStatus": (
        "A metric that belongs to no object of the cluster, at last sight.",
        {
            "metric": "The metric, by its name and, if need be, labels.",
            "current": "The value of the metric when it was last read.",
        },
    ),
    "HPAScalingPolicy": (
        "A bound on how fast the number of Pods may change.",
        {
            "type": "What value counts: Pods, or Percent of the present number.",
            "value": "Largest change allowed within the period, greater than 0.",
            "periodSeconds": "Seconds to look back at earlier changes, from 1 to 1800.",
        },
    ),
    "HPAScalingRules": (
        "How fast, and after how long, one direction of scaling happens.",
        {
            "selectPolicy": "Which policy counts: Max (the default) for the largest change, Min for the smallest, Disabled for none at all.",
            "policies": "Bounds on the speed; when unset, those of the direction's defaults.",
            "stabilizationWindowSeconds": "Seconds of past advice of which the most careful counts, up to 3600; 0 by default upwards, 300 downwards.",
            "tolerance": "Deviation from the target that is let pass, such as 0.05; the cluster's 10% when unset.",
        },
    ),
    "HorizontalPodAutoscalerSpec": (
        "What is scaled, within which bounds, and by which metrics.",
        {
            "scaleTargetRef": "What is scaled, such as a Deployment; it must have a scale subresource.",
            "minReplicas": "Fewest Pods there may be; 1 by default, 0 only where that is enabled.",
            "maxReplicas": "Most Pods there may be; not below minReplicas.",
            "metrics": "What the number is worked out from; the metric that asks for most Pods wins. 80% CPU use when empty.",
            "behavior": "How fast it scales in each direction; the defaults when unset.",
        },
    ),
    "HorizontalPodAutoscalerStatus": (
        "What an autoscaler saw and decided the last time.",
        {
            "observedGeneration": "The metadata.generation that this status was made for.",
            "lastScaleTime": "When the number of Pods was last changed.",
            "currentReplicas": "How many Pods the target had at last sight.",
            "desiredReplicas": "How many Pods there should be by the last calculation.",
            "currentMetrics": "The metrics at last sight, in the order of the spec.",
            "conditions": "Whether it can scale: AbleToScale, ScalingActive and ScalingLimited.",
        },
    ),
    "HorizontalPodAutoscaler": (
        "Changes the number of Pods of a workload so that metrics stay near their targets.",
        {
            "spec": "What is scaled, within which bounds, and by which metrics.",
            "status": "What it saw and decided; written by the system.",
        },
    ),
    "HorizontalPodAutoscalerBehavior": (
        "How fast an autoscaler acts in each direction.",
        {
            "scaleUp": "Rules for more Pods; by default 4 Pods or double the number in 15 seconds, without delay.",
            "scaleDown": "Rules for fewer Pods; by default down to the minimum at once, after 300 seconds of lower advice.",
        },
    ),
    "HorizontalPodAutoscalerCondition": (
        "One aspect of an autoscaler's state, with when and why it last changed.",
        {
            "type": "Name of the aspect: AbleToScale, ScalingActive or ScalingLimited.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "MetricSpec": (
        "One metric to scale by; the field that type names is set.",
        {
            "type": "Which metric it is: Resource, ContainerResource, Pods, Object or External.",
            "object": "A metric of one object, such as requests per second of an Ingress.",
            "pods": "A metric of each Pod, averaged over all.",
            "resource": "Use of CPU or memory by the Pods, averaged over all.",
            "external": "A metric that belongs to no object of the cluster.",
            "containerResource": "Use of CPU or memory by one container of each Pod.",
        },
    ),
    "MetricStatus": (
        "One metric at last sight; the field that type names is set.",
        {
            "type": "Which metric it is: Resource, ContainerResource, Pods, Object or External.",
            "object": "A metric of one object of the namespace, at last sight.",
            "pods": "A metric of each Pod, averaged over all, at last sight.",
            "resource": "Use of CPU or memory by the Pods, at last sight.",
            "external": "A metric that belongs to no object, at last sight.",
            "containerResource": "Use of CPU or memory by one container of each Pod, at last sight.",
        },
    ),
    "ObjectMetricSource": (
        "A metric of one object of the namespace.",
        {
            "describedObject": "The object that the metric is about, in the same namespace.",
            "target": "The value that the metric should have, and how it is given.",
            "metric": "The metric, by its name and, if need be, labels.",
        },
    ),
    "ObjectMetricStatus": (
        "A metric of one object of the namespace, at last sight.",
        {
            "metric": "The metric, by its name and, if need be, labels.",
            "current": "The value of the metric when it was last read.",
            "describedObject": "The object that the metric is about, in the same namespace.",
        },
    ),
    "PodsMetricSource": (
        "A metric of each Pod, averaged over all.",
        {
            "metric": "The metric, by its name and, if need be, labels.",
            "target": "The average that the metric should have; type AverageValue.",
        },
    ),
    "PodsMetricStatus": (
        "A metric of each Pod, averaged over all, at last sight.",
        {
            "metric": "The metric, by its name and, if need be, labels.",
            "current": "The value of the metric when it was last read.",
        },
    ),
    "ResourceMetricSource": (
        "Use of CPU or memory by the Pods, averaged over all.",
        {
            "name": "Name of the resource in question: cpu or memory.",
            "target": "The value that the metric should have, and how it is given.",
        },
    ),
    "ResourceMetricStatus": (
        "Use of CPU or memory by the Pods, at last sight.",
        {
            "name": "Name of the resource in question: cpu or memory.",
            "current": "The value of the metric when it was last read.",
        },
    ),
}
