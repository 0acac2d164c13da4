"""A collection in the form a client asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import msgspec

from apiserver import beside, protobuf
from apiserver.forms import objects
from apiserver.forms.documents import encoded
from apiserver.negotiation import PARTIAL, PARTIAL_LIST, PROTOBUF, TABLE, YAML, Output
from apiserver.resources import Resource
from apiserver.storage.entry import Entry
from minik8s.api.object_meta import ListMeta

_LARGE = 256 * 1024
_AT_ONCE = 200  # entries between which other requests get their turn


async def list_form(
    output: Output, query: dict[str, str], resource: Resource, entries: Sequence[Entry], metadata: ListMeta
) -> tuple[bytes, bytes]:
    """(body, content type) of a list. Raises StatusError (400, 406)."""
    if output.transform == PARTIAL:
        raise objects.is_a_list(resource.kept_group, resource.kind)
    if output.transform == TABLE:
        return await _encoded(output, await _table(output, query, resource, entries, metadata))
    if output.transform == PARTIAL_LIST:
        group_version = f"meta.k8s.io/{output.version}"
        if output.media == PROTOBUF:
            messages = [objects.partial_message(entry.wire) async for entry in _unhurried(entries)]
            return protobuf.encode_list(PARTIAL_LIST, group_version, metadata, messages), PROTOBUF.encode()
        partials = [objects.partial(entry.wire, output.version) async for entry in _unhurried(entries)]
        # Kubernetes makes the list of metadata as it goes: of nothing it makes none.
        return await _encoded(output, _joined(PARTIAL_LIST, group_version, metadata, partials, empty=b"null"))
    if output.media == PROTOBUF:
        messages = [objects.message(resource, entry) async for entry in _unhurried(entries)]
        body = protobuf.encode_list(resource.list_kind, resource.group_version, metadata, messages)
        return body, PROTOBUF.encode()
    items = [b"{" + entry.item for entry in entries]
    return await _encoded(output, _joined(resource.list_kind, resource.group_version, metadata, items))


async def _encoded(output: Output, body: bytes) -> tuple[bytes, bytes]:
    """Large documents are encoded beside the event loop: YAML takes its time."""
    if len(body) > _LARGE and (output.pretty or output.media == YAML):
        return await beside.run(partial(encoded, output, body))
    return encoded(output, body)


async def _table(
    output: Output, query: dict[str, str], resource: Resource, entries: Sequence[Entry], metadata: ListMeta
) -> bytes:
    shown = objects.printer(resource)
    include, moment = objects.included(query), objects.now()
    rows = [
        objects.row(shown, entry.wire, entry.obj(), include, output.version, moment)
        async for entry in _unhurried(entries)
    ]
    return objects.table(output.version, msgspec.json.encode(metadata), objects.columns(shown), rows)


class _unhurried:
    """The entries one by one, with room for others in between."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = iter(entries)
        self._left = _AT_ONCE

    def __aiter__(self) -> _unhurried:
        return self

    async def __anext__(self) -> Entry:
        self._left -= 1
        if not self._left:
            self._left = _AT_ONCE
            await asyncio.sleep(0)
        try:
            return next(self._entries)
        except StopIteration:
            raise StopAsyncIteration from None


def _joined(kind: str, group_version: str, metadata: ListMeta, items: list[bytes], *, empty: bytes = b"[]") -> bytes:
    head = f'{{"kind":"{kind}","apiVersion":"{group_version}","metadata":'.encode()
    if not items:
        return b"".join((head, msgspec.json.encode(metadata), b',"items":', empty, b"}"))
    return b"".join((head, msgspec.json.encode(metadata), b',"items":[', b",".join(items), b"]}"))
