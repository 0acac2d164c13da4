"""Core v1 events."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.core_v1.references import ObjectReference
from minik8s.api.fields import F, Int32, MicroTime, NoneType, Struct, Time, always
from minik8s.api.objects import ListObject, Object


class EventSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EventSource"
    component: Annotated[str, F(1)] = ""
    host: Annotated[str, F(2)] = ""


class Event(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Event"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "Event")
    involved_object: Annotated[ObjectReference, F(2, required=True)] = always(ObjectReference)
    reason: Annotated[str, F(3)] = ""
    message: Annotated[str, F(4)] = ""
    source: Annotated[EventSource, F(5)] = always(EventSource)
    first_timestamp: Annotated[Time | None, F(6)] = always(NoneType)
    last_timestamp: Annotated[Time | None, F(7)] = always(NoneType)
    count: Annotated[Int32, F(8)] = 0
    type: Annotated[str, F(9)] = ""
    event_time: Annotated[MicroTime | None, F(10)] = always(NoneType)
    series: Annotated[EventSeries | None, F(11)] = None
    action: Annotated[str, F(12)] = ""
    related: Annotated[ObjectReference | None, F(13)] = None
    reporting_component: Annotated[str, F(14, default="")] = always(str)
    reporting_instance: Annotated[str, F(15, default="")] = always(str)


class EventList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EventList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "EventList")
    items: Annotated[list[Event], F(2, required=True)] = always(list)


class EventSeries(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EventSeries"
    count: Annotated[Int32, F(1)] = 0
    last_observed_time: Annotated[MicroTime | None, F(2)] = always(NoneType)
