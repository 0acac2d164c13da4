"""Metrics as autoscaling/v1 writes them into annotations: the names of an older version, flat instead of nested."""

from __future__ import annotations

from typing import Any

import msgspec

from apiserver.registry.quantities import check_quantities
from minik8s.api.autoscaling_v2 import MetricSpec, MetricStatus
from minik8s.api.fields import Struct
from minik8s.machinery.quantity import QuantityError

_Row = tuple[tuple[str, str], ...]
# For each source: name in the older version <- path in the newer one, in the order in which they are written.
_SPEC: dict[str, _Row] = {
    "object": (
        ("target", "describedObject"),
        ("metricName", "metric.name"),
        ("targetValue", "target.value"),
        ("selector", "metric.selector"),
        ("averageValue", "target.averageValue"),
    ),
    "pods": (
        ("metricName", "metric.name"),
        ("targetAverageValue", "target.averageValue"),
        ("selector", "metric.selector"),
    ),
    "resource": (
        ("name", "name"),
        ("targetAverageUtilization", "target.averageUtilization"),
        ("targetAverageValue", "target.averageValue"),
    ),
    "containerResource": (
        ("name", "name"),
        ("targetAverageUtilization", "target.averageUtilization"),
        ("targetAverageValue", "target.averageValue"),
        ("container", "container"),
    ),
    "external": (
        ("metricName", "metric.name"),
        ("metricSelector", "metric.selector"),
        ("targetValue", "target.value"),
        ("targetAverageValue", "target.averageValue"),
    ),
}
_STATUS: dict[str, _Row] = {
    "object": (
        ("target", "describedObject"),
        ("metricName", "metric.name"),
        ("currentValue", "current.value"),
        ("selector", "metric.selector"),
        ("averageValue", "current.averageValue"),
    ),
    "pods": (
        ("metricName", "metric.name"),
        ("currentAverageValue", "current.averageValue"),
        ("selector", "metric.selector"),
    ),
    "resource": (
        ("name", "name"),
        ("currentAverageUtilization", "current.averageUtilization"),
        ("currentAverageValue", "current.averageValue"),
    ),
    "containerResource": (
        ("name", "name"),
        ("currentAverageUtilization", "current.averageUtilization"),
        ("currentAverageValue", "current.averageValue"),
        ("container", "container"),
    ),
    "external": (
        ("metricName", "metric.name"),
        ("metricSelector", "metric.selector"),
        ("currentValue", "current.value"),
        ("currentAverageValue", "current.averageValue"),
    ),
}
# Written even when nothing is set.
_NEEDED = {
    "object": ("targetValue", "currentValue"),
    "external": ("currentValue",),
    "pods": ("targetAverageValue", "currentAverageValue"),
    "resource": ("currentAverageValue",),
    "containerResource": ("currentAverageValue",),
}


def _get(document: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def _set(document: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for name in parents:
        document = document.setdefault(name, {})
    document[last] = value


def _older(document: dict[str, Any], rows: dict[str, _Row]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": document["type"]}
    for source, row in rows.items():
        mine = document.get(source)
        if mine is None:
            continue
        written: dict[str, Any] = {}
        for name, path in row:
            value = _get(mine, path)
            if value is None and name in _NEEDED[source]:
                value = "0"
            if value is not None:
                written[name] = value
        found[source] = written
    return found


def _target_type(target: dict[str, Any]) -> str:
    if "averageUtilization" in target:
        return "Utilization"
    return "AverageValue" if "averageValue" in target else "Value"


def _newer(document: dict[str, Any], rows: dict[str, _Row]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": document.get("type", "")}
    for source, row in rows.items():
        mine = document.get(source)
        if not isinstance(mine, dict):
            continue
        made: dict[str, Any] = {}
        for name, path in row:
            value = mine.get(name)
            if value is None or (value == "0" and name == "targetValue" and "averageValue" in mine):
                continue
            _set(made, path, value)
        if rows is _SPEC:
            target = made.setdefault("target", {})
            target["type"] = _target_type(target)
        found[source] = made
    return found


def to_annotation(metrics: list[MetricSpec] | list[MetricStatus]) -> str:
    """Metrics, or what was measured, as text under the older names."""
    rows = _SPEC if metrics and isinstance(metrics[0], MetricSpec) else _STATUS
    return msgspec.json.encode([_older(_plain(metric), rows) for metric in metrics]).decode()


def _plain(value: Struct) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(value)
    return found


def specs_from_annotation(text: str) -> list[MetricSpec]:
    """The metrics of an annotation; an annotation that makes no sense says nothing."""
    found: list[MetricSpec] = _read(text, _SPEC, list[MetricSpec])
    return found


def statuses_from_annotation(text: str) -> list[MetricStatus]:
    """What was measured, from an annotation."""
    found: list[MetricStatus] = _read(text, _STATUS, list[MetricStatus])
    return found


def _read(text: str, rows: dict[str, _Row], tp: Any) -> Any:
    try:
        documents = msgspec.json.decode(text)
        found = msgspec.convert([_newer(document, rows) for document in documents], tp)
        for metric in found:
            check_quantities(metric)
    except (msgspec.MsgspecError, AttributeError, TypeError, QuantityError):
        return []
    return found
