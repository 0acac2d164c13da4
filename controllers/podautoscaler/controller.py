"""The horizontal pod autoscaler."""

from __future__ import annotations

from typing import Any

from controllers.options import Options
from controllers.podautoscaler.behavior import Memory, rules_of
from controllers.podautoscaler.calculate import Rules
from controllers.podautoscaler.evaluate import MetricFailed, Proposal, Target, evaluate
from controllers.podautoscaler.sources import Sources
from controllers.shared.statuses import write_status
from minik8s.api.autoscaling_v1 import Scale
from minik8s.api.autoscaling_v2 import HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition, MetricStatus
from minik8s.api.core_v1 import Pod
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError, Conflict
from minik8s.client.informer import Informer
from minik8s.client.resources import Resource
from minik8s.machinery import quantity
from minik8s.machinery.conditions import set_condition
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.selectors import SelectorError, parse_label_selector
from minik8s.machinery.times import format_time

_ATTEMPTS = 5
"""How often a scale that others changed meanwhile is read and written again."""


class HorizontalController:
    """Looks at each autoscaler's metrics every `sync_period` seconds and scales its target."""

    name = "horizontal-pod-autoscaler-controller"

    def __init__(self, options: Options) -> None:
        self._options = options
        self._period = options.horizontal_pod_autoscaler_sync_period

    def setup(self, ctx: ControllerContext) -> None:
        """Watch autoscalers and pods."""
        self._ctx = ctx
        self._sources = Sources(ctx.client)
        self._memory: dict[str, Memory] = {}
        self._pods: Informer[Pod] = ctx.informers.of(Pod)
        self._owners: Informer[HorizontalPodAutoscaler] = ctx.informers.of(HorizontalPodAutoscaler)
        self._owners.on_change(self._changed)

    def _changed(self, old: HorizontalPodAutoscaler | None, new: HorizontalPodAutoscaler | None) -> None:
        # Its own status is no reason to look again before the time.
        if old is None or new is None or old.spec != new.spec:
            self._ctx.enqueue_object(new or old)

    async def reconcile(self, key: str) -> float | None:
        """Look at one autoscaler."""
        held = self._owners.get_key(key)
        if held is None:
            self._memory.pop(key, None)
            return None
        owner = deep_copy(held)
        try:
            await self._autoscale(key, owner)
        finally:
            await write_status(self._ctx.client, held, owner.status)
        return self._period

    def _tell(self, owner: HorizontalPodAutoscaler, type_: str, value: bool, reason: str, message: str) -> None:
        told = HorizontalPodAutoscalerCondition(
            type=type_, status="True" if value else "False", reason=reason, message=message
        )
        set_condition(owner.status.conditions, told, format_time(self._ctx.clock.now()))

    def _event(self, owner: HorizontalPodAutoscaler, type_: str, reason: str, message: str) -> None:
        self._ctx.recorder.event(owner, type_, reason, message)

    async def _autoscale(self, key: str, owner: HorizontalPodAutoscaler) -> None:
        reference, namespace = owner.spec.scale_target_ref, owner.metadata.namespace
        try:
            resource = await self._ctx.client.dynamic.resource(reference.api_version or "v1", reference.kind)
            scale = await self._ctx.client.get(Scale, reference.name, namespace, "scale", parent=resource)
        except ApiError as error:
            self._event(owner, "Warning", "FailedGetScale", str(error))
            message = f"the HPA controller was unable to get the target's current scale: {error}"
            self._tell(owner, "AbleToScale", False, "FailedGetScale", message)
            return
        message = "the HPA controller was able to get the target's current scale"
        self._tell(owner, "AbleToScale", True, "SucceededGetScale", message)
        current, status = scale.spec.replicas, owner.status
        least = 1 if owner.spec.min_replicas is None else owner.spec.min_replicas
        status.current_replicas = current
        # Where no metric is asked for, none is shown.
        status.current_metrics = []
        reason = ""
        if current == 0 and least != 0:
            wanted = 0
            message = "scaling is disabled since the replica count of the target is zero"
            self._tell(owner, "ScalingActive", False, "ScalingDisabled", message)
        elif current > owner.spec.max_replicas:
            wanted, reason = owner.spec.max_replicas, "Current number of replicas above Spec.MaxReplicas"
        elif current < least:
            wanted, reason = least, "Current number of replicas below Spec.MinReplicas"
        else:
            best = await self._propose(owner, scale)
            if best is None:
                return
            reason = f"{best.name} above target" if best.replicas > current else "All metrics below target"
            wanted = self._settle(key, owner, current, best.replicas, least)
        if wanted != current:
            await self._rescale(key, owner, resource, scale, wanted, reason)
        status.desired_replicas = wanted

    def _settle(self, key: str, owner: HorizontalPodAutoscaler, current: int, wanted: int, least: int) -> int:
        memory = self._memory.setdefault(key, Memory())
        rules = rules_of(owner, self._options.horizontal_pod_autoscaler_downscale_stabilization)
        bounds = (least, owner.spec.max_replicas)
        found = memory.settle(self._ctx.clock.monotonic(), current, wanted, bounds, rules)
        self._tell(owner, "AbleToScale", True, *found.stabilized)
        self._tell(owner, "ScalingLimited", found.limited, *found.limit)
        return found.replicas

    async def _rescale(
        self,
        key: str,
        owner: HorizontalPodAutoscaler,
        resource: Resource[Any],
        scale: Scale,
        wanted: int,
        reason: str,
    ) -> None:
        before = scale.spec.replicas
        desired, owner.status.desired_replicas = owner.status.desired_replicas, wanted
        try:
            await self._write(resource, scale, wanted)
        except ApiError as error:
            message = f"New size: {wanted}; reason: {reason}; error: {error}"
            self._event(owner, "Warning", "FailedRescale", message)
            message = f"the HPA controller was unable to update the target scale: {error}"
            self._tell(owner, "AbleToScale", False, "FailedUpdateScale", message)
            owner.status.desired_replicas = desired
            raise
        self._event(owner, "Normal", "SuccessfulRescale", f"New size: {wanted}; reason: {reason}")
        message = f"the HPA controller was able to update the target scale to {wanted}"
        self._tell(owner, "AbleToScale", True, "SucceededRescale", message)
        owner.status.last_scale_time = format_time(self._ctx.clock.now())
        self._memory.setdefault(key, Memory()).note_change(self._ctx.clock.monotonic(), wanted - before)

    async def _write(self, resource: Resource[Any], scale: Scale, wanted: int) -> None:
        for attempt in range(_ATTEMPTS):
            scale.spec.replicas = wanted
            try:
                await self._ctx.client.update(scale, "scale", parent=resource)
                return
            except Conflict:
                # Whoever writes the target's status moves it on; that is no reason not to scale it.
                if attempt == _ATTEMPTS - 1:
                    raise
                meta = scale.metadata
                scale = await self._ctx.client.get(Scale, meta.name, meta.namespace, "scale", parent=resource)

    async def _propose(self, owner: HorizontalPodAutoscaler, scale: Scale) -> Proposal | None:
        """The largest of what the metrics call for; None, and why in the conditions, when they do not tell."""
        if not scale.status.selector:
            self._event(owner, "Warning", "SelectorRequired", "selector is required")
            message = "the HPA target's scale is missing a selector"
            self._tell(owner, "ScalingActive", False, "InvalidSelector", message)
            return None
        try:
            selector = parse_label_selector(scale.status.selector)
        except SelectorError as error:
            message = f"couldn't convert selector into a corresponding internal selector object: {error}"
            self._event(owner, "Warning", "InvalidSelector", message)
            self._tell(owner, "ScalingActive", False, "InvalidSelector", message)
            return None
        namespace = owner.metadata.namespace
        there = [pod for pod in self._pods.list(namespace) if selector.matches(pod.metadata.labels)]
        target = Target(namespace, selector, there, scale.spec.replicas, scale.status.replicas)
        rules, now = self._rules(owner), self._ctx.clock.now()
        proposals: list[Proposal] = []
        failures: list[MetricFailed] = []
        for spec in owner.spec.metrics:
            try:
                proposals.append(await evaluate(spec, target, self._sources, rules, now))
                owner.status.current_metrics.append(proposals[-1].status)
            except MetricFailed as error:
                failures.append(error)
                owner.status.current_metrics.append(MetricStatus())
                self._event(owner, "Warning", error.reason, str(error))
        best = max(proposals, key=lambda one: one.replicas, default=None)
        if failures and (best is None or best.replicas < target.replicas):
            # What cannot be seen may need all that is there: never scale down on half of the facts.
            first = failures[0]
            message = f"the HPA was unable to compute the replica count: {first}"
            self._tell(owner, "ScalingActive", False, first.reason, message)
            count = f"{len(failures)} invalid out of {len(owner.spec.metrics)}"
            told = f"invalid metrics ({count}), first error is: {first.told}"
            self._event(owner, "Warning", "FailedComputeMetricsReplicas", told)
            return None
        if best is not None:
            message = f"the HPA was able to successfully calculate a replica count from {best.name}"
            self._tell(owner, "ScalingActive", True, "ValidMetricFound", message)
        return best

    def _rules(self, owner: HorizontalPodAutoscaler) -> Rules:
        given = self._options.horizontal_pod_autoscaler_tolerance
        up, down = rules_of(owner, 0)
        return Rules(
            float(quantity.parse(down.tolerance)) if down.tolerance is not None else given,
            float(quantity.parse(up.tolerance)) if up.tolerance is not None else given,
            self._options.horizontal_pod_autoscaler_cpu_initialization_period,
            self._options.horizontal_pod_autoscaler_initial_readiness_delay,
        )


def make(options: Options) -> HorizontalController:
    """The controller, for the catalog."""
    return HorizontalController(options)
