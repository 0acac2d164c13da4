"""The objects a new cluster gets, on a real server: again on kept data too."""

from __future__ import annotations

from pathlib import Path

import httpx

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore


async def test_a_second_service_of_an_address_is_refused_for_the_address(tmp_path: Path) -> None:
    """Why whoever keeps a Service of a fixed address looks before creating it."""
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings())
    await server.start()
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
            path = "/api/v1/namespaces/kube-system/services"
            service = {
                "metadata": {"name": "dns"},
                "spec": {"clusterIP": "10.96.0.10", "ports": [{"port": 53}]},
            }
            first = await client.post(path, json=service)
            again = await client.post(path, json=service)
            assert (first.status_code, again.status_code) == (201, 422), first.text
            assert "provided IP is already allocated" in again.json()["message"]
            assert (await client.get(f"{path}/dns")).status_code == 200
    finally:
        await server.stop()
