"""Custom resources through the ASGI application: from a definition to its objects and back to nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/x.example.com/v1/namespaces/default/widgets"
APPLY = {"content-type": "application/apply-patch+yaml"}
MERGE = {"content-type": "application/merge-patch+json"}
JSON_PATCH = {"content-type": "application/json-patch+json"}
TABLE = {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}


async def start(folder: Path) -> APIServer:
    server = APIServer(await SQLiteStore.open(str(folder / "db")), AuthSettings())
    await server.start()
    return server


def client_of(server: APIServer) -> httpx.AsyncClient:
    headers = {"user-agent": "tester/1.0", "accept": "application/json"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api", headers=headers)


@pytest.fixture
async def client(server: APIServer) -> Any:
    async with client_of(server) as client:
        yield client


def version(name: str = "v1", *, storage: bool = True, **more: Any) -> dict[str, Any]:
    spec = {
        "type": "object",
        "required": ["size"],
        "properties": {
            "size": {"type": "integer", "maximum": 10},
            "color": {"type": "string", "default": "red"},
            "replicas": {"type": "integer"},
            "parts": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["k"],
                "items": {
                    "type": "object",
                    "required": ["k"],
                    "properties": {"k": {"type": "string"}, "v": {"type": "string"}},
                },
            },
        },
    }
    status = {"type": "object", "properties": {"replicas": {"type": "integer"}, "selector": {"type": "string"}}}
    schema = {"type": "object", "required": ["spec"], "properties": {"spec": spec, "status": status}}
    return {"name": name, "served": True, "storage": storage, "schema": {"openAPIV3Schema": schema}, **more}


def definition(
    *versions: dict[str, Any], plural: str = "widgets", kind: str = "Widget", **names: Any
) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.x.example.com"},
        "spec": {
            "group": "x.example.com",
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind, **names},
            "versions": list(versions) or [version()],
        },
    }


def widget(name: str = "w", api: str = "v1", **spec: Any) -> dict[str, Any]:
    named = {"name": name}
    return {"apiVersion": f"x.example.com/{api}", "kind": "Widget", "metadata": named, "spec": {"size": 1, **spec}}


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await check():
            await asyncio.sleep(0.005)


async def condition(client: httpx.AsyncClient, name: str, kind: str) -> dict[str, Any]:
    found = (await client.get(f"{CRDS}/{name}")).json()
    return next((each for each in found["status"]["conditions"] or () if each["type"] == kind), {})


async def serve(client: httpx.AsyncClient, crd: dict[str, Any]) -> None:
    made = await client.post(CRDS, json=crd)
    assert made.status_code == 201, made.text
    name = crd["metadata"]["name"]

    async def established() -> bool:
        return (await condition(client, name, "Established")).get("status") == "True"

    await eventually(established)


async def test_a_definition_is_served_with_the_verbs_of_any_resource(client: httpx.AsyncClient) -> None:
    await serve(client, definition(version(subresources={"status": {}}), shortNames=["wd"], categories=["all"]))
    made = await client.post(WIDGETS, json=widget(zzz=1))
    assert (made.status_code, made.headers["warning"]) == (201, '299 - "unknown field \\"spec.zzz\\""')
    assert made.json()["spec"] == {"size": 1, "color": "red"}
    assert made.json()["metadata"]["generation"] == 1
    strict = await client.post(WIDGETS, params={"fieldValidation": "Strict"}, json=widget("s", zzz=1))
    assert strict.json()["message"] == (
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.zzz"'
    )
    changed = await client.patch(f"{WIDGETS}/w", content='{"spec":{"size":2},"status":{"replicas":3}}', headers=MERGE)
    assert "status" not in changed.json() and changed.json()["metadata"]["generation"] == 2
    status = await client.patch(
        f"{WIDGETS}/w/status", content='{"spec":{"size":9},"status":{"replicas":3}}', headers=MERGE
    )
    assert (status.json()["spec"]["size"], status.json()["status"]) == (2, {"replicas": 3})
    assert status.json()["metadata"]["generation"] == 2
    bad = await client.patch(f"{WIDGETS}/w", content='{"spec":{"size":11}}', headers=MERGE)
    assert bad.json()["message"] == (
        'Widget.x.example.com "w" is invalid: spec.size: Invalid value: 11: '
        "spec.size in body should be less than or equal to 10"
    )
    resource = next(
        each for each in (await client.get("/apis/x.example.com/v1")).json()["resources"] if each["name"] == "widgets"
    )
    assert (resource["shortNames"], resource["categories"], resource["singularName"]) == (["wd"], ["all"], "widget")
    listed = (await client.get(WIDGETS)).json()
    assert (listed["kind"], listed["items"][0]["kind"]) == ("WidgetList", "Widget")
    strategic = {"content-type": "application/strategic-merge-patch+json"}
    assert (await client.patch(f"{WIDGETS}/w", content="{}", headers=strategic)).status_code == 415
    assert (await client.delete(f"{WIDGETS}/w")).status_code == 200
    assert (await client.get(f"{WIDGETS}/w")).status_code == 404


async def test_apply_merges_lists_by_their_keys(client: httpx.AsyncClient) -> None:
    await serve(client, definition())
    for manager_name, key in (("one", "a"), ("two", "b")):
        config = json.dumps(widget(parts=[{"k": key, "v": manager_name}]))
        answer = await client.patch(
            f"{WIDGETS}/w", content=config, headers=APPLY, params={"fieldManager": manager_name}
        )
        assert answer.status_code in (200, 201), answer.text
    assert [part["k"] for part in answer.json()["spec"]["parts"]] == ["a", "b"]
    left = json.dumps(widget())
    answer = await client.patch(f"{WIDGETS}/w", content=left, headers=APPLY, params={"fieldManager": "one"})
    assert [part["k"] for part in answer.json()["spec"]["parts"]] == ["b"]


async def test_columns_scale_and_selectable_fields(client: httpx.AsyncClient) -> None:
    more = {
        "additionalPrinterColumns": [
            {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
            {"name": "Parts", "type": "string", "jsonPath": ".spec.parts[*].k", "priority": 1},
        ],
        "selectableFields": [{"jsonPath": ".spec.color"}],
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        },
    }
    await serve(client, definition(version(**more)))
    await client.post(WIDGETS, json=widget("a", color="blue", replicas=2, parts=[{"k": "x"}, {"k": "y"}]))
    await client.post(WIDGETS, json=widget("b"))
    table = (await client.get(WIDGETS, headers=TABLE)).json()
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Size", "Parts"]
    assert [row["cells"] for row in table["rows"]] == [["a", 1, "x"], ["b", 1, None]]
    blue = await client.get(WIDGETS, params={"fieldSelector": "spec.color=blue"})
    assert [item["metadata"]["name"] for item in blue.json()["items"]] == ["a"]
    assert (await client.get(WIDGETS, params={"fieldSelector": "spec.size=1"})).status_code == 400
    assert (await client.get(f"{WIDGETS}/a/scale")).json()["spec"] == {"replicas": 2}
    scaled = await client.patch(f"{WIDGETS}/a/scale", content='{"spec":{"replicas":5}}', headers=MERGE)
    assert scaled.json()["spec"] == {"replicas": 5}
    after = (await client.get(f"{WIDGETS}/a")).json()
    assert (after["spec"]["replicas"], after["metadata"]["generation"]) == (5, 2)


async def test_what_is_stored_follows_the_schema(client: httpx.AsyncClient) -> None:
    await serve(client, definition())
    await client.post(WIDGETS, json=widget())
    add = [
        {
            "op": "add",
            "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/late",
            "value": {"type": "string", "default": "x"},
        }
    ]
    assert (await client.patch(f"{CRDS}/widgets.x.example.com", json=add, headers=JSON_PATCH)).status_code == 200

    async def defaulted() -> bool:
        return bool((await client.get(f"{WIDGETS}/w")).json()["spec"].get("late") == "x")

    await eventually(defaulted)


async def test_the_storage_version_can_move(tmp_path: Path) -> None:
    server = await start(tmp_path)
    async with client_of(server) as client:
        await serve(client, definition(version(), version("v2", storage=False)))
        await client.post(WIDGETS, json=widget())
        other = WIDGETS.replace("/v1/", "/v2/")
        assert (await client.get(f"{other}/w")).json()["apiVersion"] == "x.example.com/v2"
        move = [
            {"op": "replace", "path": "/spec/versions/0/storage", "value": False},
            {"op": "replace", "path": "/spec/versions/1/storage", "value": True},
        ]
        moved = await client.patch(f"{CRDS}/widgets.x.example.com", json=move, headers=JSON_PATCH)
        assert moved.json()["status"]["storedVersions"] == ["v1", "v2"]

        async def installed() -> bool:
            made = server.resources.by_path["x.example.com", "v1", "widgets"]
            return made.cache.prefix in {cache.prefix for cache in server.cacher.caches} and made.stored(
                b'{"kind":"Widget","apiVersion":"x.example.com/v1","metadata":{"name":"a"}}'
            ).startswith(b'{"kind":"Widget","apiVersion":"x.example.com/v2"')

        await eventually(installed)
        key = "/registry/x.example.com/widgets/default/w"
        held = await server.cacher.store.get(key)
        assert held is not None and b'"x.example.com/v1"' in held.value[:60]
        obj = (await client.get(f"{WIDGETS}/w")).json()
        assert (await client.put(f"{WIDGETS}/w", json=obj)).status_code == 200
        held = await server.cacher.store.get(key)
        assert held is not None and held.value.startswith(b'{"kind":"Widget","apiVersion":"x.example.com/v2"')
    await server.stop()
    again = await start(tmp_path)
    async with client_of(again) as client:
        assert (await client.get(f"{WIDGETS}/w")).json()["apiVersion"] == "x.example.com/v1"
    await again.stop()


async def test_names_are_given_once_and_come_free_again(client: httpx.AsyncClient) -> None:
    await serve(client, definition(shortNames=["wd"]))
    late = definition(plural="wades", kind="Wade", shortNames=["wd"])
    assert (await client.post(CRDS, json=late)).status_code == 201

    async def refused() -> bool:
        return (await condition(client, "wades.x.example.com", "NamesAccepted")).get("reason") == "ShortNamesConflict"

    await eventually(refused)
    assert (await condition(client, "wades.x.example.com", "Established"))["status"] == "False"
    await client.delete(f"{CRDS}/widgets.x.example.com")

    async def accepted() -> bool:
        return (await condition(client, "wades.x.example.com", "Established")).get("status") == "True"

    await eventually(accepted)


async def test_the_last_object_goes_before_its_definition(client: httpx.AsyncClient) -> None:
    await serve(client, definition())
    held = widget("held")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    await client.post(WIDGETS, json=held)
    await client.post(WIDGETS, json=widget("free"))
    gone = await client.delete(f"{CRDS}/widgets.x.example.com")
    assert gone.json()["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]

    async def waiting() -> bool:
        return [item["metadata"]["name"] for item in (await client.get(WIDGETS)).json()["items"]] == ["held"]

    await eventually(waiting)
    assert (await client.post(WIDGETS, json=widget("new"))).status_code == 403
    assert (await client.get(f"{CRDS}/widgets.x.example.com")).status_code == 200
    await client.patch(f"{WIDGETS}/held", content='{"metadata":{"finalizers":null}}', headers=MERGE)

    async def ended() -> bool:
        return (await client.get(f"{CRDS}/widgets.x.example.com")).status_code == 404

    await eventually(ended)
    assert (await client.get(WIDGETS)).text == "404 page not found\n"

    async def told() -> bool:
        return "x.example.com" not in (await client.get("/apis")).text

    await eventually(told)


async def test_open_kinds_keep_what_they_are_given(client: httpx.AsyncClient) -> None:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    await serve(client, definition({"name": "v1", "served": True, "storage": True, "schema": schema}))
    made = await client.post(WIDGETS, json={**widget(), "class": {"a": [1, None]}, "data-x": 1})
    assert (made.json()["class"], made.json()["data-x"]) == ({"a": [1, None]}, 1)
    assert (await client.get(f"{WIDGETS}/w")).json()["class"] == {"a": [1, None]}


class Converter:
    """A webhook that moves `spec.size` to `spec.color` in v2, and back; `broken` makes it fail."""

    def __init__(self) -> None:
        self.broken = False

    async def call(self, config: Any, body: bytes, seconds: float) -> bytes:
        if self.broken:
            return b"{}"
        request = msgspec.json.decode(body)["request"]
        wanted = request["desiredAPIVersion"]
        made = []
        for obj in request["objects"]:
            spec = dict(obj["spec"])
            spec["color"] = "two" if wanted.endswith("v2") else "one"
            made.append({**obj, "apiVersion": wanted, "spec": spec})
        answer = {"uid": request["uid"], "convertedObjects": made, "result": {"status": "Success"}}
        return msgspec.json.encode(
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview", "response": answer}
        )


async def test_a_webhook_converts_between_versions(
    server: APIServer, client: httpx.AsyncClient, monkeypatch: Any
) -> None:
    converter = Converter()
    monkeypatch.setattr(server.core.definitions._installer, "_client", lambda: converter)
    crd = definition(version(), version("v2", storage=False))
    webhook = {"clientConfig": {"url": "https://127.0.0.1:1/convert"}, "conversionReviewVersions": ["v1"]}
    crd["spec"]["conversion"] = {"strategy": "Webhook", "webhook": webhook}
    await serve(client, crd)
    other = WIDGETS.replace("/v1/", "/v2/")
    made = await client.post(other, json=widget("b", "v2", color="x"))
    # What is answered is what is kept: it has been to the stored version and back.
    assert (made.status_code, made.json()["spec"]["color"]) == (201, "two")
    changed = await client.put(f"{other}/b", json=made.json() | {"spec": {"color": "x", "size": 3}})
    assert (changed.status_code, changed.json()["spec"]["color"]) == (200, "two")
    assert changed.json() == (await client.get(f"{other}/b")).json()
    assert (await client.get(f"{WIDGETS}/b")).json()["spec"]["color"] == "one"
    await client.post(WIDGETS, json=widget("a", color="y"))
    colors = [item["spec"]["color"] for item in (await client.get(other)).json()["items"]]
    assert colors == ["two", "two"]
    converter.broken = True
    refused = await client.post(other, json=widget("c", "v2"))
    assert refused.status_code == 500
    assert refused.json()["message"].startswith("conversion webhook for x.example.com/v2, Kind=Widget failed: ")
    counted = (await client.get("/metrics")).text
    assert 'apiserver_conversion_webhook_request_total{failure_type="",result="success"}' in counted
    malformed = 'failure_type="conversion_webhook_malformed_response_failure",result="failure"'
    assert f"apiserver_conversion_webhook_request_total{{{malformed}}} 1" in counted
    assert (await client.get(f"{WIDGETS}/a")).status_code == 200


async def test_what_rules_find_wrong_that_was_so_before_is_a_warning(client: httpx.AsyncClient) -> None:
    crd = definition()
    await serve(client, crd)
    await client.post(WIDGETS, json=widget(color="blue"))
    spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["color"]["x-kubernetes-validations"] = [{"rule": "self != 'blue'", "message": "too blue"}]
    spec["x-kubernetes-validations"] = [{"rule": "10 / (self.size - 5) < 100"}]
    crd["metadata"]["resourceVersion"] = (await client.get(f"{CRDS}/widgets.x.example.com")).json()["metadata"][
        "resourceVersion"
    ]
    assert (await client.put(f"{CRDS}/widgets.x.example.com", json=crd)).status_code == 200

    async def refused() -> bool:
        return (await client.post(WIDGETS, params={"dryRun": "All"}, json=widget("x", color="blue"))).status_code == 422

    await eventually(refused)
    changed = await client.patch(f"{WIDGETS}/w", content='{"spec":{"size":2}}', headers=MERGE)
    assert changed.status_code == 200
    assert changed.headers["warning"] == '299 - "spec.color: Invalid value: \\"blue\\": too blue"'
    failed = await client.patch(f"{WIDGETS}/w", content='{"spec":{"size":5}}', headers=MERGE)
    assert failed.json()["message"] == (
        'Widget.x.example.com "w" is invalid: spec: Invalid value: "object": '
        "division by zero evaluating rule: 10 / (self.size - 5) < 100"
    )


async def test_numbers_are_kept_and_scaled_as_go_reads_them(client: httpx.AsyncClient) -> None:
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    await serve(client, definition(version(subresources={"status": {}, "scale": scale})))
    made = await client.post(WIDGETS, content=json.dumps(widget(size=2.0, zz=1, aa=1)))
    assert '"size":2,' in made.text
    assert made.headers.get_list("warning", True) == [
        '299 - "unknown field \\"spec.aa\\""',
        '299 - "unknown field \\"spec.zz\\""',
    ]
    refused = await client.post(WIDGETS, json=widget("x", replicas=3_000_000_000))
    assert refused.json()["message"] == (
        'Widget.x.example.com "x" is invalid: .spec.replicas: Invalid value: 3000000000: '
        "should be less than or equal to 2147483647"
    )
    refused = await client.post(WIDGETS, json=widget("x", replicas="three"))
    assert refused.json()["message"] == (
        'Widget.x.example.com "x" is invalid: [spec.replicas: Invalid value: "string": spec.replicas in body must be '
        'of type integer: "string", .spec.replicas: Invalid value: 0: .spec.replicas accessor error: three is of the '
        "type string, expected int64]"
    )
    status = '{"status":{"replicas":-1}}'
    refused = await client.patch(f"{WIDGETS}/w/status", content=status, headers=MERGE)
    assert "status.replicas: Invalid value: -1: should be a non-negative integer" in refused.json()["message"]
