"""What the types of `minik8s.api.core_v1.quotas` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "LimitRangeSpec": (
        "Bounds and defaults for what is made in a namespace.",
        {
            "limits": "One entry for each kind of thing that is bounded.",
        },
    ),
    "LimitRange": (
        "Bounds and defaults for the resources of each Pod, container or claim in a namespace.",
        {
            "spec": "The bounds and defaults; they apply to objects made from then on.",
        },
    ),
    "LimitRangeItem": (
        "Bounds and defaults for one kind of thing.",
        {
            "type": "What is bounded: Pod, Container or PersistentVolumeClaim.",
            "max": "Most that may be asked for of each resource.",
            "min": "Least that must be asked for of each resource.",
            "default": "Limits given to containers that set none.",
            "defaultRequest": "Requests given to containers that set none; default's values when unset.",
            "maxLimitRequestRatio": "How many times its request a limit may be, for each resource; both must then be set and not zero.",
        },
    ),
    "ResourceQuotaSpec": (
        "Bounds on what all of a namespace uses together.",
        {
            "hard": "Most of each resource that may be used, such as requests.cpu, pods or count/deployments.apps.",
            "scopes": "Which objects count, by all of these: Terminating, NotTerminating, BestEffort, NotBestEffort and the scopes of scopeSelector.",
            "scopeSelector": "Which objects count, with values, such as Pods of certain priority classes.",
        },
    ),
    "ResourceQuotaStatus": (
        "Which bounds of a quota hold, and how much is used.",
        {
            "hard": "The bounds that are in force now, by resource.",
            "used": "How much of each resource the namespace uses now.",
        },
    ),
    "ResourceQuota": (
        "Bounds on what a namespace may use in all; requests beyond them are refused.",
        {
            "spec": "The bounds by resource, and which objects count.",
            "status": "The bounds in force and what is used; written by the system.",
        },
    ),
    "ScopeSelector": (
        "A choice of objects by scope; all conditions must hold.",
        {
            "matchExpressions": "Conditions, each about one scope; all must hold.",
        },
    ),
    "ScopedResourceSelectorRequirement": (
        "One condition on a scope that objects are in.",
        {
            "scopeName": "Terminating, NotTerminating, BestEffort, NotBestEffort, PriorityClass, CrossNamespacePodAffinity or VolumeAttributesClass.",
            "operator": "How it is compared: In, NotIn, Exists or DoesNotExist.",
            "values": "Values for In and NotIn, at least one; none for the others.",
        },
    ),
}
