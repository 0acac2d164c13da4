"""Documents that are nested without end are refused in words, wherever they are read."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from apiserver.app import APIServer

MAPS = "/api/v1/namespaces/default/configmaps"
HEAD = '"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}'
APPLY = "application/apply-patch+yaml"


@pytest.fixture
async def client(server: APIServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://a") as client:
        await client.post(MAPS, json={"metadata": {"name": "a"}})
        yield client


def deep(times: int, opening: str = '{"a":', closing: str = "}") -> str:
    return opening * times + "1" + closing * times


@pytest.mark.parametrize("times", [400, 900, 1500, 20000])
async def test_nothing_but_words(client: httpx.AsyncClient, times: int) -> None:
    asked = [
        ("PATCH", f"{MAPS}/a?fieldManager=m", f'{{{HEAD},"data":{deep(times)}}}', APPLY),
        ("PATCH", f"{MAPS}/a", f'{{"data":{deep(times)}}}', "application/merge-patch+json"),
        ("POST", MAPS, f'{{{HEAD},"data":{deep(times)}}}', "application/json"),
        ("POST", MAPS, f"{{{HEAD},data: {deep(times, '[', ']')}}}", "application/yaml"),
        ("DELETE", f"{MAPS}/a?dryRun=All", f'{{"dryRun":["All"],"preconditions":{deep(times)}}}', "application/json"),
    ]
    for method, path, body, kind in asked:
        answer = await client.request(method, path, content=body, headers={"content-type": kind})
        said = answer.json().get("message", "")
        assert answer.status_code in (200, 400, 422), (method, kind, said[:200])
        assert "recursion" not in said and "log" not in said, (method, kind, said[:200])
