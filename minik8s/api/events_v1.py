"""Kinds and types of API group version `events.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import core_v1
from minik8s.api.fields import F, Int32, MicroTime, NoneType, Struct, Time, always
from minik8s.api.objects import ListObject, Object


class Event(Object):
    PROTO: ClassVar[str] = "k8s.io.api.events.v1.Event"
    api_version: str = always(lambda: "events.k8s.io/v1")
    kind: str = always(lambda: "Event")
    event_time: Annotated[MicroTime | None, F(2, required=True)] = always(NoneType)
    series: Annotated[EventSeries | None, F(3)] = None
    reporting_controller: Annotated[str, F(4)] = ""
    reporting_instance: Annotated[str, F(5)] = ""
    action: Annotated[str, F(6)] = ""
    reason: Annotated[str, F(7)] = ""
    regarding: Annotated[core_v1.ObjectReference, F(8)] = always(core_v1.ObjectReference)
    related: Annotated[core_v1.ObjectReference | None, F(9)] = None
    note: Annotated[str, F(10)] = ""
    type: Annotated[str, F(11)] = ""
    deprecated_source: Annotated[core_v1.EventSource, F(12)] = always(core_v1.EventSource)
    deprecated_first_timestamp: Annotated[Time | None, F(13)] = always(NoneType)
    deprecated_last_timestamp: Annotated[Time | None, F(14)] = always(NoneType)
    deprecated_count: Annotated[Int32, F(15)] = 0


class EventList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.events.v1.EventList"
    api_version: str = always(lambda: "events.k8s.io/v1")
    kind: str = always(lambda: "EventList")
    items: Annotated[list[Event], F(2, required=True)] = always(list)


class EventSeries(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.events.v1.EventSeries"
    count: Annotated[Int32, F(1, required=True)] = always(int)
    last_observed_time: Annotated[MicroTime | None, F(2, required=True)] = always(NoneType)
