"""The verbs through the ASGI application, on a store in a file."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer

CMS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


@pytest.fixture
async def client(server: APIServer) -> Any:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        yield client


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"n": name}}, "data": data}


async def test_create_get_update_delete(client: httpx.AsyncClient) -> None:
    created = await client.post(CMS, json=config_map("a", x="1"))
    assert created.status_code == 201
    assert (await client.get(f"{CMS}/a")).json() == created.json()
    again = await client.post(CMS, json=config_map("a"))
    assert (again.status_code, again.json()["reason"]) == (409, "AlreadyExists")
    stale = {**created.json(), "data": {"x": "2"}}
    updated = await client.put(f"{CMS}/a", json=stale)
    assert updated.json()["data"] == {"x": "2"}
    assert int(updated.json()["metadata"]["resourceVersion"]) > int(created.json()["metadata"]["resourceVersion"])
    assert (await client.put(f"{CMS}/a", json=stale)).json()["reason"] == "Conflict"
    assert (await client.delete(f"{CMS}/a")).json()["status"] == "Success"
    assert (await client.get(f"{CMS}/a")).json()["message"] == 'configmaps "a" not found'


async def test_an_update_that_changes_nothing_writes_nothing(client: httpx.AsyncClient) -> None:
    created = (await client.post(CMS, json=config_map("a"))).json()
    assert (await client.put(f"{CMS}/a", json=created)).json() == created


async def test_list_pages_and_selectors(client: httpx.AsyncClient) -> None:
    for name in ("a", "b", "c"):
        await client.post(CMS, json=config_map(name))
    first = (await client.get(CMS, params={"limit": 2})).json()
    assert [item["metadata"]["name"] for item in first["items"]] == ["a", "b"]
    assert "kind" not in first["items"][0]
    rest = (await client.get(CMS, params={"limit": 2, "continue": first["metadata"]["continue"]})).json()
    assert [item["metadata"]["name"] for item in rest["items"]] == ["c"]
    labelled = (await client.get(CMS, params={"labelSelector": "n in (b)"})).json()
    assert [item["metadata"]["name"] for item in labelled["items"]] == ["b"]
    named = (await client.get(CMS, params={"fieldSelector": "metadata.name=c"})).json()
    assert [item["metadata"]["name"] for item in named["items"]] == ["c"]


async def test_watch_from_a_version(client: httpx.AsyncClient) -> None:
    version = (await client.post(CMS, json=config_map("a", x="1"))).json()["metadata"]["resourceVersion"]
    await client.patch(
        f"{CMS}/a", content=b'{"data":{"x":"2"}}', headers={"content-type": "application/merge-patch+json"}
    )
    await client.delete(f"{CMS}/a")
    watching = client.get(CMS, params={"watch": "1", "resourceVersion": version, "timeoutSeconds": "1"})
    answer = await asyncio.wait_for(watching, 30)
    events = [json.loads(line) for line in answer.text.splitlines()]
    assert [event["type"] for event in events] == ["MODIFIED", "DELETED"]
    assert events[0]["object"]["data"] == {"x": "2"}


async def test_a_deployment_is_defaulted_and_patched_strategically(client: httpx.AsyncClient) -> None:
    deployment = {
        "metadata": {"name": "d", "creationTimestamp": None},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "i", "resources": {"limits": {"cpu": 1}}}]},
            },
        },
    }
    created = await client.post(DEPLOYMENTS, json=deployment)
    assert created.status_code == 201, created.text
    change = {
        "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "j"}, {"name": "n", "image": "k"}]}}}
    }
    patched = await client.patch(
        f"{DEPLOYMENTS}/d",
        content=json.dumps(change),
        headers={"content-type": "application/strategic-merge-patch+json"},
    )
    containers = patched.json()["spec"]["template"]["spec"]["containers"]
    assert [(c["name"], c["image"]) for c in containers] == [("c", "j"), ("n", "k")]
    assert containers[0]["resources"] == {"limits": {"cpu": "1"}}


async def test_a_finalizer_holds_an_object(client: httpx.AsyncClient) -> None:
    held = config_map("a")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    await client.post(CMS, json=held)
    assert (await client.delete(f"{CMS}/a")).json()["metadata"]["deletionTimestamp"]
    patch = b'{"metadata":{"finalizers":null}}'
    await client.patch(f"{CMS}/a", content=patch, headers={"content-type": "application/merge-patch+json"})
    assert (await client.get(f"{CMS}/a")).status_code == 404


async def test_what_is_not_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/namespaces/default/foos")).status_code == 404
    assert (await client.post("/api/v1/configmaps", json=config_map("a"))).status_code == 405
    assert (await client.get("/nosuch")).text == "404 page not found\n"
    assert (await client.post(CMS, content=b'{"a":', headers={"content-type": "application/json"})).status_code == 400


async def test_a_pod_is_bound_once(client: httpx.AsyncClient) -> None:
    pods = "/api/v1/namespaces/default/pods"
    await client.post("/api/v1/namespaces/default/serviceaccounts", json={"metadata": {"name": "default"}})
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    created = await client.post(pods, json=pod)
    assert created.status_code == 201, created.text
    binding = {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n1"}}
    merge = {"Content-Type": "application/merge-patch+json"}
    nominated = await client.patch(f"{pods}/p/status", json={"status": {"nominatedNodeName": "n1"}}, headers=merge)
    assert nominated.json()["status"]["nominatedNodeName"] == "n1"
    assert (await client.post(f"{pods}/p/binding", json=binding)).status_code == 201
    bound = (await client.get(f"{pods}/p")).json()
    assert bound["spec"]["nodeName"] == "n1" and "nominatedNodeName" not in bound["status"]
    assert (await client.post(f"{pods}/p/binding", json=binding)).status_code == 409


async def test_reviews(client: httpx.AsyncClient) -> None:
    asked = {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    assert (await client.post(path, json=asked)).json()["status"]["allowed"] is True
    me = await client.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", json={})
    assert me.json()["status"]["userInfo"]["username"] == "system:anonymous"


async def test_a_review_of_somebody_else(client: httpx.AsyncClient) -> None:
    asked = {"spec": {"user": "u", "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "default"}}}
    access = "/apis/authorization.k8s.io/v1"
    assert (await client.post(f"{access}/subjectaccessreviews", json=asked)).json()["status"]["allowed"] is True
    asked = {"metadata": {"namespace": "default"}, **asked}
    local = await client.post(f"{access}/namespaces/default/localsubjectaccessreviews", json=asked)
    assert local.json()["status"]["allowed"] is True, local.text
