"""Documents for clients that do not take them compressed: unpacked once for a crowd, and not kept for good."""

from __future__ import annotations

import asyncio
import gzip
import hashlib

import pytest

from apiserver.openapi import serving

KEY = "apis/x.io/v1"
DOCUMENT = "".join(hashlib.sha512(str(at).encode()).hexdigest() for at in range(2000)).encode()


async def test_a_crowd_unpacks_a_large_document_once_and_nobody_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_STAYS", 0.0)
    given_back: list[int] = []
    monkeypatch.setattr(serving, "give_back", lambda: given_back.append(1))
    unpacked: list[int] = []
    decompress = gzip.decompress

    def counted(packed: bytes) -> bytes:
        unpacked.append(len(packed))
        return decompress(packed)

    monkeypatch.setattr(serving.gzip, "decompress", counted)
    documents = serving.OpenAPI(dict, "v1.36.0")
    documents.publish(KEY, DOCUMENT)
    answers = await asyncio.gather(*(documents.answer(f"/openapi/v3/{KEY}", {}) for _ in range(5)))
    assert [answer.body == DOCUMENT for answer in answers if answer is not None] == [True] * 5
    assert len(unpacked) < 5
    async with asyncio.timeout(30):
        while documents._plain_bodies or not given_back:
            await asyncio.sleep(0)
    packed = await documents.answer(f"/openapi/v3/{KEY}", {}, encoding="gzip")
    assert packed is not None
    assert decompress(packed.body) == DOCUMENT
