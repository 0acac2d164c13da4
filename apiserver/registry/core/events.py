"""Events, of the core group and of events.k8s.io: one stored form with two sets of names."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.core_v1 import Event

_LIMIT = 128
_NOTE_LIMIT = 1024
_ELSEWHERE = "does not match event.namespace"


def _check_text(name: str, value: str, limit: int, errors: Errors, *, needed: bool = True) -> None:
    if needed and not value:
        errors.required(name)
    if len(value.encode()) > limit:
        errors.invalid(name, "", f"can have at most {limit} characters")


def validate_old_rules(event: Event, errors: Errors, *, new_api: bool) -> None:
    """What every event is held to; one with an event time to more."""
    namespace, about = event.metadata.namespace, event.involved_object.namespace
    if not event.event_time:
        matches = about == namespace if about else namespace in ("", "default")
        if not matches:
            errors.invalid("involvedObject.namespace", about, _ELSEWHERE)
    else:
        if not about and namespace not in ("default", "kube-system"):
            errors.invalid("involvedObject.namespace", about, _ELSEWHERE)
        reporter = "reportingController" if new_api else "reportingComponent"
        if not event.reporting_component:
            errors.required(reporter)
        errors.invalid_each(reporter, event.reporting_component, formats.qualified_name(event.reporting_component))
        _check_text("reportingInstance", event.reporting_instance, _LIMIT, errors)
        _check_text("action", event.action, _LIMIT, errors)
        _check_text("reason", event.reason, _LIMIT, errors)
        _check_text("message", event.message, _NOTE_LIMIT, errors, needed=False)
    errors.invalid_each("namespace", namespace, formats.dns_subdomain(namespace))


def _validate_series(event: Event, errors: Errors) -> None:
    if event.series is not None:
        if event.series.count < 2:
            errors.invalid("series.count", "", "should be at least 2")
        if not event.series.last_observed_time:
            errors.required("series.lastObservedTime")


def validate_new_rules(event: Event, errors: Errors) -> None:
    """What events.k8s.io asks of a new event besides."""
    validate_metadata(event.metadata, errors, namespaced=True)
    _validate_series(event, errors)
    if not event.event_time:
        errors.required("eventTime")
    if event.type not in ("Normal", "Warning"):
        errors.invalid("type", "", f"has invalid value: {event.type}")
    for name, is_set in (
        ("firstTimestamp", event.first_timestamp is not None),
        ("lastTimestamp", event.last_timestamp is not None),
        ("count", event.count != 0),
        ("source", bool(event.source.component or event.source.host)),
    ):
        if is_set:
            errors.invalid(name, "", "needs to be unset")


def validate_new_rules_update(new: Event, old: Event, errors: Errors) -> None:
    """Of an event of events.k8s.io only the series and metadata change."""
    validate_metadata_update(new.metadata, old.metadata, errors)
    if new.series != old.series:
        _validate_series(new, errors)
    for name, mine, theirs in (
        ("involvedObject", new.involved_object, old.involved_object),
        ("reason", new.reason, old.reason),
        ("message", new.message, old.message),
        ("source", new.source, old.source),
        ("firstTimestamp", new.first_timestamp, old.first_timestamp),
        ("lastTimestamp", new.last_timestamp, old.last_timestamp),
        ("count", new.count, old.count),
        ("reason", new.reason, old.reason),
        ("type", new.type, old.type),
        ("eventTime", new.event_time, old.event_time),
        ("action", new.action, old.action),
        ("related", new.related, old.related),
        ("reportingController", new.reporting_component, old.reporting_component),
        ("reportingInstance", new.reporting_instance, old.reporting_instance),
    ):
        if mine != theirs:
            errors.invalid(name, internal_form(mine), "field is immutable")


class EventStrategy(Strategy[Event]):
    """Something that happened to an object."""

    allow_create_on_update = True
    garbage_collection = ""
    short_names = ("ev",)
    selectable = (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    )

    def validate(self, obj: Event, request: Request) -> Errors:
        """The rules of the core group."""
        errors = Errors()
        validate_old_rules(obj, errors, new_api=False)
        return errors

    def validate_update(self, new: Event, old: Event, request: Request) -> Errors:
        """The rules of the core group."""
        return self.validate(new, request)

    def select(self, obj: Event) -> dict[str, str]:
        """By what it is about, and who reports it."""
        about = obj.involved_object
        return {
            "involvedObject.kind": about.kind,
            "involvedObject.namespace": about.namespace,
            "involvedObject.name": about.name,
            "involvedObject.uid": about.uid,
            "involvedObject.apiVersion": about.api_version,
            "involvedObject.resourceVersion": about.resource_version,
            "involvedObject.fieldPath": about.field_path,
            "reason": obj.reason,
            "reportingComponent": obj.reporting_component,
            "source": obj.source.component or obj.reporting_component,
            "type": obj.type,
        }


STRATEGY = EventStrategy()
