"""WATCH: changes as they happen, each written once for all who watch."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from apiserver.call import JSON, Call
from apiserver.forms.frames import TableFrames, frames
from apiserver.negotiation import PLAIN
from apiserver.request_info import is_true
from apiserver.resources import Resource
from apiserver.rest.options import integer
from apiserver.rest.selection import Selection, selection
from apiserver.rest.unreadable import check_list
from apiserver.rest.versions import catch_up, wanted_of_watch
from apiserver.rest.watch_stream import WatchStream
from apiserver.storage.cacher import Cacher
from apiserver.storage.entry import Entry
from apiserver.storage.watchers import DELETED, Change, Match, Place, Watcher
from apiserver.storage.watchers import WatchFormat as Frames
from minik8s.api.meta_v1 import Status
from minik8s.streams.upgrade import upgrade_of

MIN_SECONDS = 1800


class WatchFormat(Frames, Protocol):
    """How a watch is written to a client."""

    content_type: bytes

    def added(self, entry: Entry) -> bytes:
        """An object that was there when the watch began."""
        ...


def watch_format(call: Call, resource: Resource) -> WatchFormat:
    """The form in which a client wants its watch."""
    return (None if call.output is PLAIN else frames(call.output, call.query, resource)) or JSONFrames(resource)


class JSONFrames:
    """One JSON document a line."""

    key = "json"
    content_type = JSON

    def __init__(self, resource: Resource) -> None:
        self._kind = resource.kind
        self._group_version = resource.group_version

    def frame(self, kind: str, change: Change) -> bytes:
        """One event."""
        if kind == DELETED:
            wire = change.gone
        else:
            assert change.new is not None
            wire = change.new.wire
        return b'{"type":"%b","object":%b}\n' % (kind.encode(), wire)

    def added(self, entry: Entry) -> bytes:
        """An object that was there when the watch began."""
        return b'{"type":"ADDED","object":%b}\n' % entry.wire

    def bookmark(self, revision: int, *, initial_events_end: bool) -> bytes:
        """A bookmark."""
        end = ',"annotations":{"k8s.io/initial-events-end":"true"}' if initial_events_end else ""
        return (
            f'{{"type":"BOOKMARK","object":{{"kind":"{self._kind}","apiVersion":"{self._group_version}",'
            f'"metadata":{{"resourceVersion":"{revision}"{end}}}}}}}\n'
        ).encode()

    def error(self, status: bytes) -> bytes:
        """An error."""
        return b'{"type":"ERROR","object":%b}\n' % status


def _place(resource: Resource, namespace: str, selected: Selection) -> Place:
    """The most particular thing that is asked for."""
    if selected.fields is not None:
        if selected.name is not None and (namespace or not resource.namespaced):
            return ("", namespace, selected.name)
        node = selected.fields.required("spec.nodeName")
        if node is not None and "spec.nodeName" in resource.strategy.selectable:
            return ("spec.nodeName", node)
    return (namespace,) if namespace else ()


def _match_of(place: Place, namespace: str, selected: Selection) -> Match | None:
    match = selected.match
    if len(place) != 2 or not namespace:
        return match

    def there(entry: Entry) -> bool:
        return entry.namespace == namespace and (match is None or match(entry))

    return there


def gone(version: int, floor: int) -> bytes:
    """The Status of a version that is no longer remembered."""
    message = f"too old resource version: {version} ({floor})"
    return msgspec.json.encode(Status(status="Failure", message=message, reason="Expired", code=410))


async def watch(call: Call, resource: Resource, cacher: Cacher, least: int = MIN_SECONDS) -> None:
    """Stream changes until the client leaves, time is up, or it cannot keep up. Raises StatusError before that."""
    seconds = integer(call, "timeoutSeconds") or random.randint(least, 2 * least)
    start = wanted_of_watch(call)
    selected = selection(call, resource)
    namespace = call.info.namespace if resource.namespaced else ""
    version = start.wanted.revision
    if start.initial or not version:
        await catch_up(start.wanted, cacher)
        check_list(resource, namespace, selected)
    format = watch_format(call, resource)
    opening = format.first if isinstance(format, TableFrames) else None
    upgrade = upgrade_of(call.scope)
    if upgrade is not None and upgrade.protocol == "websocket":
        from apiserver.rest.watch_socket import WatchSocket

        stream: WatchStream = WatchSocket(call, resource, upgrade, opening)
    else:
        stream = WatchStream(call, resource, opening)
    place = _place(resource, namespace, selected)
    match = _match_of(place, namespace, selected)
    bookmarks = "allowWatchBookmarks" in call.query and is_true(call.query["allowWatchBookmarks"])
    watcher = Watcher(
        place, match, format, stream.send, stream.stop, bookmarks=bookmarks, last=cacher.revision, after=version
    )
    # From here to `add` nothing awaits: what is told first and what follows meet without gap or overlap.
    if start.initial:
        found = [entry for entry in _current(resource, namespace, selected) if match is None or match(entry)]
        end = format.bookmark(cacher.revision, initial_events_end=True) if start.marked and bookmarks else b""
        stream.first = _first(format, found, end)
    elif version:
        changes = resource.cache.changes_since(version)
        if changes is None:
            stream.waiting.append(format.error(gone(version, resource.cache.floor)))
            stream.ended = True
        else:
            _catch_up_on(changes, watcher, namespace, stream)
    resource.cache.watchers.add(watcher)
    try:
        await stream.serve(format.content_type, max(seconds, 0))
    finally:
        resource.cache.watchers.remove(watcher)


def _first(format: WatchFormat, found: list[Entry], end: bytes) -> Iterator[bytes]:
    for entry in found:
        yield format.added(entry)
    if end:
        yield end


def _current(resource: Resource, namespace: str, selected: Selection) -> Iterable[Entry]:
    if selected.name is not None and (namespace or not resource.namespaced):
        entry = resource.cache.get(namespace, selected.name)
        return () if entry is None else (entry,)
    return resource.cache.ordered(namespace)


def _catch_up_on(changes: list[Change], watcher: Watcher, namespace: str, stream: WatchStream) -> None:
    for change in changes:
        subject = change.new or change.old
        if subject is not None and (not namespace or subject.namespace == namespace):
            frame = watcher.frame_of(change)
            if frame is not None:
                stream.waiting.append(frame)
