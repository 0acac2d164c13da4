"""The disruption controller."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from controllers.disruption import budget as budgets
from controllers.disruption.scale import Scales, UnknownScale
from controllers.options import Options
from controllers.shared import pods
from controllers.shared.pace import Pace
from controllers.shared.words import go_selector
from minik8s.api.core_v1 import Pod, PodCondition
from minik8s.api.policy_v1 import PodDisruptionBudget
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.conditions import get_condition
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.intstr import IntOrStringError
from minik8s.machinery.selectors import from_label_selector
from minik8s.machinery.times import format_time, parse_time

_POD = "pod:"
STALE_SECONDS = 120.0
"""A pod said to be disrupted, and not deleted after so long, is not disrupted any more."""


class DisruptionController:
    """Keeps the status of each PodDisruptionBudget true; the eviction subresource relies on it."""

    name = "disruption-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch budgets and pods."""
        self._ctx = ctx
        self._pace = Pace(ctx)
        self._scales = Scales(ctx)
        self._budgets: Informer[PodDisruptionBudget] = ctx.watch(PodDisruptionBudget)
        self._pods: Informer[Pod] = ctx.informers.of(Pod)
        self._pods.on_change(self._pod_changed)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        for key in {key for pod in (old, new) if pod is not None for key in self._budgets_of(pod)}:
            self._pace.enqueue(key)
        if new is not None and _marked(new) is not None:
            self._ctx.enqueue(_POD + key_of(new))

    def _budgets_of(self, pod: Pod) -> Iterable[str]:
        for budget in self._budgets.list(pod.metadata.namespace):
            if from_label_selector(budget.spec.selector).matches(pod.metadata.labels):
                yield key_of(budget)

    async def reconcile(self, key: str) -> float | None:
        """Count for one budget, or look whether a pod (`pod:` keys) is disrupted in vain."""
        if key.startswith(_POD):
            return await self._unmark(key.removeprefix(_POD))
        budget = self._budgets.get_key(key)
        if budget is None:
            self._pace.note(key, 0)
            return None
        now, selector = self._ctx.clock.now(), from_label_selector(budget.spec.selector)
        mine = [pod for pod in self._pods.list(budget.metadata.namespace) if selector.matches(pod.metadata.labels)]
        self._pace.note(key, len(mine))
        if not mine:
            self._ctx.recorder.event(budget, "Normal", "NoPods", "No matching pods found")
        waiting, survived, again = budgets.disrupted(budget, mine, now)
        for pod in survived:
            message = f"Pod was expected by PDB {key} to be deleted but it wasn't"
            self._ctx.recorder.event(pod, "Warning", "NotDeleted", message)
        try:
            expected = await self._expected(budget, mine)
            status = budgets.status_of(budget, mine, expected, waiting, now)
        except (UnknownScale, IntOrStringError) as error:
            message = f"Failed to calculate the number of expected pods: {error}"
            self._ctx.recorder.event(budget, "Warning", "CalculateExpectedPodCountFailed", message)
            status = budgets.failed_status(budget, error, now)
        if status != budget.status:
            # Only onto the version that was read: evictions count in the same status.
            changed = deep_copy(budget)
            changed.status = status
            try:
                await self._ctx.client.update(changed, "status")
            except NotFound:
                return None
        return again

    async def _expected(self, budget: PodDisruptionBudget, mine: list[Pod]) -> int:
        if not budgets.needs_scale(budget):
            return len(mine)
        expected, unmanaged = await self._scales.expected(mine)
        if unmanaged:
            message = (
                f"Pods selected by this PodDisruptionBudget (selector: {go_selector(budget.spec.selector)}) "
                "were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which "
                'may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of '
                "the PDB to an integer value."
            )
            self._ctx.recorder.event(budget, "Warning", "UnmanagedPods", message)
        return expected

    async def _unmark(self, key: str) -> float | None:
        pod = self._pods.get_key(key)
        condition = _marked(pod) if pod is not None else None
        if pod is None or condition is None:
            return None
        now = self._ctx.clock.now()
        since = parse_time(condition.last_transition_time) if condition.last_transition_time else now
        left = (since + timedelta(seconds=STALE_SECONDS) - now).total_seconds()
        if left > 0:
            return left
        told = {"type": "DisruptionTarget", "status": "False", "lastTransitionTime": format_time(now)}
        patch = {"metadata": {"uid": pod.metadata.uid}, "status": {"conditions": [told]}}
        try:
            await self._ctx.client.patch(Pod, pod.metadata.name, patch, pod.metadata.namespace, "strategic", "status")
        except NotFound:
            return None
        return None


def _marked(pod: Pod) -> PodCondition | None:
    """The condition of a pod that is said to be disrupted and is not being deleted."""
    if pod.metadata.deletion_timestamp is not None or pods.is_terminal(pod):
        return None
    condition = get_condition(pod.status.conditions, "DisruptionTarget")
    return condition if condition is not None and condition.status == "True" else None


def make(options: Options) -> DisruptionController:
    """The controller, for the catalog."""
    return DisruptionController()
