"""A server, a client of it, and a webhook server beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore
from tests.support.webhook_server import WebhookServer


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[APIServer]:
    made = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings())
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@pytest.fixture
async def api(server: APIServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        yield client


@pytest.fixture
async def hooks(tmp_path: Path) -> AsyncIterator[WebhookServer]:
    made = WebhookServer(tmp_path, "hook.default.svc")
    await made.start()
    try:
        yield made
    finally:
        await made.stop()
