"""Who would have to leave a node for a Pod of higher priority, and which node costs least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from minik8s.api.policy_v1 import PodDisruptionBudget
from scheduler.evaluate import Evaluator
from scheduler.handle import Handle
from scheduler.plugin import State
from scheduler.plugins.budgets import split_by_budget
from scheduler.pods.info import PodInfo

NO_VICTIMS = "No preemption victims found for incoming pod"


class Candidate(NamedTuple):
    """A node, the Pods that would leave it (most important first), and how many of them break a budget."""

    node: str
    victims: list[PodInfo]
    violations: int


def started(pod: PodInfo) -> str:
    """When a Pod started, as text that sorts by time; "9" (later than all) if it has not."""
    return pod.pod.status.start_time or "9"


def importance(pod: PodInfo) -> tuple[int, str]:
    """Sorts the most important first: the higher priority, then who runs longer."""
    return -pod.priority, started(pod)


def select_victims(
    handle: Handle,
    evaluator: Evaluator,
    state: State,
    pod: PodInfo,
    row: int,
    budgets: Sequence[PodDisruptionBudget],
    why_not: Counter[str],
) -> Candidate | None:
    """The fewest Pods of lower priority whose leaving makes room on one node; None (and why) if that cannot be."""
    cluster = handle.cluster
    node = cluster.columns.name(row)
    lower = sorted((p for p in cluster.pods_on(node) if p.priority < pod.priority), key=importance)
    if not lower:
        why_not[NO_VICTIMS] += 1
        return None
    ahead = [p for p in handle.nominations.on(node) if p.priority >= pod.priority and p.uid != pod.uid]

    def excluded(gone: Sequence[PodInfo]) -> list[str]:
        with cluster.changed(row, without=gone):
            if ahead:
                with cluster.changed(row, having=ahead):
                    said = evaluator.try_row(state, pod, row)
                if said is not None:
                    return [r.reason for _, rejections in said for r in rejections]
            said = evaluator.try_row(state, pod, row)
        return [r.reason for _, rejections in said or () for r in rejections]

    reasons = excluded(lower)
    if reasons:
        why_not.update(set(reasons))
        return None
    breaking, fine = split_by_budget(lower, budgets)
    gone = list(lower)
    violations = 0
    for kept in (*breaking, *fine):
        without = [p for p in gone if p is not kept]
        if excluded(without):
            violations += kept in breaking
        else:
            gone = without
    return Candidate(node, sorted(gone, key=importance), violations) if gone else None


_RULES: tuple[Callable[[Candidate], float], ...] = (
    lambda one: one.violations,
    lambda one: one.victims[0].priority,
    lambda one: sum(p.priority + 2**31 for p in one.victims),
    lambda one: len(one.victims),
)


def cheapest(candidates: Sequence[Candidate]) -> Candidate:
    """Fewest broken budgets, then lowest highest priority, lowest sum of them, fewest Pods, latest start."""
    left = list(candidates)
    for rule in _RULES:
        lowest = min(map(rule, left))
        left = [one for one in left if rule(one) == lowest]
    return max(left, key=_latest_start)


def _latest_start(candidate: Candidate) -> str:
    """The earliest start among the most important victims."""
    highest = candidate.victims[0].priority
    return min(started(p) for p in candidate.victims if p.priority == highest)
