"""One stored object in the form a client asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from apiserver import protobuf
from apiserver.auth.errors import StatusError, bad_request
from apiserver.forms.documents import encoded
from apiserver.negotiation import PARTIAL, PARTIAL_LIST, PROTOBUF, TABLE, Output
from apiserver.protobuf.encoder import encoder_of
from apiserver.resources import Resource
from apiserver.storage.entry import Entry
from apiserver.tables.printer import Printer
from minik8s.api.meta_v1 import PartialObjectMetadata, Status
from minik8s.api.object_meta import ObjectMeta

INCLUDED = ("", "Metadata", "Object", "None")


class _Raw(msgspec.Struct):
    metadata: msgspec.Raw


class _Typed(msgspec.Struct):
    metadata: ObjectMeta


_raw = msgspec.json.Decoder(_Raw)
_typed = msgspec.json.Decoder(_Typed)
_encode_partial = encoder_of(PartialObjectMetadata)


def now() -> datetime:
    """The moment ages are counted from."""
    return datetime.now(UTC)


def printer(resource: Resource) -> Printer:
    """What shows a resource in tables."""
    return resource.printer


def included(query: dict[str, str]) -> str:
    """What rows hold besides cells: Metadata, Object or None. Raises StatusError (400)."""
    found = query.get("includeObject", "")
    if found not in INCLUDED:
        raise bad_request(
            f'Unable to convert to Table as requested: includeObject: Invalid value: "{found}": '
            "must be 'Metadata', 'Object', 'None', or empty"
        )
    return found or "Metadata"


def partial(wire: bytes, version: str) -> bytes:
    """An object's metadata alone, as JSON."""
    metadata = bytes(_raw.decode(wire).metadata)
    return b'{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/%b","metadata":%b}' % (
        version.encode(),
        metadata,
    )


def partial_message(wire: bytes) -> bytes:
    """An object's metadata alone, as a protobuf message."""
    return _encode_partial(PartialObjectMetadata(metadata=_typed.decode(wire).metadata))


def message(resource: Resource, entry: Entry) -> bytes:
    """An entry as a protobuf message; made once and kept."""
    found = entry.message
    if found is None:
        found = entry.message = encoder_of(resource.cls)(entry.obj())
    return found


def row(shown: Printer, wire: bytes, obj: Any, include: str, version: str, moment: datetime) -> bytes:
    """A row of a table."""
    cells = msgspec.json.encode(shown.cells(obj, moment))
    conditions = shown.conditions(obj) if shown.conditions is not None else None
    middle = b',"conditions":' + msgspec.json.encode(conditions) if conditions else b""
    if include == "Metadata":
        kept = partial(wire, version)
    else:
        kept = wire if include == "Object" else b"null"
    return b'{"cells":%b%b,"object":%b}' % (cells, middle, kept)


def columns(shown: Printer) -> bytes:
    """The columns of a table."""
    return msgspec.json.encode([each.described() for each in shown.columns])


def table_head(version: str, metadata: bytes, described: bytes) -> bytes:
    """All of a table but its rows; `metadata` is that of a list."""
    return b'{"kind":"Table","apiVersion":"meta.k8s.io/%b","metadata":%b,"columnDefinitions":%b}' % (
        version.encode(),
        metadata,
        described,
    )


def table(version: str, metadata: bytes, described: bytes, rows: list[bytes]) -> bytes:
    """A table."""
    return b'%b,"rows":[%b]}' % (table_head(version, metadata, described)[:-1], b",".join(rows))


def revision_of(wire: bytes) -> str:
    """The resource version in an object's bytes."""
    return _typed.decode(wire).metadata.resource_version


def not_a_list(group: str, kind: str) -> StatusError:
    """406 where a list of metadata is asked for one object; `group` is the one in which objects are kept."""
    return _unfit(PARTIAL_LIST, f"is not a list (*{_go_package(group)}.{kind})")


def is_a_list(group: str, kind: str) -> StatusError:
    """406 where the metadata of one object is asked for a list."""
    return _unfit(PARTIAL, f"is a list (*{_go_package(group)}.{kind}List)")


def _go_package(group: str) -> str:
    return group.partition(".")[0] or "core"


def _unfit(kind: str, why: str) -> StatusError:
    message = f"you requested {kind}, but the requested object {why}"
    return StatusError(Status(status="Failure", message=message, reason="NotAcceptable", code=406))


def object_form(
    output: Output, query: dict[str, str], resource: Resource, wire: bytes, entry: Entry | None = None
) -> tuple[bytes, bytes]:
    """(body, content type) of one object; `entry` keeps what is made of it. Raises StatusError (400, 406)."""
    if output.transform == PARTIAL_LIST:
        raise not_a_list(resource.kept_group, resource.kind)
    if output.transform == PARTIAL:
        if output.media == PROTOBUF:
            body = protobuf.wrap(PARTIAL, f"meta.k8s.io/{output.version}", partial_message(wire))
            return body, PROTOBUF.encode()
        return encoded(output, partial(wire, output.version))
    if output.transform == TABLE:
        shown = printer(resource)
        obj = resource.cache.form.decode(wire)
        rows = [row(shown, wire, obj, included(query), output.version, now())]
        metadata = b'{"resourceVersion":"%b"}' % obj.metadata.resource_version.encode()
        return encoded(output, table(output.version, metadata, columns(shown), rows))
    if output.media == PROTOBUF:
        if entry is not None:
            said = protobuf.wrap(resource.kind, resource.group_version, message(resource, entry))
            return said, PROTOBUF.encode()
        obj = resource.cache.form.decode(wire)
        return protobuf.encode(obj, resource.kind, resource.group_version), PROTOBUF.encode()
    return encoded(output, wire)
