"""Which Pods could not be removed without breaking a PodDisruptionBudget."""

from __future__ import annotations

from collections.abc import Iterable

from minik8s.api.policy_v1 import PodDisruptionBudget
from minik8s.machinery.selectors import Selector, SelectorError, from_label_selector
from scheduler.pods.info import PodInfo


def split_by_budget(
    pods: Iterable[PodInfo], budgets: Iterable[PodDisruptionBudget]
) -> tuple[list[PodInfo], list[PodInfo]]:
    """(Pods whose removal, after that of those before them, breaks a budget; the others), in the given order."""
    left: list[tuple[PodDisruptionBudget, Selector]] = []
    allowed: list[int] = []
    for budget in budgets:
        try:
            selector = from_label_selector(budget.spec.selector)
        except SelectorError:
            continue
        if not selector.empty and not selector.nothing:
            left.append((budget, selector))
            allowed.append(budget.status.disruptions_allowed)
    breaking: list[PodInfo] = []
    fine: list[PodInfo] = []
    for pod in pods:
        breaks = False
        for at, (budget, selector) in enumerate(left):
            if budget.metadata.namespace != pod.namespace or not pod.template.labels:
                continue
            if not selector.matches(pod.template.labels) or pod.name in budget.status.disrupted_pods:
                continue
            allowed[at] -= 1
            breaks |= allowed[at] < 0
        (breaking if breaks else fine).append(pod)
    return breaking, fine
