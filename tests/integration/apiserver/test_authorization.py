"""What a request selects counts when it is authorized."""

from __future__ import annotations

from pathlib import Path

import httpx

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore


async def test_a_node_lists_the_pods_that_run_there_and_no_others(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("t,system:node:n1,u,system:nodes\n")
    settings = AuthSettings(token_auth_file=str(tokens), authorization_mode=("Node", "RBAC"))
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), settings)
    await server.start()
    headers = {"authorization": "Bearer t"}
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(server), base_url="http://api", headers=headers
        ) as client:
            own = await client.get("/api/v1/pods", params={"fieldSelector": "spec.nodeName=n1"})
            assert own.status_code == 200
            for selector in ("spec.nodeName=n2", "spec.nodeName!=n1", "metadata.name=x", ""):
                other = await client.get("/api/v1/pods", params={"fieldSelector": selector})
                assert other.status_code == 403, selector
    finally:
        await server.stop()
