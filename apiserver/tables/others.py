"""Leases, disruption budgets, priority and runtime classes, devices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apiserver.tables.core import NAMED
from apiserver.tables.printer import Printer, columns
from apiserver.tables.text import age


def _lease(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, obj.spec.holder_identity or "", age(obj, now)]


def _budget(obj: Any, now: datetime) -> list[Any]:
    spec = obj.spec
    least = "N/A" if spec.min_available is None else str(spec.min_available)
    most = "N/A" if spec.max_unavailable is None else str(spec.max_unavailable)
    return [obj.metadata.name, least, most, obj.status.disruptions_allowed, age(obj, now)]


def _priority(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, obj.value, bool(obj.global_default), age(obj, now), obj.preemption_policy or ""]


def _runtime(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, obj.handler, age(obj, now)]


def _claim(obj: Any, now: datetime) -> list[Any]:
    deleted = obj.metadata.deletion_timestamp is not None
    states = ["deleted"] if deleted else []
    if obj.status.allocation is None:
        states += [] if deleted else ["pending"]
    else:
        states.append("allocated")
        states += ["reserved"] if obj.status.reserved_for else []
    return [obj.metadata.name, ",".join(states), age(obj, now)]


def _slice(obj: Any, now: datetime) -> list[Any]:
    spec = obj.spec
    return [obj.metadata.name, spec.node_name or "", spec.driver, spec.pool.name, age(obj, now)]


PRINTERS = {
    "deviceclasses": NAMED,
    "leases": Printer(columns("Name", "Holder", "Age"), _lease),
    "poddisruptionbudgets": Printer(
        columns("Name", "Min Available", "Max Unavailable", "Allowed Disruptions:integer", "Age"), _budget
    ),
    "priorityclasses": Printer(
        columns("Name", "Value:integer", "Global-Default:boolean", "Age", "PreemptionPolicy"), _priority
    ),
    "resourceclaims": Printer(columns("Name", "State", "Age"), _claim),
    "resourceclaimtemplates": NAMED,
    "resourceslices": Printer(columns("Name", "Node", "Driver", "Pool", "Age"), _slice),
    "runtimeclasses": Printer(columns("Name", "Handler", "Age"), _runtime),
}
