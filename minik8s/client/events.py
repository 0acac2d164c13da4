"""Events about objects: recorded at once, sent behind the caller's back, repeated ones counted instead of resent."""

from __future__ import annotations

import asyncio
import socket
from datetime import datetime
from typing import Any

import structlog

from minik8s.api import core_v1, events_v1
from minik8s.api.core_v1 import ObjectReference
from minik8s.api.fields import Struct
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed, NotFound
from minik8s.client.event_correlation import COMBINED, Cache, Correlator, Report
from minik8s.clock import Clock

log = structlog.get_logger("events")

QUEUE = 1000
RETRIES = 12
RETRY_SECONDS = 10.0
SERIES_END_SECONDS = 360.0
"""A series of events.k8s.io ends when nothing was added for so long."""
SERIES_REFRESH_SECONDS = 1800.0
"""A running series tells its count to the server this often."""
NOTE_LIMIT = 1024


def reference_to(obj: Any, field_path: str = "") -> ObjectReference:
    """How an event names its object; takes a struct, a dict or a reference already made."""
    if isinstance(obj, ObjectReference):
        return obj
    if isinstance(obj, dict):
        meta = obj.get("metadata") or {}
        return ObjectReference(
            kind=obj.get("kind", ""),
            api_version=obj.get("apiVersion", ""),
            name=meta.get("name", ""),
            namespace=meta.get("namespace", ""),
            uid=meta.get("uid", ""),
            resource_version=meta.get("resourceVersion", ""),
            field_path=field_path,
        )
    meta = obj.metadata
    return ObjectReference(
        kind=obj.kind,
        api_version=obj.api_version,
        name=meta.name,
        namespace=meta.namespace,
        uid=meta.uid,
        resource_version=meta.resource_version,
        field_path=field_path,
    )


class EventRecorder:
    """Records events as one component; losing one is never an error for the caller.

    `series` writes events.k8s.io/v1 with series (as the scheduler does) in place of core/v1 with counts.
    """

    def __init__(self, client: ApiClient, component: str, host: str = "", series: bool = False) -> None:
        self._client = client
        self._clock: Clock = client.clock
        self._component = component
        self._host = host
        self._instance = f"{component}-{host or socket.gethostname()}"
        self._writer: _CoreWriter | _SeriesWriter = (
            _SeriesWriter(client, component, self._instance) if series else _CoreWriter(client, component, host)
        )
        self._queue: asyncio.Queue[tuple[Report, str, ObjectReference | None, datetime]] = asyncio.Queue(QUEUE)
        self._task: asyncio.Task[None] | None = None

    def event(self, obj: Any, type: str, reason: str, message: str, action: str = "", related: Any = None) -> None:
        """Record that something happened to `obj`: `type` Normal or Warning, `reason` one CamelCase word."""
        about = related and reference_to(related)
        item = (Report(reference_to(obj), type, reason, message), action, about or None, self._clock.now())
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            log.warning("event dropped, too many wait to be sent", reason=reason, object=item[0].about.name)
            return
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send(), name=f"events-{self._component}")

    async def flush(self) -> None:
        """Wait until everything recorded so far is sent or given up."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def close(self) -> None:
        """Stop sending; what waits is lost."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _send(self) -> None:
        while not self._queue.empty():
            report, action, related, when = self._queue.get_nowait()
            for _ in range(RETRIES):
                try:
                    await self._writer.write(report, action, related, when)
                    break
                except ApiError as error:
                    log.debug("event refused", reason=report.reason, object=report.about.name, error=str(error))
                    break
                except ConnectionFailed:
                    await self._clock.sleep(RETRY_SECONDS)


class _CoreWriter:
    def __init__(self, client: ApiClient, component: str, host: str) -> None:
        self._client = client
        self._component, self._host = component, host
        self._correlator = Correlator(client.clock)
        self._sent: Cache[core_v1.Event] = Cache()

    async def write(self, report: Report, action: str, related: ObjectReference | None, when: datetime) -> None:
        report, key = self._correlator.combine(report)
        before = self._sent.get(key)
        if not self._correlator.allowed(report):
            return
        stamp = _time(when)
        if before is not None:
            patch = {"count": before.count + 1, "lastTimestamp": stamp, "message": report.message}
            try:
                sent = await self._client.patch(
                    core_v1.Event, before.metadata.name, patch, before.metadata.namespace, "strategic"
                )
                self._sent.put(key, sent)
                return
            except NotFound:
                self._sent.pop(key)
        event = core_v1.Event(
            involved_object=report.about,
            reason=report.reason,
            message=report.message[:NOTE_LIMIT],
            type=report.type,
            count=(before.count + 1) if before else 1,
            first_timestamp=before.first_timestamp if before else stamp,
            last_timestamp=stamp,
            source=core_v1.EventSource(component=self._component, host=self._host),
            # Events that stand for several have no reporter in client-go either.
            reporting_component="" if report.message.startswith(COMBINED) else self._component,
            reporting_instance=self._host,
            related=related,
        )
        _name(event, report, when)
        self._sent.put(key, await self._client.create(event))


class _Series(Struct):
    event: events_v1.Event
    count: int
    last: str
    seen_at: float
    told_at: float


class _SeriesWriter:
    def __init__(self, client: ApiClient, component: str, instance: str) -> None:
        self._client = client
        self._component, self._instance = component, instance
        self._running: Cache[_Series] = Cache()

    async def write(self, report: Report, action: str, related: ObjectReference | None, when: datetime) -> None:
        now = self._client.clock.monotonic()
        # What happens to another version of the object is another series, which tells of the new state.
        key = (*report.similar, report.about.resource_version, action, related.name if related else "")
        running = self._running.get(key)
        if running is not None and now - running.seen_at < SERIES_END_SECONDS:
            running.count += 1
            running.last, running.seen_at = _micro(when), now
            if running.count == 2 or now - running.told_at >= SERIES_REFRESH_SECONDS:
                running.told_at = now
                await self._tell(key, running)
            return
        event = events_v1.Event(
            event_time=_micro(when),
            reporting_controller=self._component,
            reporting_instance=self._instance,
            action=action or report.reason,
            reason=report.reason,
            regarding=report.about,
            related=related,
            note=report.message[:NOTE_LIMIT],
            type=report.type,
        )
        _name(event, report, when)
        created = await self._client.create(event)
        self._running.put(key, _Series(event=created, count=1, last=_micro(when), seen_at=now, told_at=now))

    async def _tell(self, key: tuple[str, ...], running: _Series) -> None:
        meta = running.event.metadata
        patch = {"series": {"count": running.count, "lastObservedTime": running.last}}
        try:
            running.event = await self._client.patch(events_v1.Event, meta.name, patch, meta.namespace, "strategic")
        except NotFound:
            self._running.pop(key)


_last_name = 0


def _name(event: core_v1.Event | events_v1.Event, report: Report, when: datetime) -> None:
    """Name an event after its object and its time; two in one microsecond differ in what is below it."""
    global _last_name
    nanoseconds = int(when.timestamp() * 1_000_000) * 1000
    if nanoseconds <= _last_name < nanoseconds + 1000:
        nanoseconds = _last_name + 1
    _last_name = nanoseconds
    event.metadata.name = f"{report.about.name}.{nanoseconds:x}"
    event.metadata.namespace = report.about.namespace or "default"


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _micro(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
