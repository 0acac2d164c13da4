"""A client of the server, and a webhook server beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from apiserver.app import APIServer
from tests.support.webhook_server import WebhookServer


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
