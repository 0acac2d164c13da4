"""autoscaling/v1 and v2 for each other: what v1 has no field for travels in annotations."""

from __future__ import annotations

from typing import Any

import msgspec

from apiserver.registry.autoscaling.behavior import default_behavior
from apiserver.registry.autoscaling.old_metrics import (
    specs_from_annotation,
    statuses_from_annotation,
    to_annotation,
)
from apiserver.registry.quantities import check_quantities
from minik8s.api import autoscaling_v1 as v1
from minik8s.api import autoscaling_v2 as v2
from minik8s.machinery.quantity import QuantityError

METRICS = "autoscaling.alpha.kubernetes.io/metrics"
CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics"
BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior"
CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"
ROUND_TRIP = (METRICS, CURRENT_METRICS, BEHAVIOR, CONDITIONS)
_DEFAULT_UTILIZATION = 80


def cpu_metric(utilization: int = _DEFAULT_UTILIZATION) -> v2.MetricSpec:
    """The metric of those who name none."""
    target = v2.MetricTarget(type="Utilization", average_utilization=utilization)
    return v2.MetricSpec(type="Resource", resource=v2.ResourceMetricSource(name="cpu", target=target))


def _cpu_utilization(metric: v2.MetricSpec) -> int | None:
    source = metric.resource
    if metric.type != "Resource" or source is None or source.name != "cpu":
        return None
    return source.target.average_utilization


def _current_utilization(metrics: list[v2.MetricStatus]) -> int | None:
    for metric in metrics:
        source = metric.resource
        if metric.type == "Resource" and source is not None and source.name == "cpu":
            if source.current.average_utilization is not None:
                return source.current.average_utilization
    return None


def _rules_to_text(rules: v2.HPAScalingRules | None) -> Any:
    if rules is None:
        return None
    policies = [
        {"Type": each.type, "Value": each.value, "PeriodSeconds": each.period_seconds} for each in rules.policies
    ]
    return {
        "StabilizationWindowSeconds": rules.stabilization_window_seconds,
        "SelectPolicy": rules.select_policy,
        "Policies": policies or None,
        "Tolerance": rules.tolerance,
    }


def _behavior_to_text(behavior: v2.HorizontalPodAutoscalerBehavior) -> str:
    document = {"ScaleUp": _rules_to_text(behavior.scale_up), "ScaleDown": _rules_to_text(behavior.scale_down)}
    return msgspec.json.encode(document).decode()


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _camel(each) for key, each in value.items() if each is not None}
    return [_camel(each) for each in value] if isinstance(value, list) else value


def _behavior_from_text(text: str) -> v2.HorizontalPodAutoscalerBehavior | None:
    try:
        found = msgspec.convert(_camel(msgspec.json.decode(text)), v2.HorizontalPodAutoscalerBehavior)
        check_quantities(found)
    except (msgspec.MsgspecError, QuantityError):
        return None
    if found == v2.HorizontalPodAutoscalerBehavior():
        return None
    default_behavior(found)
    return found


def _conditions_from_text(text: str) -> list[v2.HorizontalPodAutoscalerCondition]:
    try:
        return msgspec.json.decode(text, type=list[v2.HorizontalPodAutoscalerCondition])
    except msgspec.MsgspecError:
        return []


def to_v2(obj: v1.HorizontalPodAutoscaler) -> v2.HorizontalPodAutoscaler:
    """The newer form of an autoscaler; the annotations are read and gone."""
    spec, status = obj.spec, obj.status
    annotations = obj.metadata.annotations
    metrics = specs_from_annotation(annotations[METRICS]) if METRICS in annotations else []
    if spec.target_cpu_utilization_percentage is not None:
        metrics.append(cpu_metric(spec.target_cpu_utilization_percentage))
    current: list[v2.MetricStatus] = []
    if CURRENT_METRICS in annotations:
        current = statuses_from_annotation(annotations[CURRENT_METRICS])
    elif status.current_cpu_utilization_percentage is not None:
        measured = v2.MetricValueStatus(average_utilization=status.current_cpu_utilization_percentage)
        current = [v2.MetricStatus(type="Resource", resource=v2.ResourceMetricStatus(name="cpu", current=measured))]
    target = spec.scale_target_ref
    newer = v2.HorizontalPodAutoscaler(
        metadata=msgspec.structs.replace(
            obj.metadata, annotations={k: v for k, v in annotations.items() if k not in ROUND_TRIP}
        ),
        spec=v2.HorizontalPodAutoscalerSpec(
            scale_target_ref=v2.CrossVersionObjectReference(
                kind=target.kind, name=target.name, api_version=target.api_version
            ),
            min_replicas=spec.min_replicas,
            max_replicas=spec.max_replicas,
            metrics=metrics,
            behavior=_behavior_from_text(annotations[BEHAVIOR]) if BEHAVIOR in annotations else None,
        ),
        status=v2.HorizontalPodAutoscalerStatus(
            observed_generation=status.observed_generation,
            last_scale_time=status.last_scale_time,
            current_replicas=status.current_replicas,
            desired_replicas=status.desired_replicas,
            conditions=_conditions_from_text(annotations[CONDITIONS]) if CONDITIONS in annotations else [],
        ),
    )
    if current:
        newer.status.current_metrics = current
    return newer


def to_v1(obj: v2.HorizontalPodAutoscaler) -> v1.HorizontalPodAutoscaler:
    """The older form of an autoscaler, with annotations for what has no field there."""
    spec, status, target = obj.spec, obj.status, obj.spec.scale_target_ref
    annotations = {k: v for k, v in obj.metadata.annotations.items() if k not in ROUND_TRIP}
    utilization = next((found for metric in spec.metrics if (found := _cpu_utilization(metric)) is not None), None)
    others = [metric for metric in spec.metrics if _cpu_utilization(metric) is None]
    if others:
        annotations[METRICS] = to_annotation(others)
    if status.current_metrics:
        annotations[CURRENT_METRICS] = to_annotation(status.current_metrics)
    if spec.behavior is not None:
        annotations[BEHAVIOR] = _behavior_to_text(spec.behavior)
    if status.conditions:
        annotations[CONDITIONS] = msgspec.json.encode(status.conditions).decode()
    return v1.HorizontalPodAutoscaler(
        metadata=msgspec.structs.replace(obj.metadata, annotations=annotations),
        spec=v1.HorizontalPodAutoscalerSpec(
            scale_target_ref=v1.CrossVersionObjectReference(
                kind=target.kind, name=target.name, api_version=target.api_version
            ),
            min_replicas=spec.min_replicas,
            max_replicas=spec.max_replicas,
            target_cpu_utilization_percentage=utilization,
        ),
        status=v1.HorizontalPodAutoscalerStatus(
            observed_generation=status.observed_generation,
            last_scale_time=status.last_scale_time,
            current_replicas=status.current_replicas,
            desired_replicas=status.desired_replicas,
            current_cpu_utilization_percentage=_current_utilization(status.current_metrics),
        ),
    )
