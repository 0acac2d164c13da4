"""How what a verb found goes out: one object, a list, a Status. The one place where answers may take another form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from apiserver.call import JSON, Call
from apiserver.forms.lists import list_form
from apiserver.forms.objects import object_form
from apiserver.forms.shown import shown_list, shown_object
from apiserver.negotiation import PLAIN, PROTOBUF
from apiserver.resources import Resource
from apiserver.storage.entry import Entry
from apiserver.storage.view import ViewEntry
from apiserver.tables.printer import Printer
from apiserver.unhurried import Unhurried
from minik8s.api.meta_v1 import Status
from minik8s.api.object_meta import ListMeta

_PIECE = 128 * 1024


async def answer_object(
    call: Call, resource: Resource, wire: bytes, status: int = 200, entry: Entry | None = None
) -> None:
    """One object, as the bytes that are stored and served; `entry` is where they come from, if they were read."""
    if call.output is PLAIN or (not call.output.transform and call.output.media != PROTOBUF):
        await call.respond(status, wire)
        return
    if call.record is not None:
        call.record.response_object(wire)
    await call.respond_encoded(status, *object_form(call.output, call.query, resource, wire, entry))


async def answer_document(call: Call, document: object, status: int = 200) -> None:
    """What is no stored object: a review, a scale, a Status."""
    await call.respond(status, msgspec.json.encode(document))


async def answer_shown(call: Call, printer: Printer, found: Any, *, collection: bool = False) -> None:
    """What is no stored object and has a table: a scale, a component's status, a list of these."""
    if call.output is PLAIN and not collection:
        await call.respond(200, msgspec.json.encode(found))
        return
    make = shown_list if collection else shown_object
    await call.respond_encoded(200, *make(call.output, call.query, printer, found))


async def answer_success(call: Call, status: Status) -> None:
    """A Status that tells of no failure."""
    await call.respond(status.code or 200, msgspec.json.encode(status))


async def answer_list(
    call: Call,
    resource: Resource,
    entries: Sequence[Entry],
    revision: int,
    following: str = "",
    remaining: int | None = None,
) -> None:
    """A collection or a page of it; `following` is the continue token, `remaining` how many objects come after it.

    It is sent in pieces: a large list never exists as a whole.
    """
    if call.output is not PLAIN:
        metadata = ListMeta(
            resource_version=str(revision),
            continue_=following,
            remaining_item_count=remaining if following else None,
        )
        await call.respond_parts(200, *await list_form(call.output, call.query, resource, entries, metadata))
        return
    head = list_head(resource, revision, following, remaining)
    if not entries:
        await call.respond(200, head + b"]}")
        return
    if isinstance(entries[0], ViewEntry):
        # Those that nobody has looked at are made now.
        async for entry in Unhurried(entries):
            _ = entry.wire
    skipped = entries[0].form.item_offset
    size = len(head) + 1 + sum([len(entry.wire) for entry in entries]) - len(entries) * (skipped - 2)
    if size <= _PIECE or (call.record is not None and call.record.wants_response):
        await call.respond(200, _piece(entries, skipped, head + b"{", b"]}"))
        return

    def pieces(most: int) -> Iterator[bytes]:
        step = max(most * len(entries) // size, 1)
        for at in range(0, len(entries), step):
            last = at + step >= len(entries)
            yield _piece(entries[at : at + step], skipped, b",{" if at else head + b"{", b"]}\n" if last else b"")

    await call.respond_pieces(200, size + 1, JSON, pieces)


def _piece(entries: Sequence[Entry], skipped: int, begin: bytes, end: bytes) -> bytes:
    """Entries as items of a list: behind the opening brace their kind and version are left out."""
    parts: list[bytes | memoryview] = [memoryview(entry.wire)[skipped:] for entry in entries]
    parts[0] = begin + parts[0]
    parts[-1] = b"".join((parts[-1], end))
    return b",{".join(parts)


def list_head(resource: Resource, revision: int, following: str, remaining: int | None) -> bytes:
    """How a list begins, up to its items."""
    # Lists of custom objects say that they do not go on, too.
    more = f',"continue":"{following}"' if following or not resource.strategic else ""
    if following and remaining is not None:
        more += f',"remainingItemCount":{remaining}'
    return (
        f'{{"kind":"{resource.list_kind}","apiVersion":"{resource.group_version}",'
        f'"metadata":{{"resourceVersion":"{revision}"{more}}},"items":['
    ).encode()
