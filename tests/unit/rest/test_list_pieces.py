"""A list that is sent in pieces is the list that fits into one."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any

import pytest

from apiserver.rest import answer
from apiserver.storage.entry import Entry, Form


class _Resource:
    strategic = True
    kind, list_kind, group_version = "Pod", "PodList", "v1"


class _Call:
    """Takes what is sent."""

    output = answer.PLAIN
    record = None
    size = 0

    def __init__(self, encoding: str = "", method: str = "GET") -> None:
        self.scope = {"method": method}
        self.sent: list[bytes] = []
        self.head: list[tuple[bytes, bytes]] = []
        self._encoding = encoding

    def header(self, name: bytes) -> str:
        return self._encoding if name == b"accept-encoding" else ""

    def headers(self, content_type: bytes) -> list[tuple[bytes, bytes]]:
        return [(b"content-type", content_type)]

    async def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.head = headers

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message["body"])

    async def respond(self, status: int, body: bytes) -> None:
        self.sent.append(body)


def _entries(count: int, size: int) -> list[Entry]:
    form = Form("Pod", "v1", namespaced=True, decode=json.loads, select=None, keep_decoded=False)
    made = []
    for n in range(count):
        value = b'%b"name":"p%d","annotations":{"a":"%b"}}}' % (form.head, n, b"x" * size)
        made.append(Entry(form, "default", f"p{n}", form.wire(value, n + 1), n + 1, n + 1))
    return made


@pytest.mark.parametrize(("count", "size"), [(1, 10), (3, 100), (700, 1000), (5, 400_000), (1, 400_000)])
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_pieces_make_one_document(count: int, size: int, encoding: str) -> None:
    call = _Call(encoding)
    asyncio.run(answer.answer_list(call, _Resource(), _entries(count, size), 77))  # type: ignore[arg-type]
    head = dict(call.head)
    body = b"".join(call.sent)
    if b"content-encoding" in head:
        body = zlib.decompress(body, 31)
    elif head:
        assert int(head[b"content-length"]) == len(body)
    found = json.loads(body)
    assert found["kind"] == "PodList" and found["metadata"] == {"resourceVersion": "77"}
    assert [item["metadata"]["name"] for item in found["items"]] == [f"p{n}" for n in range(count)]
    assert not any("kind" in item for item in found["items"])


def test_a_large_list_never_exists_as_a_whole() -> None:
    call = _Call()
    asyncio.run(answer.answer_list(call, _Resource(), _entries(700, 1000), 77))  # type: ignore[arg-type]
    assert len(call.sent) > 3
    assert max(map(len, call.sent)) < 2 * answer._PIECE


def test_head_of_a_large_list_has_its_length_only() -> None:
    call = _Call(method="HEAD")
    asyncio.run(answer.answer_list(call, _Resource(), _entries(700, 1000), 77))  # type: ignore[arg-type]
    assert call.sent == [b""] and b"content-length" in dict(call.head)
