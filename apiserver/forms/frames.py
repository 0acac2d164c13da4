"""The events of a watch in the form a client asked for. What several watchers want alike is written once."""

from __future__ import annotations

import msgspec

from apiserver import protobuf
from apiserver.auth.errors import StatusError
from apiserver.forms import objects
from apiserver.negotiation import JSON, PARTIAL, PARTIAL_LIST, PROTOBUF, TABLE, Output
from apiserver.resources import Resource
from apiserver.storage.entry import Entry
from apiserver.storage.watchers import DELETED, Change
from minik8s.api.meta_v1 import PartialObjectMetadata, Status
from minik8s.api.object_meta import ObjectMeta

_END = {"k8s.io/initial-events-end": "true"}


def _bookmark_metadata(revision: int, initial_events_end: bool) -> ObjectMeta:
    return ObjectMeta(resource_version=str(revision), annotations=dict(_END) if initial_events_end else {})


class ProtobufFrames:
    """Objects as protobuf, each behind its length."""

    content_type = protobuf.STREAM_TYPE.encode()

    def __init__(self, resource: Resource) -> None:
        self.key = PROTOBUF
        self._resource = resource

    def frame(self, kind: str, change: Change) -> bytes:
        """One event."""
        if kind == DELETED:
            obj = self._resource.cache.form.decode(change.gone)
            said = protobuf.encode(obj, self._resource.kind, self._resource.group_version)
            return protobuf.frame(kind, said)
        assert change.new is not None
        return protobuf.frame(kind, self._object(change.new))

    def added(self, entry: Entry) -> bytes:
        """An object that was there when the watch began."""
        return protobuf.frame("ADDED", self._object(entry))

    def bookmark(self, revision: int, *, initial_events_end: bool) -> bytes:
        """A bookmark."""
        blank = self._resource.cls(metadata=_bookmark_metadata(revision, initial_events_end))
        return protobuf.frame("BOOKMARK", protobuf.encode(blank, self._resource.kind, self._resource.group_version))

    def error(self, status: bytes) -> bytes:
        """An error."""
        return _error(status)

    def _object(self, entry: Entry) -> bytes:
        message = objects.message(self._resource, entry)
        return protobuf.wrap(self._resource.kind, self._resource.group_version, message)


class PartialProtobufFrames:
    """Metadata alone as protobuf."""

    content_type = protobuf.STREAM_TYPE.encode()

    def __init__(self, version: str) -> None:
        self._group_version = f"meta.k8s.io/{version}"
        self.key = f"{PROTOBUF};{PARTIAL};{version}"

    def frame(self, kind: str, change: Change) -> bytes:
        """One event."""
        return self._frame(kind, objects.partial_message(_wire(kind, change)))

    def added(self, entry: Entry) -> bytes:
        """An object that was there when the watch began."""
        return self._frame("ADDED", objects.partial_message(entry.wire))

    def bookmark(self, revision: int, *, initial_events_end: bool) -> bytes:
        """A bookmark."""
        blank = PartialObjectMetadata(metadata=_bookmark_metadata(revision, initial_events_end))
        return protobuf.frame("BOOKMARK", protobuf.encode(blank, PARTIAL, self._group_version))

    def error(self, status: bytes) -> bytes:
        """An error."""
        return _error(status)

    def _frame(self, kind: str, message: bytes) -> bytes:
        return protobuf.frame(kind, protobuf.wrap(PARTIAL, self._group_version, message))


class PartialFrames:
    """Metadata alone, one JSON document a line."""

    content_type = JSON.encode()

    def __init__(self, version: str) -> None:
        self._version = version
        self.key = f"{PARTIAL};{version}"

    def frame(self, kind: str, change: Change) -> bytes:
        """One event."""
        return _line(kind, objects.partial(_wire(kind, change), self._version))

    def added(self, entry: Entry) -> bytes:
        """An object that was there when the watch began."""
        return _line("ADDED", objects.partial(entry.wire, self._version))

    def bookmark(self, revision: int, *, initial_events_end: bool) -> bytes:
        """A bookmark."""
        metadata = msgspec.json.encode(_bookmark_metadata(revision, initial_events_end))
        head = f'{{"kind":"{PARTIAL}","apiVersion":"meta.k8s.io/{self._version}","metadata":'.encode()
        return _line("BOOKMARK", head + metadata + b"}")

    def error(self, status: bytes) -> bytes:
        """An error."""
        return _line("ERROR", status)


class TableFrames:
    """Tables of one row, one a line. The first a client gets names the columns, the others do not."""

    content_type = JSON.encode()

    def __init__(self, resource: Resource, version: str, include: str) -> None:
        self._resource = resource
        self._version = version
        self._include = include
        self._printer = objects.printer(resource)
        self.key = f"{TABLE};{version};{include}"

    @property
    def columns(self) -> bytes:
        """The columns, for the first frame."""
        return objects.columns(self._printer)

    def frame(self, kind: str, change: Change) -> bytes:
        """One event."""
        return _line(kind, self._table(_wire(kind, change)))

    def added(self, entry: Entry) -> bytes:
        """An object that was there when the watch began."""
        return _line("ADDED", self._table(entry.wire))

    def bookmark(self, revision: int, *, initial_events_end: bool) -> bytes:
        """A bookmark."""
        resource = self._resource
        metadata = msgspec.json.encode(_bookmark_metadata(revision, initial_events_end))
        head = f'{{"kind":"{resource.kind}","apiVersion":"{resource.group_version}","metadata":'.encode()
        return _line("BOOKMARK", self._table(head + metadata + b"}"))

    def error(self, status: bytes) -> bytes:
        """An error."""
        return _line("ERROR", status)

    def first(self, frames: bytes) -> bytes:
        """Frames as a client gets them that has had none before."""
        return frames.replace(b'"columnDefinitions":null', b'"columnDefinitions":' + self.columns, 1)

    def _table(self, wire: bytes) -> bytes:
        obj = self._resource.cache.form.decode(wire)
        row = objects.row(self._printer, wire, obj, self._include, self._version, objects.now())
        metadata = b'{"resourceVersion":"%b"}' % obj.metadata.resource_version.encode()
        return objects.table(self._version, metadata, b"null", [row])


def _wire(kind: str, change: Change) -> bytes:
    if kind == DELETED:
        return change.gone
    assert change.new is not None
    return change.new.wire


def _line(kind: str, document: bytes) -> bytes:
    return b'{"type":"%b","object":%b}\n' % (kind.encode(), document)


def _error(status: bytes) -> bytes:
    return protobuf.frame("ERROR", protobuf.encode(msgspec.json.decode(status, type=Status), "Status", "v1"))


Frames = ProtobufFrames | PartialProtobufFrames | PartialFrames | TableFrames


def frames(output: Output, query: dict[str, str], resource: Resource) -> Frames | None:
    """What writes a watch's events, None for JSON documents as stored. Raises StatusError (400, 406)."""
    if output.transform == PARTIAL_LIST:
        raise _unfit(resource)
    if output.transform == TABLE:
        return TableFrames(resource, output.version, objects.included(query))
    if output.transform == PARTIAL:
        return PartialProtobufFrames(output.version) if output.media == PROTOBUF else PartialFrames(output.version)
    return ProtobufFrames(resource) if output.media == PROTOBUF else None


def _unfit(resource: Resource) -> StatusError:
    return objects.not_a_list(resource.kept_group, resource.kind)
