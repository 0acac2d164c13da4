"""Each 500 that is excused is brought about once, with the words a kube-apiserver 1.36 has for the same request."""

from __future__ import annotations

import json

import pytest

from tests.integration.apiserver.fuzz.server import Connection, Running
from tests.integration.apiserver.fuzz.verdict import EXCUSES, Excuse, excused

POD = b"/api/v1/namespaces/default/pods/a?dryRun=All&fieldManager=m"


@pytest.mark.parametrize("excuse", EXCUSES, ids=lambda excuse: excuse.name)
def test_an_excuse(server: Running, client: Connection, excuse: Excuse) -> None:
    method = excuse.media.encode() if "/" not in excuse.media else b"PATCH"
    media = b"application/json" if method != b"PATCH" else excuse.media.encode()
    answer = client.ask(method, excuse.target.encode(), b"Content-Type: %b\r\n" % media, excuse.body.encode())
    assert answer.code == 500, answer
    assert excused(answer, excuse.media) == excuse.name, answer
    if excuse.shown:
        assert json.loads(answer.body) == {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": excuse.shown,
            "code": 500,
        }  # fmt: skip
    assert not server.taken_errors()


def test_other_500s_have_no_excuse(client: Connection) -> None:
    answer = client.ask(b"PATCH", POD, b"Content-Type: application/strategic-merge-patch+json\r\n", b'{"$patch":1}')
    assert excused(answer, "application/strategic-merge-patch+json")
    assert not excused(answer, "application/merge-patch+json")
    assert not excused(answer._replace(body=answer.body.replace(b"unknown", b"wrong")), EXCUSES[0].media)
    internal = (
        b'{"kind":"Status","apiVersion":"v1","status":"Failure","message":"x","reason":"InternalError","code":500}'
    )
    assert not excused(answer._replace(body=internal), EXCUSES[0].media)
