"""A collection in the form a client asked for."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apiserver import protobuf
from apiserver.forms import long_documents, objects
from apiserver.forms.documents import encoded
from apiserver.negotiation import PARTIAL, PARTIAL_LIST, PROTOBUF, TABLE, Output
from apiserver.resources import Resource
from apiserver.storage.entry import Entry
from apiserver.unhurried import Unhurried
from minik8s.api.object_meta import ListMeta


async def list_form(
    output: Output, query: dict[str, str], resource: Resource, entries: Sequence[Entry], metadata: ListMeta
) -> tuple[list[bytes], bytes]:
    """(body in parts that follow each other, content type) of a list. Raises StatusError (400, 406)."""
    if output.transform == PARTIAL:
        raise objects.is_a_list(resource.kept_group, resource.kind)
    if output.transform == TABLE:
        return await _table(output, query, resource, entries, metadata)
    if output.transform == PARTIAL_LIST:
        group_version = f"meta.k8s.io/{output.version}"
        if output.media == PROTOBUF:
            messages = [objects.partial_message(entry.wire) async for entry in Unhurried(entries)]
            return protobuf.list_parts(PARTIAL_LIST, group_version, metadata, messages), PROTOBUF.encode()
        partials = [objects.partial(entry.wire, output.version) async for entry in Unhurried(entries)]
        if not partials:
            # Kubernetes makes the list of metadata as it goes: of nothing it makes none.
            body, media = encoded(output, _head(PARTIAL_LIST, group_version, metadata)[:-1] + b',"items":null}')
            return [body], media
        return await long_documents.encode(output, _head(PARTIAL_LIST, group_version, metadata), "items", partials)
    if output.media == PROTOBUF:
        messages = [objects.message(resource, entry) async for entry in Unhurried(entries)]
        parts = protobuf.list_parts(resource.list_kind, resource.group_version, metadata, messages)
        return parts, PROTOBUF.encode()
    items = [b"{" + entry.item async for entry in Unhurried(entries)]
    return await long_documents.encode(
        output, _head(resource.list_kind, resource.group_version, metadata), "items", items
    )


async def _table(
    output: Output, query: dict[str, str], resource: Resource, entries: Sequence[Entry], metadata: ListMeta
) -> tuple[list[bytes], bytes]:
    shown = objects.printer(resource)
    include, moment = objects.included(query), objects.now()
    rows = [
        objects.row(shown, entry.wire, entry.obj(), include, output.version, moment)
        async for entry in Unhurried(entries)
    ]
    head = objects.table_head(output.version, msgspec.json.encode(metadata), objects.columns(shown))
    return await long_documents.encode(output, head, "rows", rows)


def _head(kind: str, group_version: str, metadata: ListMeta) -> bytes:
    said = f'{{"kind":"{kind}","apiVersion":"{group_version}","metadata":'.encode()
    return said + msgspec.json.encode(metadata) + b"}"
