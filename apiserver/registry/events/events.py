"""Events under their newer names."""

from __future__ import annotations

from apiserver.registry.core.events import (
    STRATEGY as CORE,
)
from apiserver.registry.core.events import (
    validate_new_rules,
    validate_new_rules_update,
    validate_old_rules,
)
from apiserver.registry.errors import Errors
from apiserver.registry.strategy import Request, Strategy
from minik8s.api import core_v1
from minik8s.api.events_v1 import Event, EventSeries


def to_core(event: Event) -> core_v1.Event:
    """The same event under the core group's names, which is how events are stored."""
    series = event.series
    return core_v1.Event(
        metadata=event.metadata,
        involved_object=event.regarding,
        reason=event.reason,
        message=event.note,
        source=event.deprecated_source,
        first_timestamp=event.deprecated_first_timestamp,
        last_timestamp=event.deprecated_last_timestamp,
        count=event.deprecated_count,
        type=event.type,
        event_time=event.event_time,
        series=core_v1.EventSeries(count=series.count, last_observed_time=series.last_observed_time)
        if series is not None
        else None,
        action=event.action,
        related=event.related,
        reporting_component=event.reporting_controller,
        reporting_instance=event.reporting_instance,
    )


def from_core(event: core_v1.Event) -> Event:
    """A stored event under the newer names."""
    series = event.series
    return Event(
        metadata=event.metadata,
        regarding=event.involved_object,
        reason=event.reason,
        note=event.message,
        deprecated_source=event.source,
        deprecated_first_timestamp=event.first_timestamp,
        deprecated_last_timestamp=event.last_timestamp,
        deprecated_count=event.count,
        type=event.type,
        event_time=event.event_time,
        series=EventSeries(count=series.count, last_observed_time=series.last_observed_time)
        if series is not None
        else None,
        action=event.action,
        related=event.related,
        reporting_controller=event.reporting_component,
        reporting_instance=event.reporting_instance,
    )


_ABOUT = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
# The names of field labels here and in the core group.
_LABELS = {
    **{f"regarding.{name}": f"involvedObject.{name}" for name in _ABOUT},
    "reason": "reason",
    "reportingController": "reportingComponent",
    "type": "type",
}


class EventStrategy(Strategy[Event]):
    """Something that happened to an object."""

    allow_create_on_update = True
    garbage_collection = ""
    short_names = ("ev",)
    selectable = tuple(_LABELS)

    def validate(self, obj: Event, request: Request) -> Errors:
        """The rules of both groups."""
        errors = Errors()
        event = to_core(obj)
        validate_old_rules(event, errors, new_api=True)
        validate_new_rules(event, errors)
        return errors

    def validate_update(self, new: Event, old: Event, request: Request) -> Errors:
        """Only the series changes."""
        errors = Errors()
        event = to_core(new)
        validate_old_rules(event, errors, new_api=True)
        validate_new_rules_update(event, to_core(old), errors)
        return errors

    def select(self, obj: Event) -> dict[str, str]:
        """By what it is about, and who reports it."""
        found = CORE.select(to_core(obj))
        return {mine: found[theirs] for mine, theirs in _LABELS.items()}


STRATEGY = EventStrategy()
