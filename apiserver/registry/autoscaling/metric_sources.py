"""What an autoscaler goes by: metrics and their targets."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.pod_spec.resources import check_container_name, report_name
from minik8s.api.autoscaling_v2 import (
    ContainerResourceMetricSource,
    CrossVersionObjectReference,
    ExternalMetricSource,
    MetricIdentifier,
    MetricSpec,
    MetricTarget,
    ObjectMetricSource,
    PodsMetricSource,
    ResourceMetricSource,
)
from minik8s.machinery import quantity

_TYPES = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_TARGETS = ("Utilization", "Value", "AverageValue")


def validate_reference(reference: CrossVersionObjectReference, path: str, errors: Errors) -> None:
    """A kind and a name."""
    for label, value in (("kind", reference.kind), ("name", reference.name)):
        if not value:
            errors.required(f"{path}.{label}")
        else:
            errors.invalid_each(f"{path}.{label}", value, formats.path_segment(value))


def _validate_target(target: MetricTarget, path: str, errors: Errors) -> None:
    if not target.type:
        errors.required(f"{path}.type", "must specify a metric target type")
    if target.type not in _TARGETS:
        errors.invalid(f"{path}.type", target.type, "must be either Utilization, Value, or AverageValue")
    for label, value in (("value", target.value), ("averageValue", target.average_value)):
        if value is not None and quantity.parse(value) <= 0:
            errors.invalid(f"{path}.{label}", value, "must be positive")
    if target.average_utilization is not None and target.average_utilization < 1:
        errors.invalid(f"{path}.averageUtilization", target.average_utilization, "must be greater than 0")


def _validate_metric(metric: MetricIdentifier, path: str, errors: Errors) -> None:
    if not metric.name:
        errors.required(f"{path}.name", "must specify a metric name")
    else:
        errors.invalid_each(f"{path}.name", metric.name, formats.path_segment(metric.name))


def _validate_object(source: ObjectMetricSource, path: str, errors: Errors) -> None:
    validate_reference(source.described_object, f"{path}.describedObject", errors)
    _validate_metric(source.metric, f"{path}.metric", errors)
    _validate_target(source.target, f"{path}.target", errors)
    if source.target.value is None and source.target.average_value is None:
        errors.required(f"{path}.target.averageValue", "must set either a target value or averageValue")


def _validate_external(source: ExternalMetricSource, path: str, errors: Errors) -> None:
    _validate_metric(source.metric, f"{path}.metric", errors)
    _validate_target(source.target, f"{path}.target", errors)
    value, average = source.target.value, source.target.average_value
    if value is None and average is None:
        errors.required(f"{path}.target.averageValue", "must set either a target value for metric or a per-pod target")
    if value is not None and average is not None:
        errors.forbidden(f"{path}.target.value", "may not set both a target value for metric and a per-pod target")


def _validate_pods(source: PodsMetricSource, path: str, errors: Errors) -> None:
    _validate_metric(source.metric, f"{path}.metric", errors)
    _validate_target(source.target, f"{path}.target", errors)
    if source.target.average_value is None:
        errors.required(f"{path}.target.averageValue", "must specify a positive target averageValue")


def _validate_resource(source: ResourceMetricSource | ContainerResourceMetricSource, path: str, errors: Errors) -> None:
    if not source.name:
        errors.required(f"{path}.name", "must specify a resource name")
    if isinstance(source, ContainerResourceMetricSource):
        if source.name:
            report_name(source.name, check_container_name, f"{path}.name", errors)
        if not source.container:
            errors.required(f"{path}.container", "must specify a container")
        else:
            errors.invalid_each(f"{path}.container", source.container, formats.dns_label(source.container))
    _validate_target(source.target, f"{path}.target", errors)
    utilization, average = source.target.average_utilization, source.target.average_value
    if utilization is None and average is None:
        errors.required(
            f"{path}.target.averageUtilization", "must set either a target raw value or a target utilization"
        )
    if utilization is not None and average is not None:
        errors.forbidden(f"{path}.target.averageValue", "may not set both a target raw value and a target utilization")


def _validate_sources(metric: MetricSpec, path: str, errors: Errors) -> list[str]:
    """Check the first source that is there; the names of all that are."""
    found = Errors()
    present = []
    if metric.object is not None:
        present.append("object")
        _validate_object(metric.object, f"{path}.object", found)
    if metric.external is not None:
        present.append("external")
        if len(present) == 1:
            _validate_external(metric.external, f"{path}.external", found)
    if metric.pods is not None:
        present.append("pods")
        if len(present) == 1:
            _validate_pods(metric.pods, f"{path}.pods", found)
    for name, source in (("resource", metric.resource), ("containerResource", metric.container_resource)):
        if source is not None:
            present.append(name)
            if len(present) == 1:
                _validate_resource(source, f"{path}.{name}", found)
    errors += found
    return present


def _validate_spec(metric: MetricSpec, path: str, errors: Errors) -> None:
    if not metric.type:
        errors.required(f"{path}.type", "must specify a metric source type")
    if metric.type not in _TYPES:
        errors.not_supported(f"{path}.type", metric.type, tuple(_TYPES))
    present = _validate_sources(metric, path, errors)
    expected = _TYPES.get(metric.type)
    if expected is None:
        errors.not_supported(f"{path}.type", metric.type, tuple(_TYPES))
    elif expected not in present:
        errors.required(f"{path}.{expected}", "must populate information for the given metric source")
    if len(present) != 1:
        for name in present:
            if name != expected:
                errors.forbidden(f"{path}.{name}", "must populate the given metric source only")


def validate_metrics(metrics: list[MetricSpec], min_replicas: int | None, errors: Errors) -> None:
    """Each has the source its type names; without pods only some of them can be measured."""
    for index, metric in enumerate(metrics):
        _validate_spec(metric, f"spec.metrics[{index}]", errors)
    if min_replicas == 0 and not any(metric.type in ("Object", "External") for metric in metrics):
        errors.forbidden(
            "spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas"
        )
