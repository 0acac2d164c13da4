"""What most of these tests ask: a server of their own over SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[APIServer]:
    """Started, and stopped whatever becomes of the test."""
    made = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings())
    await made.start()
    try:
        yield made
    finally:
        await made.stop()
