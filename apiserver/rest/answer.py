"""How what a verb found goes out: one object, a list, a Status. The one place where answers may take another form."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apiserver.call import JSON, Call
from apiserver.resources import Resource
from apiserver.storage.entry import Entry
from minik8s.api.meta_v1 import Status

_PIECE = 1024 * 1024


async def answer_object(call: Call, resource: Resource, wire: bytes, status: int = 200) -> None:
    """One object, as the bytes that are stored and served."""
    await call.respond(status, wire)


async def answer_document(call: Call, document: object, status: int = 200) -> None:
    """What is no stored object: a review, a scale, a Status."""
    await call.respond(status, msgspec.json.encode(document))


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
    head = list_head(resource, revision, following, remaining)
    if not entries:
        await call.respond(200, head + b"]}")
        return
    size = (
        len(head) + 2 + sum(len(entry.wire) for entry in entries) - len(entries) * (entries[0].form.item_offset - 2) - 1
    )
    if size <= _PIECE:
        await call.respond(200, b"".join((head, b"{", b",{".join([entry.item for entry in entries]), b"]}")))
        return
    await call.begin(200, [*call.headers(JSON), (b"content-length", b"%d" % size)])
    if call.scope["method"] == "HEAD":
        await call.send({"type": "http.response.body", "body": b""})
        return
    pieces: list[bytes | memoryview] = [head]
    gathered = len(head)
    between: bytes = b"{"
    for entry in entries:
        item = entry.item
        pieces += (between, item)
        gathered += len(item)
        between = b",{"
        if gathered > _PIECE:
            await call.send({"type": "http.response.body", "body": b"".join(pieces), "more_body": True})
            pieces, gathered = [], 0
    pieces.append(b"]}")
    await call.send({"type": "http.response.body", "body": b"".join(pieces)})


def list_head(resource: Resource, revision: int, following: str, remaining: int | None) -> bytes:
    """How a list begins, up to its items."""
    more = f',"continue":"{following}"' if following else ""
    if following and remaining is not None:
        more += f',"remainingItemCount":{remaining}'
    return (
        f'{{"kind":"{resource.kind}List","apiVersion":"{resource.group_version}",'
        f'"metadata":{{"resourceVersion":"{revision}"{more}}},"items":['
    ).encode()
