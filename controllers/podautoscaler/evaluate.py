"""One metric of an autoscaler: how many replicas it calls for, and how its status is written."""

from __future__ import annotations

import dataclasses
import math
from datetime import datetime
from decimal import Decimal

from controllers.podautoscaler.calculate import CannotCompute, Rules, by_samples, by_share, by_value, requests_of
from controllers.podautoscaler.sources import NoMetrics, Sample, Sources
from controllers.shared import pods
from controllers.shared.words import go_selector
from minik8s.api.autoscaling_v2 import (
    ContainerResourceMetricStatus,
    ExternalMetricStatus,
    MetricIdentifier,
    MetricSpec,
    MetricStatus,
    MetricTarget,
    MetricValueStatus,
    ObjectMetricStatus,
    PodsMetricStatus,
    ResourceMetricStatus,
)
from minik8s.api.core_v1 import Pod
from minik8s.client.errors import ApiError
from minik8s.machinery import quantity
from minik8s.machinery.selectors import Selector

_REASONS = {
    "Resource": "FailedGetResourceMetric",
    "ContainerResource": "FailedGetContainerResourceMetric",
    "Pods": "FailedGetPodsMetric",
    "Object": "FailedGetObjectMetric",
    "External": "FailedGetExternalMetric",
}


class MetricFailed(Exception):
    """A metric could not be had; `reason` is the condition's word for it, `told` what the whole look says of it."""

    def __init__(self, reason: str, message: str, told: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.told = told


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What is scaled: its namespace, its selector, its pods, and its replicas by spec and by status."""

    namespace: str
    selector: Selector
    pods: list[Pod]
    replicas: int
    reported: int


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """The replicas a metric calls for, how it is called in messages, and its status."""

    replicas: int
    name: str
    status: MetricStatus


async def evaluate(spec: MetricSpec, target: Target, sources: Sources, rules: Rules, now: datetime) -> Proposal:
    """What one metric calls for. Raises MetricFailed."""
    try:
        if spec.resource is not None or spec.container_resource is not None:
            return await _resource(spec, target, sources, rules, now)
        if spec.pods is not None:
            return await _pods(spec, target, sources, rules, now)
        if spec.object is not None:
            return await _object(spec, target, sources, rules)
        if spec.external is not None:
            return await _external(spec, target, sources, rules)
    except (ApiError, NoMetrics, CannotCompute) as error:
        message = f"{_failed(spec, target, error)}{error}"
        raise MetricFailed(_REASONS[spec.type], message, f"{_failed_whole(spec)}{message}") from error
    message = f'unknown metric source type "{spec.type}"'
    raise MetricFailed("InvalidMetricSourceType", message, message)


def _failed(spec: MetricSpec, target: Target, error: Exception) -> str:
    """How a failure to get a metric begins."""
    unseen = isinstance(error, ApiError | NoMetrics)
    wanted = spec.resource or spec.container_resource
    if wanted is not None:
        what = "utilization" if wanted.target.average_utilization is not None else "usage"
        where = f"unable to get metrics for resource {wanted.name}: " if unseen else ""
        return f"failed to get {wanted.name} {what}: {where}"
    if not unseen:
        return ""
    if spec.pods is not None:
        return f"unable to get metric {spec.pods.metric.name}: "
    if spec.object is not None:
        about = spec.object.described_object
        # In Kubernetes' order of words.
        return f"unable to get metric {spec.object.metric.name}: {about.kind} on {target.namespace} {about.name}/"
    assert spec.external is not None
    metric = spec.external.metric
    return f"unable to get external metric {target.namespace}/{metric.name}/{go_selector(metric.selector)}: "


def _failed_whole(spec: MetricSpec) -> str:
    """What is set before that where all metrics are told of."""
    if spec.resource is not None:
        return f"failed to get {spec.resource.name} resource metric value: "
    if spec.container_resource is not None:
        return f"failed to get {spec.container_resource.container} container metric value: "
    if spec.pods is not None:
        return "failed to get pods metric value: "
    if spec.object is not None:
        share = spec.object.target.average_value is not None
        again = f"failed to get {spec.object.metric.name} object metric: " if share else ""
        return f"failed to get object metric value: {again}"
    assert spec.external is not None
    name = spec.external.metric.name
    share = spec.external.target.average_value is not None
    again = f"failed to get {name} external metric: " if share else f"failed to get external metric {name}: "
    return f"failed to get {name} external metric value: {again}"


async def _resource(spec: MetricSpec, target: Target, sources: Sources, rules: Rules, now: datetime) -> Proposal:
    whole, part = spec.resource, spec.container_resource
    wanted = whole or part
    assert wanted is not None
    container = part.container if part is not None else ""
    samples = await sources.resource(wanted.name, target.namespace, target.selector, container)
    goal, names = wanted.target, [pod.metadata.name for pod in target.pods]
    is_cpu = wanted.name == "cpu"
    percent = goal.average_utilization
    if percent is not None:
        asked = requests_of(target.pods, wanted.name, container)
        each = {name: value * percent / 100 for name, value in asked.items()}
        fallback = {name: value * max(100, percent) / 100 for name, value in asked.items()}
    else:
        each = dict.fromkeys(names, _amount(goal.average_value))
        asked, fallback = {}, each
    count, total, summed = by_samples(target.replicas, target.pods, samples, each, fallback, is_cpu, rules, now)
    binary = wanted.name == "memory"
    current = MetricValueStatus(average_value=_written(total / summed, binary))
    called = f"{wanted.name} resource"
    if percent is not None:
        called = f"{wanted.name} container resource" if part is not None else called
        base = sum((asked[name] for name in samples if name in asked), Decimal(0))
        current.average_utilization = int(total * 100 / base) if base else 0
        called += " utilization (percentage of request)"
    if part is not None:
        told = ContainerResourceMetricStatus(name=part.name, container=container, current=current)
        return Proposal(count, called, MetricStatus(type="ContainerResource", container_resource=told))
    return Proposal(
        count,
        called,
        MetricStatus(type="Resource", resource=ResourceMetricStatus(name=wanted.name, current=current)),
    )


async def _pods(spec: MetricSpec, target: Target, sources: Sources, rules: Rules, now: datetime) -> Proposal:
    wanted = spec.pods
    assert wanted is not None
    samples: dict[str, Sample] = await sources.pods(wanted.metric, target.namespace, target.selector)
    each = dict.fromkeys((pod.metadata.name for pod in target.pods), _amount(wanted.target.average_value))
    count, total, summed = by_samples(target.replicas, target.pods, samples, each, each, False, rules, now)
    status = PodsMetricStatus(metric=wanted.metric, current=MetricValueStatus(average_value=_written(total / summed)))
    return Proposal(count, f"pods metric {wanted.metric.name}", MetricStatus(type="Pods", pods=status))


async def _object(spec: MetricSpec, target: Target, sources: Sources, rules: Rules) -> Proposal:
    wanted = spec.object
    assert wanted is not None
    value = await sources.object(wanted.metric, target.namespace, wanted.described_object)
    count, current = _one_value(value, wanted.target, target, rules)
    status = ObjectMetricStatus(metric=wanted.metric, described_object=wanted.described_object, current=current)
    name = f"{wanted.described_object.kind} metric {wanted.metric.name}"
    if wanted.target.average_value is not None:
        name = _external_name(wanted.metric)
    return Proposal(count, name, MetricStatus(type="Object", object=status))


async def _external(spec: MetricSpec, target: Target, sources: Sources, rules: Rules) -> Proposal:
    wanted = spec.external
    assert wanted is not None
    value = await sources.external(wanted.metric, target.namespace)
    count, current = _one_value(value, wanted.target, target, rules)
    status = ExternalMetricStatus(metric=wanted.metric, current=current)
    return Proposal(count, _external_name(wanted.metric), MetricStatus(type="External", external=status))


def _external_name(metric: MetricIdentifier) -> str:
    return f"external metric {metric.name}({go_selector(metric.selector)})"


def _one_value(value: Decimal, goal: MetricTarget, target: Target, rules: Rules) -> tuple[int, MetricValueStatus]:
    if goal.average_value is not None:
        count = by_share(target.reported, value, _amount(goal.average_value), rules)
        return count, MetricValueStatus(average_value=_written(value / max(target.reported, 1)))
    ready = sum(pod.status.phase == "Running" and pods.is_ready(pod) for pod in target.pods)
    return by_value(target.replicas, ready, value, _amount(goal.value), rules), MetricValueStatus(value=_written(value))


def _amount(text: str | None) -> Decimal:
    found = quantity.parse(text) if text is not None else Decimal(0)
    if found <= 0:
        raise CannotCompute("the target value must be greater than 0")
    return found


def _written(amount: Decimal, binary: bool = False) -> str:
    if binary and amount >= 1024:
        return quantity.from_value(math.ceil(amount), binary=True)
    return quantity.from_milli(int(amount * 1000))
