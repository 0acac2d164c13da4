"""What the types of `minik8s.api.policy_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "Eviction": (
        "Asks politely for a Pod to be removed, within its disruption budgets; posted to the Pod's eviction subresource.",
        {
            "deleteOptions": "How the Pod is deleted, such as with which grace period.",
        },
    ),
    "PodDisruptionBudgetSpec": (
        "Which Pods are protected, and how many may be missing.",
        {
            "minAvailable": "Pods that must stay available, as a number or a percentage; not together with maxUnavailable.",
            "selector": "Labels of the Pods that count; null matches none, an empty selector all of the namespace.",
            "maxUnavailable": "Pods that may be unavailable, as a number or a percentage; not together with minAvailable.",
            "unhealthyPodEvictionPolicy": "When running Pods that are not Ready may go: IfHealthyBudget (the default, budget met) or AlwaysAllow.",
        },
    ),
    "PodDisruptionBudgetStatus": (
        "How many Pods of a budget are healthy and may be removed now.",
        {
            "observedGeneration": "The metadata.generation that this status was made for.",
            "disruptedPods": "Pods whose eviction was granted and that have not gone yet, with the time of it.",
            "disruptionsAllowed": "How many Pods may be evicted now without breaking the budget.",
            "currentHealthy": "How many of the Pods are Ready and not ending now.",
            "desiredHealthy": "How many of the Pods must be healthy at least.",
            "expectedPods": "How many Pods the budget is about, counting wanted ones.",
            "conditions": "What was last observed, such as DisruptionAllowed.",
        },
    ),
    "PodDisruptionBudget": (
        "Bounds how many Pods of an application may be evicted at the same time.",
        {
            "spec": "Which Pods are protected, and how many may be missing.",
            "status": "How many may be removed now; written by the system.",
        },
    ),
}
