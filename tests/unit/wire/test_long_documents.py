"""A long document that is encoded item by item is the one that is encoded as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apiserver.forms import long_documents
from apiserver.forms.documents import encoded
from apiserver.negotiation import JSON, YAML, Output

_ITEMS: list[dict[str, Any]] = [
    {"metadata": {"name": f"p{n}", "labels": {"a": "yes", "b": "1e3"}}, "spec": {"text": "x\ny\n" * 40, "none": None}}
    for n in range(2000)
]
_HEADS = [
    ("items", {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}}),
    ("rows", {"kind": "Table", "apiVersion": "v1", "metadata": {}, "columnDefinitions": [{"name": "A"}, {"b": []}]}),
]


@pytest.mark.parametrize("output", [Output(JSON), Output(JSON, pretty=True), Output(YAML)], ids=str)
@pytest.mark.parametrize(("key", "head"), _HEADS)
@pytest.mark.parametrize("count", [0, 1, 2000])
async def test_pieces_make_the_same(output: Output, key: str, head: dict[str, Any], count: int) -> None:
    items = [json.dumps(item).encode() for item in _ITEMS[:count]]
    whole = json.dumps({**head, key: _ITEMS[:count]}, separators=(",", ":")).encode()
    parts, media = await long_documents.encode(output, json.dumps(head).encode(), key, items)
    found = b"".join(parts)
    expected, expected_media = encoded(output, whole)
    if output == Output(JSON):
        found, expected = (json.dumps(json.loads(each)).encode() for each in (found, expected))
    assert (found, media) == (expected, expected_media)


async def test_a_long_document_is_not_encoded_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    all_of = long_documents._all
    monkeypatch.setattr(long_documents, "_all", lambda items, encode: sizes.append(len(items)) or all_of(items, encode))
    items = [json.dumps(item).encode() for item in _ITEMS]
    await long_documents.encode(Output(JSON, pretty=True), b'{"kind":"PodList"}', "items", items)
    assert sum(sizes) == 2000 and max(sizes) < 1000
