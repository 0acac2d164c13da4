"""A server that goes while it is asked what it serves leaves nothing behind."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from apiserver.aggregation.documents import Documents
from apiserver.aggregation.remotes import Remote
from apiserver.discovery.catalog import Catalog
from apiserver.openapi.serving import OpenAPI
from minik8s.api.apiregistration_v1 import APIService, APIServiceSpec, ServiceReference

_KEY = ("zoo.example.com", "v1")
_PATH = "/apis/zoo.example.com/v1"
_ANSWERS: dict[str, dict[str, Any]] = {
    _PATH: {"resources": [{"name": "animals", "kind": "Animal", "namespaced": True}]},
    "/openapi/v3": {"paths": {_PATH[1:]: {"serverRelativeURL": "/openapi/v3/zoo"}}},
    "/openapi/v3/zoo": {"openapi": "3.0.0"},
    "/openapi/v2": {"paths": {f"{_PATH}/animals": {}}, "definitions": {"Animal": {}}},
}


class _Remotes:
    def __init__(self) -> None:
        self.by_group_version: dict[tuple[str, str], Remote] = {}
        self.changed: list[Any] = []

    def put(self, remote: Remote | None) -> None:
        if remote is None:
            self.by_group_version.pop(_KEY)
        else:
            self.by_group_version[_KEY] = remote
        for tell in self.changed:
            tell(_KEY, remote)


def _remote() -> Remote:
    spec = APIServiceSpec(group=_KEY[0], version=_KEY[1], service=ServiceReference(name="s", namespace="n"))
    return Remote(APIService(spec=spec))


@pytest.mark.parametrize("goes_at", [*_ANSWERS, None])
async def test_what_goes_meanwhile_is_not_taken_over(monkeypatch: pytest.MonkeyPatch, goes_at: str | None) -> None:
    remotes, catalog, openapi = _Remotes(), Catalog([]), OpenAPI(lambda: {}, "v1")
    documents = Documents(cast(Any, remotes), cast(Any, None), catalog, openapi)

    async def get(self: Documents, remote: Remote, target: str, etag: str = "") -> dict[str, Any]:
        if target == goes_at:
            remotes.put(None)
        return dict(_ANSWERS[target])

    monkeypatch.setattr(Documents, "_get", get)
    remote = _remote()
    remotes.put(remote)
    await documents.take_over(remote)
    documents.lost(remote)
    there = goes_at is None
    assert (catalog.document(_PATH) is not None) is there
    for path, place in (("/openapi/v3", _PATH[1:]), ("/openapi/v2", f"{_PATH}/animals")):
        found = await openapi.answer(path, {})
        assert found is not None
        assert (place in json.loads(found.body)["paths"]) is there
