"""What is said of connections to a Pod that runs nowhere yet, before how they are to be made."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore

PODS = "/api/v1/namespaces/default/pods"


@pytest.mark.parametrize("way", ["exec?command=true", "attach", "portforward?ports=80"])
async def test_a_pod_without_a_node_has_no_connections(tmp_path: Path, way: str) -> None:
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings())
    await server.start()
    spec = {"automountServiceAccountToken": False, "containers": [{"name": "c", "image": "i"}]}
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
            account = {"metadata": {"name": "default"}}
            await client.post("/api/v1/namespaces/default/serviceaccounts", json=account)
            made = await client.post(PODS, json={"metadata": {"name": "p"}, "spec": spec})
            assert made.status_code == 201, made.text
            answer = await client.post(f"{PODS}/p/{way}")
            assert (answer.status_code, answer.json()["message"]) == (400, "pod p does not have a host assigned")
            assert (await client.post(f"{PODS}/none/{way}")).status_code == 404
    finally:
        await server.stop()
