"""The small kinds of the core group, and events of both groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apiserver.tables.printer import Printer, columns
from apiserver.tables.text import NONE, UNKNOWN, age, created, pairs, shortened, since, template

_ROLE = "node-role.kubernetes.io/"


def _dated(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, created(obj)]


DATED = Printer(columns("Name", "Created At:date"), _dated)
"""How kinds without a table of their own are shown."""


def _named(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, age(obj, now)]


NAMED = Printer(columns("Name", "Age"), _named)


def _component(obj: Any, now: datetime) -> list[Any]:
    for each in obj.conditions:
        if each.type == "Healthy":
            return [obj.metadata.name, "Healthy" if each.status == "True" else "Unhealthy", each.message, each.error]
    return [obj.metadata.name, "Unknown", "", ""]


COMPONENTS = Printer(columns("Name", "Status", "Message", "Error"), _component)


def _config_map(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, len(obj.data) + len(obj.binary_data), age(obj, now)]


def _secret(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, obj.type, len(obj.data), age(obj, now)]


def _namespace(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, obj.status.phase, age(obj, now)]


def _endpoints(obj: Any, now: datetime) -> list[Any]:
    found = []
    for subset in obj.subsets:
        addresses = [each.ip for each in subset.addresses]
        if not subset.ports:
            found += addresses
        for port in subset.ports:
            found += [f"[{ip}]:{port.port}" if ":" in ip else f"{ip}:{port.port}" for ip in addresses]
    return [obj.metadata.name, shortened(found, 3) or NONE, age(obj, now)]


def _roles(labels: dict[str, str]) -> str:
    found = {key.removeprefix(_ROLE) for key in labels if key.startswith(_ROLE) and key != _ROLE}
    if role := labels.get("kubernetes.io/role"):
        found.add(role)
    return ",".join(sorted(found)) or NONE


def _node(obj: Any, now: datetime) -> list[Any]:
    ready = next((each.status for each in obj.status.conditions if each.type == "Ready"), "")
    states = ["Ready" if ready == "True" else "NotReady"] if ready else ["Unknown"]
    if obj.spec.unschedulable:
        states.append("SchedulingDisabled")
    addresses = {each.type: each.address for each in reversed(obj.status.addresses)}
    told = obj.status.node_info
    kernel = f"{told.kernel_version} ({told.architecture})" if told.architecture else told.kernel_version
    return [
        obj.metadata.name,
        ",".join(states),
        _roles(obj.metadata.labels),
        age(obj, now),
        told.kubelet_version,
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        told.os_image or UNKNOWN,
        kernel if told.kernel_version else UNKNOWN,
        told.container_runtime_version or UNKNOWN,
    ]


def _quota(obj: Any, now: datetime) -> list[Any]:
    requests: list[str] = []
    limits: list[str] = []
    for name in sorted(obj.status.hard):
        text = f"{name}: {obj.status.used.get(name, '0')}/{obj.status.hard[name]}"
        (limits if name.startswith("limits.") else requests).append(text)
    return [obj.metadata.name, ", ".join(requests), ", ".join(limits), age(obj, now)]


def _pod_template(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, *template(obj.template.spec), pairs(obj.template.metadata.labels)]


def _controller(obj: Any, now: datetime) -> list[Any]:
    spec, status = obj.spec, obj.status
    names, images = template(spec.template.spec) if spec.template is not None else ("", "")
    wanted = spec.replicas or 0
    ready = status.ready_replicas
    return [obj.metadata.name, wanted, status.replicas, ready, age(obj, now), names, images, pairs(spec.selector)]


def _source(component: str, instance: str) -> str:
    return f"{component}, {instance}" if instance else component


def _shown(obj: Any, about: Any, now: datetime, first: str | None, last: str | None, count: int) -> tuple[Any, ...]:
    """(last seen, object, first seen, count) of an event."""
    first_seen = since(first or obj.event_time, now)
    last_seen = since(last, now) if last else first_seen
    if obj.series is not None:
        last_seen, count = since(obj.series.last_observed_time, now), obj.series.count
    target = about.kind.lower()
    return last_seen, f"{target}/{about.name}" if about.name else target, first_seen, count or 1


def _event(obj: Any, now: datetime) -> list[Any]:
    about = obj.involved_object
    last, target, first, count = _shown(obj, about, now, obj.first_timestamp, obj.last_timestamp, obj.count)
    component = obj.source.component or obj.reporting_component
    source = _source(component, obj.source.host or obj.reporting_instance)
    text = obj.message.strip()
    return [last, obj.type, obj.reason, target, about.field_path, source, text, first, count, obj.metadata.name]


def _new_event(obj: Any, now: datetime) -> list[Any]:
    about, old = obj.regarding, obj.deprecated_source
    times = (obj.deprecated_first_timestamp, obj.deprecated_last_timestamp)
    last, target, first, count = _shown(obj, about, now, *times, obj.deprecated_count)
    source = _source(old.component or obj.reporting_controller, old.host or obj.reporting_instance)
    text = obj.note.strip()
    return [last, obj.type, obj.reason, target, about.field_path, source, text, first, count, obj.metadata.name]


_TEMPLATE = "Containers,Images,Selector"
_EVENT = (
    *columns("Last Seen", "Type", "Reason", "Object"),
    *columns(wide="Subobject,Source"),
    *columns("Message"),
    *columns(wide="First Seen,Count,Name"),
)
EVENTS = Printer(_EVENT, _event)
NEW_EVENTS = Printer(_EVENT, _new_event)
PRINTERS = {
    "componentstatuses": COMPONENTS,
    "configmaps": Printer(columns("Name", "Data", "Age"), _config_map),
    "endpoints": Printer(columns("Name", "Endpoints", "Age"), _endpoints),
    "events": EVENTS,
    "namespaces": Printer(columns("Name", "Status", "Age"), _namespace),
    "nodes": Printer(
        columns(
            "Name",
            "Status",
            "Roles",
            "Age",
            "Version",
            wide="Internal-IP,External-IP,OS-Image,Kernel-Version,Container-Runtime",
        ),
        _node,
    ),
    "podtemplates": Printer(columns("Name", "Containers", "Images", "Pod Labels"), _pod_template),
    "replicationcontrollers": Printer(
        columns("Name", "Desired:integer", "Current:integer", "Ready:integer", "Age", wide=_TEMPLATE), _controller
    ),
    "resourcequotas": Printer(columns("Name", "Request", "Limit", "Age"), _quota),
    "secrets": Printer(columns("Name", "Type", "Data", "Age"), _secret),
    "serviceaccounts": NAMED,
}
