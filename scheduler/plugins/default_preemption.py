"""DefaultPreemption: when a Pod fits nowhere, Pods of lower priority may have to leave a node for it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import structlog

from minik8s.api.core_v1 import Pod
from minik8s.api.policy_v1 import PodDisruptionBudget
from minik8s.client.api import ApiClient
from minik8s.client.errors import NotFound
from minik8s.machinery.times import format_time
from scheduler import metrics
from scheduler.diagnosis import Diagnosis, reasons_text
from scheduler.handle import Handle
from scheduler.plugin import PostFilterResult, State, Status, unresolvable
from scheduler.plugins.victims import NO_VICTIMS, Candidate, cheapest, select_victims
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import Event

log = structlog.get_logger("scheduler")

NOT_HELPFUL = "Preemption is not helpful for scheduling"
_REASON = "PreemptionByScheduler"


class DefaultPreemption:
    """Chooses victims in the attempt, removes them beside it.

    Args: `minCandidateNodesPercentage` (10) and `minCandidateNodesAbsolute` (100), how many nodes to consider.
    """

    name = "DefaultPreemption"

    def __init__(self, handle: Handle, args: Mapping[str, Any]) -> None:
        self._handle = handle
        percentage, absolute = args.get("minCandidateNodesPercentage"), args.get("minCandidateNodesAbsolute")
        self._percentage = 10 if percentage is None else int(percentage)
        self._absolute = 100 if absolute is None else int(absolute)
        if not 0 <= self._percentage <= 100:
            raise ValueError(f"minCandidateNodesPercentage: {self._percentage} is not in the range [0, 100]")
        if self._absolute < 0 or (not self._absolute and not self._percentage):
            raise ValueError("minCandidateNodesAbsolute: must be greater than 0 where the percentage is 0")
        self._preempting: set[str] = set()
        self._random = random.Random()

    def pre_enqueue(self, pod: PodInfo) -> Status | None:
        """A Pod whose victims are just being removed waits for that."""
        if pod.uid in self._preempting:
            return unresolvable("waiting for the preemption for this pod to be finished")
        return None

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """The end of the removal wakes the Pod, and the plugins that rejected it."""
        return False

    def post_filter(self, state: State, pod: PodInfo, diagnosis: Diagnosis) -> PostFilterResult:
        """Nominate a node and have its victims removed."""
        metrics.preemption_attempts().inc()
        why = self._not_eligible(pod, diagnosis)
        if why:
            return PostFilterResult(None, f"preemption: {why}")
        why_not: Counter[str] = Counter()
        candidates = self._candidates(state, pod, diagnosis, why_not)
        if not candidates:
            others = diagnosis.total - sum(why_not.values())
            if others > 0:
                why_not[NOT_HELPFUL] += others
            return PostFilterResult("", f"preemption: 0/{diagnosis.total} nodes are available:{reasons_text(why_not)}")
        best = cheapest(candidates)
        log.info("preemption", pod=pod.key, node=best.node, victims=len(best.victims))
        self._remove(pod, best)
        return PostFilterResult(best.node)

    def _not_eligible(self, pod: PodInfo, diagnosis: Diagnosis) -> str:
        if pod.pod.spec.preemption_policy == "Never":
            return "not eligible due to preemptionPolicy=Never."
        node = self._handle.nominations.node_of(pod.uid) or pod.pod.status.nominated_node_name
        row = self._handle.cluster.columns.row_of.get(node) if node else None
        if row is None or (diagnosis.helpful is not None and not diagnosis.helpful[row]):
            return ""
        for other in self._handle.cluster.pods_on(node):
            if other.priority < pod.priority and _leaving(other.pod):
                return "not eligible due to a terminating pod on the nominated node."
        return ""

    def _candidates(self, state: State, pod: PodInfo, diagnosis: Diagnosis, why_not: Counter[str]) -> list[Candidate]:
        evaluator = self._handle.evaluator
        if diagnosis.helpful is None or evaluator is None:
            return []
        rows = [int(row) for row in np.flatnonzero(diagnosis.helpful)]
        if not rows:
            return []
        if not self._handle.cluster.any_below(pod.priority):
            why_not[NO_VICTIMS] += len(rows)
            return []
        budgets = self._handle.listers.list(PodDisruptionBudget)
        wanted = min(max(len(rows) * self._percentage // 100, self._absolute), len(rows))
        start = self._random.randrange(len(rows))
        found: list[Candidate] = []
        unbroken = 0
        for row in (*rows[start:], *rows[:start]):
            candidate = select_victims(self._handle, evaluator, state, pod, row, budgets, why_not)
            if candidate is not None:
                found.append(candidate)
                unbroken += not candidate.violations
                if unbroken and len(found) >= wanted:
                    break
        return found

    def _remove(self, pod: PodInfo, candidate: Candidate) -> None:
        metrics.victims().observe(len(candidate.victims))
        client, run = self._handle.client, self._handle.run
        if client is None or run is None:
            return
        victims = [victim for victim in candidate.victims if not victim.terminating]
        weaker = [p for p in self._handle.nominations.on(candidate.node) if p.priority < pod.priority]
        if not victims and not weaker:
            return
        self._preempting.add(pod.uid)
        run(self._removing(client, pod, candidate.node, victims, weaker), f"preempt-{pod.key}")

    async def _removing(
        self, client: ApiClient, pod: PodInfo, node: str, victims: list[PodInfo], weaker: list[PodInfo]
    ) -> None:
        """Ends with the Pod free to be tried again."""
        failed = False
        try:
            for other in weaker:
                self._handle.nominations.remove(other.uid)
            results = await asyncio.gather(
                *(self._clear_nomination(client, other) for other in weaker),
                *(self._evict(client, pod, node, victim) for victim in victims),
                return_exceptions=True,
            )
            for error in results:
                if isinstance(error, BaseException):
                    failed = True
                    log.warning("preemption is incomplete", pod=pod.key, node=node, error=str(error))
        finally:
            self._preempting.discard(pod.uid)
        gone = all(victim.key not in self._handle.cluster.pods for victim in victims)
        assert self._handle.activate is not None and self._handle.release is not None
        if failed or gone:
            # Events that came while the Pod was held back did not wake it.
            self._handle.activate(pod.key)
        else:
            self._handle.release(pod.key)
        for other in weaker:
            self._handle.activate(other.key)

    async def _clear_nomination(self, client: ApiClient, pod: PodInfo) -> None:
        patch = {"status": {"nominatedNodeName": None}}
        await client.patch(Pod, pod.name, patch, pod.namespace, "merge", "status")

    async def _evict(self, client: ApiClient, pod: PodInfo, node: str, victim: PodInfo) -> None:
        waiting = self._handle.waiting.get(victim.uid)
        if waiting is not None:
            waiting.reject(self.name, "preempted")
        else:
            condition = {
                "type": "DisruptionTarget",
                "status": "True",
                "reason": _REASON,
                "message": f"{pod.pod.spec.scheduler_name}: preempting to accommodate a higher priority pod",
                "lastTransitionTime": format_time(self._handle.clock.now()),
            }
            patch = {"metadata": {"uid": victim.uid}, "status": {"conditions": [condition]}}
            try:
                await client.patch(Pod, victim.name, patch, victim.namespace, "strategic", "status")
                await client.delete(Pod, victim.name, victim.namespace, uid=victim.uid)
            except NotFound:
                return
        text = f"Preempted by pod {pod.uid} on node {node}"
        profile = pod.pod.spec.scheduler_name
        self._handle.event(victim.pod, "Normal", "Preempted", text, "Preempting", pod.pod, by=profile)


def _leaving(pod: Pod) -> bool:
    """Whether a Pod is on its way out because of a preemption."""
    if pod.metadata.deletion_timestamp is None:
        return False
    target = next((c for c in pod.status.conditions if c.type == "DisruptionTarget"), None)
    return target is not None and target.status == "True" and target.reason == _REASON
