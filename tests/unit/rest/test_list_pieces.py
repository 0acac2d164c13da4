"""A list that is sent in pieces is the list that fits into one."""

from __future__ import annotations

import asyncio
import json
import zlib

import pytest

from apiserver import call as calls
from apiserver.call import Call, Message
from apiserver.rest import answer
from apiserver.storage.entry import Entry, Form


class _Resource:
    strategic = True
    kind, list_kind, group_version = "Pod", "PodList", "v1"


class _Call(Call):
    """Keeps what is sent."""

    def __init__(self, encoding: str = "", method: str = "GET") -> None:
        self.sent: list[bytes] = []
        self.head: list[tuple[bytes, bytes]] = []
        headers = [(b"accept-encoding", encoding.encode())]
        scope = {
            "type": "http",
            "method": method,
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "headers": headers,
        }
        super().__init__(scope, self._nothing, self._keep)

    async def _nothing(self) -> Message:
        return {"type": "http.disconnect"}

    async def _keep(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.head = message["headers"]
        else:
            self.sent.append(message["body"])


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
    else:
        assert int(head[b"content-length"]) == len(body)
    found = json.loads(body)
    assert found["kind"] == "PodList" and found["metadata"] == {"resourceVersion": "77"}
    assert [item["metadata"]["name"] for item in found["items"]] == [f"p{n}" for n in range(count)]
    assert not any("kind" in item for item in found["items"])


def test_a_large_list_never_exists_as_a_whole() -> None:
    call = _Call()
    asyncio.run(answer.answer_list(call, _Resource(), _entries(700, 1000), 77))  # type: ignore[arg-type]
    assert len(call.sent) > 3
    assert max(map(len, call.sent)) < 2 * calls._SMALL_PIECE


def test_head_of_a_large_list_has_its_length_only() -> None:
    call = _Call(method="HEAD")
    asyncio.run(answer.answer_list(call, _Resource(), _entries(700, 1000), 77))  # type: ignore[arg-type]
    whole = _Call()
    asyncio.run(answer.answer_list(whole, _Resource(), _entries(700, 1000), 77))  # type: ignore[arg-type]
    assert call.sent == [b""] and dict(call.head)[b"content-length"] == b"%d" % len(b"".join(whole.sent))
