"""WATCH: changes as they happen, each written once for all who watch."""

from __future__ import annotations

import asyncio
import random

import msgspec

from apiserver.auth.errors import bad_request
from apiserver.call import JSON, Call
from apiserver.resources import Resource
from apiserver.rest.read import asked_version, catch_up, selection
from apiserver.storage.cacher import Cacher
from apiserver.storage.entry import Entry
from apiserver.storage.watchers import ADDED, DELETED, Change, Match, Place, Watcher
from minik8s.api.meta_v1 import Status

_MOST_WAITING = 16 * 1024 * 1024
_MIN_SECONDS = 1800


class JSONFrames:
    """One JSON document a line."""

    key = "json"

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
            f'"metadata":{{"resourceVersion":"{revision}","creationTimestamp":null{end}}}}}}}\n'
        ).encode()

    def error(self, status: bytes) -> bytes:
        """An error."""
        return b'{"type":"ERROR","object":%b}\n' % status


def _place(namespace: str, match: Match | None, call: Call) -> Place:
    selector = call.query.get("fieldSelector", "")
    if match is not None and selector.startswith("spec.nodeName=") and "," not in selector:
        return ("spec.nodeName", selector.partition("=")[2].lstrip("="))
    return (namespace,) if namespace else ()


async def watch(call: Call, resource: Resource, cacher: Cacher) -> None:
    """Stream changes until the client leaves, time is up, or it cannot keep up."""
    text = call.query.get("timeoutSeconds", "")
    if text and not text.isdecimal():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    seconds = int(text or 0) or random.randint(_MIN_SECONDS, 2 * _MIN_SECONDS)
    namespace = call.info.namespace if resource.namespaced else ""
    match = selection(call, resource)
    initial = call.query.get("sendInitialEvents", "") in ("1", "true")
    version = asked_version(call)
    await catch_up(call, cacher)
    format = JSONFrames(resource)
    place = _place(namespace, match, call)
    if len(place) == 2 and namespace:
        selected = match

        def match(entry: Entry) -> bool:
            return entry.namespace == namespace and (selected is None or selected(entry))

    waiting: list[bytes] = []
    wake = asyncio.Event()
    ended = False

    def stop(reason: str) -> None:
        nonlocal ended
        ended = True
        wake.set()

    def send(frames: list[bytes]) -> None:
        waiting.extend(frames)
        if len(waiting) > 1000 and sum(map(len, waiting)) > _MOST_WAITING:
            stop("too slow")
        wake.set()

    bookmarks = call.query.get("allowWatchBookmarks", "") in ("1", "true")
    watcher = Watcher(place, match, format, send, stop, bookmarks=bookmarks, last=cacher.revision)
    # From here to `add` nothing awaits: what is told first and what follows meet without gap or overlap.
    if initial or not version:
        found = resource.cache.ordered(namespace)
        waiting.extend(format.added(entry) for entry in found if match is None or match(entry))
        if initial:
            waiting.append(format.bookmark(cacher.revision, initial_events_end=True))
    else:
        changes = resource.cache.changes_since(version)
        if changes is None:
            message = f"too old resource version: {version} ({resource.cache.floor})"
            status = Status(status="Failure", message=message, reason="Expired", code=410)
            waiting.append(format.error(msgspec.json.encode(status)))
            ended = True
        else:
            for change in changes:
                subject = change.new or change.old
                if subject is not None and (not namespace or subject.namespace == namespace):
                    frame = watcher.frame_of(change)
                    if frame is not None:
                        waiting.append(frame)
    resource.cache.watchers.add(watcher)
    if waiting:
        wake.set()
    await call.send({"type": "http.response.start", "status": 200, "headers": call.headers(JSON)})
    gone = asyncio.ensure_future(_left(call))
    gone.add_done_callback(lambda _: stop(""))
    timer = asyncio.get_running_loop().call_later(seconds, stop, "")
    try:
        while True:
            await wake.wait()
            wake.clear()
            if waiting:
                body, waiting[:] = b"".join(waiting), []
                await call.send({"type": "http.response.body", "body": body, "more_body": True})
            if ended:
                break
        await call.send({"type": "http.response.body", "body": b""})
    finally:
        resource.cache.watchers.remove(watcher)
        timer.cancel()
        gone.cancel()


async def _left(call: Call) -> None:
    while (await call.receive())["type"] != "http.disconnect":
        pass


__all__ = ["ADDED", "JSONFrames", "watch"]
