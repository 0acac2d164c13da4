"""Deployments and the like, jobs, autoscalers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from apiserver.tables.printer import Column, Printer, columns
from apiserver.tables.text import NONE, UNKNOWN, UNSET, age, duration, moment, pairs, selector, since, template

_METRICS = "autoscaling.alpha.kubernetes.io/metrics"
_CURRENT = "autoscaling.alpha.kubernetes.io/current-metrics"
_MOST_METRICS = 2


def _revision(obj: Any, now: datetime) -> list[Any]:
    owner, text = next((each for each in obj.metadata.owner_references if each.controller), None), NONE
    if owner is not None:
        group = owner.api_version.rpartition("/")[0]
        text = f"{owner.kind}.{group}".rstrip(".").lower() + f"/{owner.name}"
    return [obj.metadata.name, text, obj.revision, age(obj, now)]


def _daemon_set(obj: Any, now: datetime) -> list[Any]:
    status, pod = obj.status, obj.spec.template.spec
    return [
        obj.metadata.name,
        status.desired_number_scheduled,
        status.current_number_scheduled,
        status.number_ready,
        status.updated_number_scheduled,
        status.number_available,
        pairs(pod.node_selector),
        age(obj, now),
        *template(pod),
        selector(obj.spec.selector),
    ]


def _deployment(obj: Any, now: datetime) -> list[Any]:
    spec, status = obj.spec, obj.status
    ready = f"{status.ready_replicas}/{spec.replicas or 0}"
    counts = [ready, status.updated_replicas, status.available_replicas]
    return [obj.metadata.name, *counts, age(obj, now), *template(spec.template.spec), selector(spec.selector)]


def _replica_set(obj: Any, now: datetime) -> list[Any]:
    spec, status = obj.spec, obj.status
    counts = [spec.replicas or 0, status.replicas, status.ready_replicas]
    return [obj.metadata.name, *counts, age(obj, now), *template(spec.template.spec), selector(spec.selector)]


def _stateful_set(obj: Any, now: datetime) -> list[Any]:
    ready = f"{obj.status.ready_replicas}/{obj.spec.replicas or 0}"
    return [obj.metadata.name, ready, age(obj, now), *template(obj.spec.template.spec)]


def _cron_job(obj: Any, now: datetime) -> list[Any]:
    spec, last = obj.spec, obj.status.last_schedule_time
    job = spec.job_template.spec
    return [
        obj.metadata.name,
        spec.schedule,
        spec.time_zone or NONE,
        UNSET if spec.suspend is None else str(spec.suspend),
        len(obj.status.active),
        since(last, now) if last else NONE,
        age(obj, now),
        *template(job.template.spec),
        selector(job.selector),
    ]


def _job_state(obj: Any) -> str:
    true = {each.type for each in obj.status.conditions if each.status == "True"}
    for kind in ("Complete", "Failed"):
        if kind in true:
            return kind
    if obj.metadata.deletion_timestamp is not None:
        return "Terminating"
    return next((kind for kind in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if kind in true), "Running")


def _job(obj: Any, now: datetime) -> list[Any]:
    spec, status = obj.spec, obj.status
    if spec.completions is not None:
        completions = f"{status.succeeded}/{spec.completions}"
    else:
        at_once = spec.parallelism or 0
        completions = f"{status.succeeded}/1" + (f" of {at_once}" if at_once > 1 else "")
    started, ended = moment(status.start_time), moment(status.completion_time)
    lasted = duration(((ended or now) - started).total_seconds()) if started is not None else ""
    state = _job_state(obj)
    names, images = template(spec.template.spec)
    return [obj.metadata.name, state, completions, lasted, age(obj, now), names, images, selector(spec.selector)]


def _told(value: Any) -> str:
    return UNKNOWN if value is None else str(value)


def _of_target(target: Any, current: Any) -> str:
    """Current and wanted value of a metric that is no share of a request."""
    if target.average_value is not None:
        return f"{_told(current and current.average_value)}/{target.average_value}"
    return f"{_told(current and current.value)}/{target.value}"


def _of_request(name: str, target: Any, current: Any) -> str:
    """Current and wanted use of a resource, as an amount or as a share of what is requested."""
    if target.average_value is not None:
        return f"{name}: {_told(current and current.average_value)}/{target.average_value}"
    used = current.average_utilization if current is not None else None
    now = UNKNOWN if used is None else f"{used}%"
    wanted = "<auto>" if target.average_utilization is None else f"{target.average_utilization}%"
    return f"{name}: {now}/{wanted}"


def _metric(spec: Any, status: Any) -> str:
    def current(part: str) -> Any:
        found = getattr(status, part, None) if status is not None else None
        return found.current if found is not None else None

    match spec.type:
        case "External":
            text = _of_target(spec.external.target, current("external"))
            return text + (" (avg)" if spec.external.target.average_value is not None else "")
        case "Pods":
            return _of_target(spec.pods.target, current("pods"))
        case "Object":
            text = _of_target(spec.object.target, current("object"))
            return text + (" (avg)" if spec.object.target.average_value is not None else "")
        case "Resource":
            return _of_request(spec.resource.name, spec.resource.target, current("resource"))
        case "ContainerResource":
            wanted = spec.container_resource
            return _of_request(wanted.name, wanted.target, current("container_resource"))
    return "<unknown type>"


def _scaler(obj: Any, now: datetime) -> list[Any]:
    spec, status = obj.spec, obj.status
    currently = status.current_metrics
    metrics = [
        _metric(each, currently[place] if place < len(currently) else None) for place, each in enumerate(spec.metrics)
    ]
    return _scaler_cells(obj, metrics, now)


def _scaler_cells(obj: Any, metrics: list[str], now: datetime) -> list[Any]:
    spec, target = obj.spec, obj.spec.scale_target_ref
    text = ", ".join(metrics[:_MOST_METRICS])
    if len(metrics) > _MOST_METRICS:
        text += f" + {len(metrics) - _MOST_METRICS} more..."
    least = UNSET if spec.min_replicas is None else str(spec.min_replicas)
    replicas = obj.status.current_replicas
    reference = f"{target.kind}/{target.name}"
    return [obj.metadata.name, reference, text or NONE, least, spec.max_replicas or 0, replicas or 0, age(obj, now)]


def _old_metric(spec: dict[str, Any], status: dict[str, Any]) -> str:
    kind = str(spec.get("type", ""))
    key = kind[:1].lower() + kind[1:]
    wanted, found = spec.get(key) or {}, status.get(key) or {}
    if kind in ("Resource", "ContainerResource"):
        name = wanted.get("name", "")
        if "targetAverageValue" in wanted:
            return f"{name}: {found.get('currentAverageValue', UNKNOWN)}/{wanted['targetAverageValue']}"
        used, share = found.get("currentAverageUtilization"), wanted.get("targetAverageUtilization")
        now = UNKNOWN if used is None else f"{used}%"
        return f"{name}: {now}/" + ("<auto>" if share is None else f"{share}%")
    if "targetAverageValue" in wanted:
        text = f"{found.get('currentAverageValue', UNKNOWN)}/{wanted['targetAverageValue']}"
        return text + (" (avg)" if kind == "External" else "")
    average = f"{found.get('averageValue', UNKNOWN)}/{wanted.get('averageValue')} (avg)"
    value = f"{found.get('currentValue', UNKNOWN)}/{wanted.get('targetValue')}"
    return average if "averageValue" in wanted else value


def _annotated(obj: Any, name: str) -> list[dict[str, Any]]:
    try:
        found = msgspec.json.decode(obj.metadata.annotations.get(name, "[]"), type=list[dict[str, Any]])
    except msgspec.MsgspecError:
        return []
    return found


def _old_scaler(obj: Any, now: datetime) -> list[Any]:
    """autoscaling/v1 keeps all metrics but the first CPU one in annotations."""
    metrics = []
    share = obj.spec.target_cpu_utilization_percentage
    if share is not None:
        used = obj.status.current_cpu_utilization_percentage
        metrics.append(f"cpu: {UNKNOWN if used is None else f'{used}%'}/{share}%")
    # The annotation of wanted values leaves the first metric out, that of current values does not.
    first, current = len(metrics), _annotated(obj, _CURRENT)
    for place, each in enumerate(_annotated(obj, _METRICS)):
        at = place + first
        metrics.append(_old_metric(each, current[at] if at < len(current) else {}))
    return _scaler_cells(obj, metrics, now)


def _scale(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, obj.spec.replicas, obj.status.replicas, age(obj, now)]


SCALE = Printer((Column("Name"), *columns("Desired:integer", "Available:integer", "Age")), _scale)
CUSTOM_SCALE = Printer(
    (
        Column("Name", format="name"),
        Column("Desired", "integer", description="Number of desired replicas"),
        Column("Available", "integer", description="Number of actual replicas"),
        Column("Age", "date"),
    ),
    _scale,
)
"""The scale of a custom object."""
_TEMPLATE = "Containers,Images,Selector"
_SCALER = columns("Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age")
PRINTERS = {
    "controllerrevisions": Printer(columns("Name", "Controller", "Revision", "Age"), _revision),
    "daemonsets": Printer(
        columns(
            "Name",
            "Desired:integer",
            "Current:integer",
            "Ready:integer",
            "Up-to-date:integer",
            "Available:integer",
            "Node Selector",
            "Age",
            wide=_TEMPLATE,
        ),
        _daemon_set,
    ),
    "deployments": Printer(columns("Name", "Ready", "Up-to-date", "Available", "Age", wide=_TEMPLATE), _deployment),
    "replicasets": Printer(
        columns("Name", "Desired:integer", "Current:integer", "Ready:integer", "Age", wide=_TEMPLATE), _replica_set
    ),
    "statefulsets": Printer(columns("Name", "Ready", "Age", wide="Containers,Images"), _stateful_set),
    "cronjobs": Printer(
        columns(
            "Name",
            "Schedule",
            "Timezone",
            "Suspend:boolean",
            "Active:integer",
            "Last Schedule",
            "Age",
            wide=_TEMPLATE,
        ),
        _cron_job,
    ),
    "jobs": Printer(columns("Name", "Status", "Completions", "Duration", "Age", wide=_TEMPLATE), _job),
    "horizontalpodautoscalers": Printer(_SCALER, _scaler),
}
OLD_SCALER = Printer(_SCALER, _old_scaler)
