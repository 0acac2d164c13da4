"""Stored values that cannot be read: whoever asks for one is told, and nobody takes it to be gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore

SECRETS = "/api/v1/namespaces/default/secrets"
SEALED, GARBAGE = b"k8s:enc:aescbc:v1:lost:xx", b'{"kind":"Sekret","apiVersion":"v1"}'
READ = "identity transformer tried to read encrypted data"
LISTED = f'unable to transform key "/registry/secrets/default/sealed": {READ}'


class World:
    """A server over a store that others write to as well."""

    def __init__(self, server: APIServer, store: SQLiteStore, client: httpx.AsyncClient) -> None:
        self.server = server
        self.store = store
        self.client = client

    async def put(self, name: str, value: bytes) -> int:
        """Write as somebody else would, and wait until the server has seen it."""
        key = f"/registry/secrets/default/{name}"
        had = await self.store.get(key)
        if had is None:
            revision = await self.store.create(key, value)
        else:
            revision = await self.store.update(key, value, had.mod_revision)
        await self.server.cacher.wait_for(revision)
        return revision


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    store = await SQLiteStore.open(str(tmp_path / "db"))
    await store.create("/registry/secrets/default/sealed", SEALED)
    server = APIServer(store, AuthSettings())
    await server.start()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        assert (await client.post(SECRETS, json={"metadata": {"name": "good"}})).status_code == 201
        yield World(server, store, client)
    await server.stop()


def internal(why: str) -> dict[str, Any]:
    return {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "InternalError",
        "message": f"Internal error occurred: {why}", "details": {"causes": [{"message": why}]}, "code": 500,
    }  # fmt: skip


async def test_one_that_cannot_be_decrypted(world: World) -> None:
    client, merge = world.client, {"content-type": "application/merge-patch+json"}
    one = f"{SECRETS}/sealed"
    for answer in (
        await client.get(one),
        await client.get(one, params={"resourceVersion": "0"}),
        await client.put(one, json={"metadata": {"name": "sealed"}}),
        await client.patch(one, content=b"{}", headers=merge),
        await client.delete(one),
    ):
        assert answer.json() == internal(READ), answer.request
    for path in (
        SECRETS,
        "/api/v1/secrets",
        f"{SECRETS}?limit=1",
        f"{SECRETS}?resourceVersion=0",
        f"{SECRETS}?watch=1",
    ):
        assert (await client.get(path)).json() == internal(LISTED), path
    assert (await client.delete(SECRETS)).json() == internal(LISTED)
    taken = await client.post(SECRETS, json={"metadata": {"name": "sealed"}})
    assert (taken.status_code, taken.json()["reason"]) == (409, "AlreadyExists")


async def test_the_others_are_served(world: World) -> None:
    client = world.client
    assert (await client.get(f"{SECRETS}/good")).status_code == 200
    for params in ({"fieldSelector": "metadata.name=good"},):
        assert [i["metadata"]["name"] for i in (await client.get(SECRETS, params=params)).json()["items"]] == ["good"]
    assert (await client.get("/api/v1/namespaces/kube-system/secrets")).json()["items"] == []
    assert (await client.post(SECRETS, json={"metadata": {"name": "new"}})).status_code == 201
    assert (await client.delete(f"{SECRETS}/good")).status_code == 200


async def test_one_that_is_no_such_object(world: World) -> None:
    await world.put("sealed", GARBAGE)
    said = 'no kind "Sekret" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"'
    for path in (f"{SECRETS}/sealed", SECRETS):
        body = (await world.client.get(path)).json()
        assert (body["code"], body["message"], body.get("reason")) == (500, said, None)
    await world.put("sealed", b'{"kind":')
    body = (await world.client.get(SECRETS)).json()
    assert body["message"] == "couldn't get version/kind; json parse error: unexpected end of JSON input"


async def test_one_that_becomes_unreadable_and_readable_again(world: World) -> None:
    client = world.client
    made = (await client.get(f"{SECRETS}/good")).json()
    before = (await world.store.get("/registry/secrets/default/good")).value  # type: ignore[union-attr]
    version = made["metadata"]["resourceVersion"]
    watch = asyncio.create_task(client.get(f"{SECRETS}?watch=1&resourceVersion={version}&timeoutSeconds=100"))
    watchers = world.server.resources.by_path["", "v1", "secrets"].cache.watchers
    async with asyncio.timeout(30):
        while not watchers:
            await asyncio.sleep(0.01)
    await world.put("good", SEALED)
    answer = await asyncio.wait_for(watch, 30)
    assert [json.loads(line)["type"] for line in answer.text.splitlines()] == [], "it was ended, and told no lies"
    again = await client.get(f"{SECRETS}?watch=1&resourceVersion={version}&timeoutSeconds=1")
    assert json.loads(again.text.splitlines()[0])["object"]["code"] == 410
    assert (await client.get(f"{SECRETS}/good")).json() == internal(READ)
    await world.put("good", before)
    read = (await client.get(f"{SECRETS}/good")).json()
    assert read["metadata"]["uid"] == made["metadata"]["uid"]
    await world.put("sealed", before.replace(b'"good"', b'"sealed"'))
    assert len((await client.get(SECRETS)).json()["items"]) == 2


async def test_one_that_others_take_away(world: World) -> None:
    key = "/registry/secrets/default/sealed"
    had = await world.store.get(key)
    assert had is not None
    await world.server.cacher.wait_for(await world.store.delete(key, had.mod_revision))
    assert (await world.client.get(f"{SECRETS}/sealed")).status_code == 404
    assert (await world.client.get(SECRETS)).status_code == 200
