"""Which printer shows a resource."""

from __future__ import annotations

from functools import cache

from apiserver.tables import access, core, others, pods, services, storage, workloads
from apiserver.tables.printer import Printer

_ALL: dict[str, Printer] = {
    **core.PRINTERS,
    **pods.PRINTERS,
    **services.PRINTERS,
    **workloads.PRINTERS,
    **storage.PRINTERS,
    **access.PRINTERS,
    **others.PRINTERS,
}
_BY_GROUP_VERSION = {
    ("events.k8s.io/v1", "events"): core.NEW_EVENTS,
    ("autoscaling/v1", "horizontalpodautoscalers"): workloads.OLD_SCALER,
}


@cache
def printer_of(group_version: str, plural: str) -> Printer:
    """The printer of a built-in resource; kinds without one show their name and when they were made."""
    return _BY_GROUP_VERSION.get((group_version, plural)) or _ALL.get(plural, core.DATED)
