"""What is kept of objects that come in another version than the one they are stored in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
FOOS = "/apis/x.example.com/v1/namespaces/default/foos"
OTHER = FOOS.replace("/v1/", "/v2/")
MERGE = {"content-type": "application/merge-patch+json"}
NUMBER = {"type": "integer"}


def version(name: str, field: str, *, storage: bool, **spec: Any) -> dict[str, Any]:
    part = {"type": "object", "properties": {field: NUMBER, **spec}}
    status = {"type": "object", "properties": {field: NUMBER}}
    return {
        "name": name,
        "served": True,
        "storage": storage,
        "subresources": {
            "status": {},
            "scale": {"specReplicasPath": f".spec.{field}", "statusReplicasPath": f".status.{field}"},
        },
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": part, "status": status}}},
    }


@pytest.fixture
async def client(server: APIServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://a") as client:
        names = {"plural": "foos", "kind": "Foo"}
        versions = [
            version("v1", "old", storage=True, filled={"type": "string", "default": "full"}),
            version("v2", "new", storage=False, filled={"type": "string"}),
        ]
        spec = {"group": "x.example.com", "scope": "Namespaced", "names": names, "versions": versions}
        await client.post(CRDS, json={"metadata": {"name": "foos.x.example.com"}, "spec": spec})
        async with asyncio.timeout(30):
            while (await client.get(OTHER)).status_code != 200:
                await asyncio.sleep(0.005)
        yield client


def foo(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "x.example.com/v2", "kind": "Foo", "metadata": {"name": "a"}, "spec": spec}


async def test_the_stored_version_takes_out_and_fills_in(client: httpx.AsyncClient) -> None:
    made = await client.post(OTHER, json=foo(new=1))
    assert (made.status_code, made.json()["spec"]) == (201, {"filled": "full"})
    assert (await client.get(f"{FOOS}/a")).json()["spec"] == {"filled": "full"}
    changed = await client.patch(f"{OTHER}/a", json={"spec": {"new": 2, "filled": "half"}}, headers=MERGE)
    assert changed.json()["spec"] == {"filled": "half"}
    assert (await client.get(f"{FOOS}/a")).json()["spec"] == {"filled": "half"}


async def test_so_it_does_to_a_status_and_to_a_scale(client: httpx.AsyncClient) -> None:
    await client.post(OTHER, json=foo())
    status = await client.patch(f"{OTHER}/a/status", json={"status": {"new": 3}}, headers=MERGE)
    assert (status.status_code, status.json().get("status")) == (200, {})
    scale = await client.patch(f"{OTHER}/a/scale", json={"spec": {"replicas": 5}}, headers=MERGE)
    assert (scale.status_code, scale.json()["spec"]) == (200, {})
    for path in (FOOS, OTHER):
        read = (await client.get(f"{path}/a")).json()
        assert (read["spec"], read.get("status", {})) == ({"filled": "full"}, {})


async def test_a_scale_is_of_the_object_that_is_meant(client: httpx.AsyncClient) -> None:
    held = (await client.post(OTHER, json=foo())).json()["metadata"]["uid"]
    path = f"{FOOS}/a/scale"
    sent = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "a", "namespace": "default"}}
    sent["metadata"]["uid"] = "other"  # type: ignore[index]
    refused = await client.put(path, json={**sent, "spec": {"replicas": 1}})
    assert (refused.status_code, refused.json()["message"]) == (
        409,
        'Operation cannot be fulfilled on foos.x.example.com "a": StorageError: invalid object, Code: 4, '
        "Key: /registry/x.example.com/foos/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
        f"UID in precondition: other, UID in object meta: {held}",
    )
    # A patch says how the object it finds becomes another one: what it makes of the uid is not a condition.
    patched = await client.patch(path, json={"metadata": {"uid": "other"}, "spec": {"replicas": 4}}, headers=MERGE)
    assert (patched.status_code, patched.json()["spec"], patched.json()["metadata"]["uid"]) == (
        200,
        {"replicas": 4},
        held,
    )
