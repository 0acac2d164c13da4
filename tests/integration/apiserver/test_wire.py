"""What goes over the wire besides plain JSON, through the ASGI application."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from apiserver import protobuf
from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.health import Answer
from apiserver.storage.sqlite import SQLiteStore
from minik8s.api.apidiscovery_v2 import APIGroupDiscoveryList
from minik8s.api.core_v1 import ConfigMap, ConfigMapList
from minik8s.api.meta_v1 import PartialObjectMetadata, PartialObjectMetadataList, Status

CMS = "/api/v1/namespaces/default/configmaps"
PROTOBUF = "application/vnd.kubernetes.protobuf"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.fixture
async def client(tmp_path: Path) -> Any:
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings())
    await server.start()
    headers = {"accept-encoding": "identity"}
    transport = httpx.ASGITransport(server)
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
        yield client
    await server.stop()


async def make(client: httpx.AsyncClient, name: str, **data: str) -> dict[str, Any]:
    answer = await client.post(CMS, json={"metadata": {"name": name}, "data": data})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def accept(media: str) -> dict[str, str]:
    return {"accept": media}


def frames(body: bytes) -> list[bytes]:
    """The messages of a protobuf stream."""
    found = []
    while body:
        size = int.from_bytes(body[:4], "big")
        found.append(body[4 : 4 + size])
        body = body[4 + size :]
    return found


async def test_protobuf_of_one_and_of_many(client: httpx.AsyncClient) -> None:
    await make(client, "a", k="v")
    one = await client.get(f"{CMS}/a", headers=accept(PROTOBUF))
    assert one.headers["content-type"] == PROTOBUF
    read = protobuf.decode(one.content, ConfigMap, "ConfigMap")
    assert (read.kind, read.metadata.name, read.data) == ("ConfigMap", "a", {"k": "v"})
    many = await client.get(CMS, headers=accept(f"{PROTOBUF},application/json"))
    listed = protobuf.decode(many.content, ConfigMapList, "ConfigMapList")
    assert [item.metadata.name for item in listed.items] == ["a"]
    assert listed.metadata.resource_version == read.metadata.resource_version


async def test_protobuf_in_and_out_of_a_write(client: httpx.AsyncClient) -> None:
    created = await client.post(
        CMS,
        content=protobuf.encode(_named("p"), "ConfigMap", "v1"),
        headers={"content-type": PROTOBUF, **accept(PROTOBUF)},
    )
    assert created.status_code == 201
    assert protobuf.decode(created.content, ConfigMap, "ConfigMap").metadata.uid
    refused = await client.get(f"{CMS}/nosuch", headers=accept(PROTOBUF))
    status = protobuf.decode(refused.content, Status, "Status")
    assert (refused.status_code, status.message) == (404, 'configmaps "nosuch" not found')


def _named(name: str) -> ConfigMap:
    made = ConfigMap(data={"k": "v"})
    made.metadata.name = name
    return made


async def test_a_protobuf_watch(client: httpx.AsyncClient) -> None:
    version = (await make(client, "a"))["metadata"]["resourceVersion"]
    await make(client, "b")
    await client.delete(f"{CMS}/b")
    query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": "1"}
    answer = await asyncio.wait_for(client.get(CMS, params=query, headers=accept(f"{PROTOBUF};stream=watch")), 10)
    assert answer.headers["content-type"] == f"{PROTOBUF};stream=watch"
    found = frames(answer.content)
    assert [frame[2 : 2 + frame[1]] for frame in found] == [b"ADDED", b"DELETED"]
    enveloped = found[1][found[1].index(b"k8s\0") :]
    assert protobuf.decode(enveloped, ConfigMap, "ConfigMap").metadata.name == "b"


async def test_tables_of_one_of_many_and_by_pages(client: httpx.AsyncClient) -> None:
    for name in ("a", "b"):
        await make(client, name, k="v")
    one = (await client.get(f"{CMS}/a", headers=accept(TABLE))).json()
    assert [column["name"] for column in one["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert one["rows"][0]["cells"][:2] == ["a", 1]
    assert one["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    page = (await client.get(CMS, params={"limit": 1}, headers=accept(TABLE))).json()
    assert page["metadata"]["continue"] and page["metadata"]["remainingItemCount"] == 1
    assert [row["cells"][0] for row in page["rows"]] == ["a"]
    for include, kind in (("Object", "ConfigMap"), ("None", None)):
        table = (await client.get(CMS, params={"includeObject": include}, headers=accept(TABLE))).json()
        assert (table["rows"][0]["object"] or {}).get("kind") == kind
    bad = await client.get(CMS, params={"includeObject": "Foo"}, headers=accept(TABLE))
    assert bad.status_code == 400 and "must be 'Metadata', 'Object', 'None', or empty" in bad.json()["message"]


async def test_a_table_watch_names_its_columns_once(client: httpx.AsyncClient) -> None:
    for name in ("a", "b"):
        await make(client, name)
    query = {"watch": "1", "timeoutSeconds": "1"}
    answer = await asyncio.wait_for(client.get(CMS, params=query, headers=accept(TABLE)), 10)
    tables = [json.loads(line)["object"] for line in answer.text.splitlines()]
    assert [table["rows"][0]["cells"][0] for table in tables] == ["a", "b"]
    assert [bool(table["columnDefinitions"]) for table in tables] == [True, False]


async def test_metadata_alone(client: httpx.AsyncClient) -> None:
    await make(client, "a", k="v")
    partial = "as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"
    one = (await client.get(f"{CMS}/a", headers=accept(f"application/json;{partial.format('')}"))).json()
    assert set(one) == {"kind", "apiVersion", "metadata"} and one["kind"] == "PartialObjectMetadata"
    listed = await client.get(CMS, headers=accept(f"{PROTOBUF};{partial.format('List')}"))
    found = protobuf.decode(listed.content, PartialObjectMetadataList, "PartialObjectMetadataList")
    assert (found.kind, found.api_version) == ("PartialObjectMetadataList", "meta.k8s.io/v1")
    assert [item.metadata.name for item in found.items] == ["a"]
    query = {"watch": "1", "timeoutSeconds": "1"}
    media = f"{PROTOBUF};{partial.format('')}"
    answer = await asyncio.wait_for(client.get(CMS, params=query, headers=accept(media)), 10)
    frame = frames(answer.content)[0]
    event = protobuf.decode(frame[frame.index(b"k8s\0") :], PartialObjectMetadata, "PartialObjectMetadata")
    assert (event.kind, event.metadata.name) == ("PartialObjectMetadata", "a")
    wrong = await client.get(CMS, headers=accept(f"application/json;{partial.format('')}"))
    assert wrong.status_code == 406
    assert wrong.json()["message"] == (
        "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)"
    )


@pytest.mark.parametrize("media", [f"{PROTOBUF};stream=watch", TABLE, PARTIAL, PARTIAL.replace("json", PROTOBUF[12:])])
async def test_a_list_by_watch_ends_with_a_bookmark_in_every_form(client: httpx.AsyncClient, media: str) -> None:
    await make(client, "a")
    query = {
        "watch": "1",
        "timeoutSeconds": "1",
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
    }
    answer = await asyncio.wait_for(client.get(CMS, params=query, headers=accept(media)), 10)
    assert answer.status_code == 200, answer.text
    found = frames(answer.content) if "protobuf" in media else answer.content.splitlines()
    assert len(found) == 2 and b"ADDED" in found[0]
    assert b"BOOKMARK" in found[1] and b"k8s.io/initial-events-end" in found[1]


async def test_yaml_and_indented_json(client: httpx.AsyncClient) -> None:
    await make(client, "a", number="1e3", lines="x\ny\n")
    answer = await client.get(f"{CMS}/a", headers=accept("application/yaml"))
    assert answer.headers["content-type"] == "application/yaml"
    assert yaml.safe_load(answer.text)["data"] == {"number": "1e3", "lines": "x\ny\n"}
    assert '"1e3"' in answer.text
    # As Go quotes what would be read as something else than a text.
    assert f'creationTimestamp: "{yaml.safe_load(answer.text)["metadata"]["creationTimestamp"]}"' in answer.text
    pretty = await client.get(f"{CMS}/a", headers={"user-agent": "curl/8"})
    assert pretty.text.startswith('{\n  "kind": "ConfigMap"')
    plain = await client.get(f"{CMS}/a", params={"pretty": "false"}, headers={"user-agent": "curl/8"})
    assert plain.json() == pretty.json() and plain.text.count("\n") == 1


async def test_large_answers_are_compressed_for_those_who_take_it(client: httpx.AsyncClient) -> None:
    for name in ("a", "b", "c"):
        await make(client, name, k="x" * 500_000)
    small = await client.get("/api/v1/namespaces", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in small.headers
    plain = await client.get(CMS)
    for path in (CMS, f"{CMS}/a"):
        async with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            raw = b"".join([piece async for piece in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == "gzip" and answer.headers["vary"] == "Accept-Encoding"
        assert len(raw) < 50_000
        if path == CMS:
            assert gzip.decompress(raw) == plain.content


async def test_discovery_with_etags(client: httpx.AsyncClient) -> None:
    answer = await client.get("/apis", headers=accept(f"{DISCOVERY},application/json"))
    assert answer.headers["content-type"] == DISCOVERY
    assert answer.headers["vary"] == "Accept"
    again = await client.get("/apis", headers={**accept(DISCOVERY), "if-none-match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content
    plain = await client.get("/apis", headers=accept(f"application/json,{DISCOVERY}"))
    assert plain.json()["kind"] == "APIGroupList"
    old = await client.get("/api", headers=accept(DISCOVERY.replace("v=v2", "v=v2beta1")))
    assert old.json()["apiVersion"] == "apidiscovery.k8s.io/v2beta1"
    media = DISCOVERY.replace("application/json", PROTOBUF)
    packed = await client.get("/apis", headers=accept(media))
    assert packed.headers["content-type"] == media
    read = protobuf.decode(packed.content, APIGroupDiscoveryList, "APIGroupDiscoveryList")
    assert [group.metadata.name for group in read.items] == [
        group["metadata"]["name"] for group in answer.json()["items"]
    ]
    as_protobuf = await client.get("/apis/apps/v1", headers=accept(PROTOBUF))
    assert as_protobuf.content.startswith(b"k8s\0")


async def test_openapi_names_documents_by_their_content(client: httpx.AsyncClient) -> None:
    index = (await client.get("/openapi/v3")).json()["paths"]
    path = index["apis/apps/v1"]["serverRelativeURL"]
    document = await client.get(path)
    assert document.headers["etag"].strip('"') == path.partition("hash=")[2]
    assert "immutable" in document.headers["cache-control"]
    patch = document.json()["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert patch["x-kubernetes-group-version-kind"]["kind"] == "Deployment"
    assert "fieldValidation" in {parameter["name"] for parameter in patch["parameters"]}
    asked = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    old = await client.get("/openapi/v2", headers=accept(asked))
    assert old.headers["content-type"] == asked.replace("@", ".")


@pytest.mark.parametrize(
    ("asked", "status", "media"),
    [
        ("application/json", 200, "application/json"),
        ("application/*", 200, "application/json"),
        ("application/com.github.proto-openapi.spec.v2.v1.0+protobuf;q=0.5, application/json", 200, "application/json"),
        ("text/html", 406, None),
    ],
)
async def test_the_old_openapi_document_comes_as_it_is_wanted_most(
    client: httpx.AsyncClient, asked: str, status: int, media: str | None
) -> None:
    answer = await client.get("/openapi/v2", headers=accept(asked))
    assert (answer.status_code, answer.headers.get("content-type")) == (status, media)


async def test_version_roots_health_and_metrics(client: httpx.AsyncClient) -> None:
    assert {"major", "minor", "gitVersion", "platform", "emulationMajor"} <= set((await client.get("/version")).json())
    paths = (await client.get("/")).json()["paths"]
    assert {"/api/v1", "/apis/apps/v1", "/healthz/ping", "/metrics", "/openapi/v3"} <= set(paths)
    ready = (await client.get("/readyz", params={"verbose": ""})).text
    assert "[+]autoregister-completion ok\n" in ready and ready.endswith("readyz check passed\n")
    assert (await client.get("/debug/pprof")).status_code == 404
    await make(client, "a")
    await client.get("/api/v1/namespaces/default/made-up-things")
    figures = (await client.get("/metrics")).text
    labels = 'component="apiserver",dry_run="",group="",resource="configmaps",scope="namespace",subresource=""'
    assert f'apiserver_request_total{{code="201",{labels},verb="POST",version="v1"}} 1' in figures
    there = len((await client.get("/api/v1/configmaps")).json()["items"])
    assert f'apiserver_storage_objects{{resource="configmaps"}} {there}\n' in figures
    created = 'etcd_request_duration_seconds_count{group="",operation="create",resource="configmaps"}'
    assert f"{created} {there}\n" in figures
    assert 'apiserver_current_inflight_requests{request_kind="readOnly"} 1' in figures
    assert "process_resident_memory_bytes" in figures
    assert "made-up-things" not in figures


async def test_a_server_that_stops_is_not_ready(tmp_path: Path) -> None:
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings())
    await server.start()
    assert (await server.health.answer("/readyz/shutdown")) == Answer(200, "ok")
    await server.stop()
    answer = await server.health.answer("/readyz", verbose=True)
    assert answer is not None and answer.status == 500
    assert "[-]shutdown failed: reason withheld" in answer.text
    live = await server.health.answer("/livez", exclude=["etcd"])
    assert live == Answer(200, "ok")


async def test_what_clients_make_up_takes_no_memory(client: httpx.AsyncClient) -> None:
    told = []
    for start in (0, 30, 60):
        for number in range(start, start + 30):
            await client.get(f"/api/v1/namespaces/default/pods/p/sub{number}")
            await client.get(f"/apis/group{number}/v1/things")
            await client.get(f"/path{number}")
        told.append((await client.get("/metrics")).text.count("\n"))
    # One kind of request of each sort, each with its histograms; /metrics itself has been asked by the second time.
    assert told[1] == told[2]
    metrics = client._transport.app.metrics  # type: ignore[attr-defined]
    assert not [key for key in metrics._kinds if any(text.startswith(("sub", "group")) for text in key)]


async def test_an_answered_question_has_no_table(client: httpx.AsyncClient) -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    asked = {"spec": {"nonResourceAttributes": {"path": "/", "verb": "get"}}}
    assert (await client.post(path, json=asked)).status_code == 201
    refused = await client.post(path, json=asked, headers={"accept": TABLE})
    assert (refused.status_code, refused.json()["reason"]) == (406, "NotAcceptable")
