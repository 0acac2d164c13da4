"""Many definitions at once, and their documents from memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from minik8s.api.apiextensions_v1 import CustomResourceDefinition

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SCHEMA = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def definition(plural: str, *short: str) -> dict[str, Any]:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}}
    names = {"plural": plural, "kind": plural.capitalize(), "shortNames": list(short)}
    spec = {"group": "x.io", "scope": "Cluster", "names": names, "versions": [version]}
    return {"metadata": {"name": f"{plural}.x.io"}, "spec": spec}


@pytest.fixture
async def client(server: APIServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        yield client


async def conditions(client: httpx.AsyncClient) -> dict[str, dict[str, str]]:
    found = (await client.get(CRDS)).json()["items"]
    return {
        each["metadata"]["name"]: {one["type"]: one["reason"] for one in each["status"]["conditions"] or ()}
        for each in found
    }


async def until(client: httpx.AsyncClient, check: Callable[[dict[str, dict[str, str]]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while not check(found := await conditions(client)):
            await asyncio.sleep(0.02)
    return found


async def test_many_made_at_once_are_served_together(
    server: APIServer, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, read = 0, 0
    definitions = server.core.definitions
    publish, resource = definitions._published.publish, server.resources.by_type[CustomResourceDefinition]
    decode = resource.cache.form.decode

    def publishing(*arguments: Any) -> None:
        nonlocal told
        told += 1
        publish(*arguments)

    def decoding(wire: bytes) -> Any:
        nonlocal read
        read += 1
        return decode(wire)

    monkeypatch.setattr(definitions._published, "publish", publishing)
    monkeypatch.setattr(resource.cache.form, "decode", decoding)
    many = 60
    made = await asyncio.gather(*(client.post(CRDS, json=definition(f"kinds{n}")) for n in range(many)))
    assert {each.status_code for each in made} == {201}
    served = {"NamesAccepted": "NoConflicts", "Established": "InitialNamesAccepted"}
    await until(client, lambda found: list(found.values()) == [served] * many)
    assert told < many / 2, "each definition is told of alone"
    assert read < many * 20, "the work for one grows with the number of others"
    for n in range(many):
        assert (await client.get(f"/apis/x.io/v1/kinds{n}")).status_code == 200


async def test_of_two_that_want_a_name_at_once_one_waits_for_the_other(client: httpx.AsyncClient) -> None:
    await asyncio.gather(*(client.post(CRDS, json=definition(name, "same")) for name in ("cats", "dogs")))
    found = await until(client, lambda found: len([each for each in found.values() if "NamesAccepted" in each]) == 2)
    reasons = {name: each["NamesAccepted"] for name, each in found.items()}
    assert sorted(reasons.values()) == ["NoConflicts", "ShortNamesConflict"]
    holder, other = sorted(reasons, key=lambda name: reasons[name])
    assert (await client.delete(f"{CRDS}/{holder}")).status_code == 200
    await until(
        client, lambda found: {name: each["NamesAccepted"] for name, each in found.items()} == {other: "NoConflicts"}
    )
