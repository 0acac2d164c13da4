"""Pages of one version, resource versions, large lists, and watches through the ASGI application."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.rest import continuation

CMS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
async def client(server: APIServer) -> Any:
    headers = {"accept": "application/json"}
    transport = httpx.ASGITransport(server)
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
        yield client


async def make(client: httpx.AsyncClient, name: str, size: int = 1) -> int:
    answer = await client.post(CMS, json={"metadata": {"name": name}, "data": {"x": "y" * size}})
    return int(answer.json()["metadata"]["resourceVersion"])


def names(answer: httpx.Response) -> list[str]:
    return [item["metadata"]["name"] for item in answer.json()["items"]]


async def test_pages_show_one_version_whatever_happens_between(client: httpx.AsyncClient) -> None:
    for name in ("a", "b", "c"):
        await make(client, name)
    first = await client.get(CMS, params={"limit": 1})
    assert (names(first), first.json()["metadata"]["remainingItemCount"]) == (["a"], 2)
    await client.delete(f"{CMS}/b")
    await make(client, "bb")
    token = first.json()["metadata"]["continue"]
    rest = await client.get(CMS, params={"limit": 5, "continue": token})
    assert names(rest) == ["b", "c"]
    assert rest.json()["metadata"]["resourceVersion"] == first.json()["metadata"]["resourceVersion"]
    assert names(await client.get(CMS)) == ["a", "bb", "c"]


async def test_a_page_of_a_forgotten_version_gets_a_token_to_go_on(
    client: httpx.AsyncClient, server: APIServer
) -> None:
    version = await make(client, "a")
    last = await make(client, "b")
    await server.cacher.store.compact(last)
    server.resources.by_path["", "v1", "configmaps"].cache.floor = last
    gone = await client.get(CMS, params={"limit": 1, "continue": continuation.encode(version - 1, "a\0")})
    assert (gone.status_code, gone.json()["reason"]) == (410, "Expired")
    again = await client.get(CMS, params={"limit": 1, "continue": gone.json()["metadata"]["continue"]})
    assert names(again) == ["b"]
    exact = await client.get(CMS, params={"resourceVersion": str(version - 1), "resourceVersionMatch": "Exact"})
    assert exact.json()["message"] == "The resourceVersion for the provided list is too old."


async def test_a_compacted_version_is_gone_although_the_cache_remembers_it(
    client: httpx.AsyncClient, server: APIServer
) -> None:
    for name in ("a", "b"):
        await make(client, name)
    first = (await client.get(CMS, params={"limit": 1})).json()["metadata"]
    # A change of something else: for the cache of config maps nothing has happened since.
    secret = {"metadata": {"name": "s"}}
    changed = (await client.post("/api/v1/namespaces/default/secrets", json=secret)).json()["metadata"]
    assert names(await client.get(CMS, params={"limit": 1, "continue": first["continue"]})) == ["b"]
    await server.cacher.store.compact(int(changed["resourceVersion"]))
    gone = await client.get(CMS, params={"limit": 1, "continue": first["continue"]})
    assert (gone.status_code, gone.json()["reason"]) == (410, "Expired")
    again = await client.get(CMS, params={"limit": 1, "continue": gone.json()["metadata"]["continue"]})
    assert names(again) == ["b"]


async def test_exact_versions_come_from_the_cache_and_from_the_store(
    client: httpx.AsyncClient, server: APIServer
) -> None:
    version = await make(client, "a")
    await make(client, "b")
    asked = {"resourceVersion": str(version), "resourceVersionMatch": "Exact"}
    from_cache = await client.get(CMS, params=asked)
    server.resources.by_path["", "v1", "configmaps"].cache.floor = version + 1
    from_store = await client.get(CMS, params=asked)
    assert from_cache.json() == from_store.json()
    assert names(from_store) == ["a"]


async def test_a_large_list_is_sent_in_pieces_of_the_told_length(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await make(client, f"a{number}", 600_000)
    answer = await client.get(CMS, headers={"accept-encoding": "identity"})
    assert len(answer.content) == int(answer.headers["content-length"]) > 3_000_000
    assert names(answer) == [f"a{number}" for number in range(5)]


async def events(client: httpx.AsyncClient, **params: str) -> list[tuple[str, str]]:
    answer = await client.get(CMS, params={"watch": "1", "timeoutSeconds": "1", **params})
    assert answer.status_code == 200, answer.text
    found = [json.loads(line) for line in answer.text.splitlines()]
    return [(event["type"], event["object"].get("metadata", {}).get("name", "")) for event in found]


async def test_watches_begin_as_asked(client: httpx.AsyncClient, server: APIServer) -> None:
    version = await make(client, "a")
    await make(client, "b")
    assert await events(client) == [("ADDED", "a"), ("ADDED", "b")]
    assert await events(client, resourceVersion=str(version)) == [("ADDED", "b")]
    assert await events(client, fieldSelector="metadata.name=b") == [("ADDED", "b")]
    streamed = await events(
        client, sendInitialEvents="true", resourceVersionMatch="NotOlderThan", allowWatchBookmarks="true"
    )
    assert streamed == [("ADDED", "a"), ("ADDED", "b"), ("BOOKMARK", "")]
    silent = await events(client, sendInitialEvents="false", resourceVersionMatch="NotOlderThan")
    assert silent == []
    server.resources.by_path["", "v1", "configmaps"].cache.floor = version + 1
    assert await events(client, resourceVersion=str(version)) == [("ERROR", "")]


async def test_a_legacy_watch_of_one_object(client: httpx.AsyncClient) -> None:
    await make(client, "a")
    await make(client, "b")
    answer = await client.get("/api/v1/watch/namespaces/default/configmaps/b", params={"timeoutSeconds": "1"})
    assert [json.loads(line)["object"]["metadata"]["name"] for line in answer.text.splitlines()] == ["b"]


async def test_head_and_unknown_methods(client: httpx.AsyncClient) -> None:
    await make(client, "a")
    head = await client.head(f"{CMS}/a")
    # Kubernetes routes HEAD to no verb of its own kinds.
    assert (head.status_code, head.content) == (405, b"")
    assert (await client.request("FOO", CMS)).status_code == 405
    assert (await client.get("/apis/nosuch.example.com/v1/foos")).text == "404 page not found\n"


async def test_what_is_no_version_is_refused_where_kubernetes_looks_at_it(client: httpx.AsyncClient) -> None:
    why = 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'
    one = (await client.get(f"{CMS}/a?resourceVersion=abc")).json()
    assert (one["code"], one["message"], "reason" in one) == (500, why, False)
    many = (await client.get(f"{CMS}?resourceVersion=abc")).json()
    assert (many["code"], many["message"]) == (400, f"invalid resource version: {why}")
    page = (await client.get(f"{CMS}?resourceVersion=1&continue=abc")).json()
    assert page["message"].startswith("invalid continue token")
    token = continuation.encode(1, "a")
    both = (await client.get(f"{CMS}?resourceVersion=1&continue={token}")).json()
    assert both["message"] == "specifying resource version is not allowed when using continue"
