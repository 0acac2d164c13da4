"""One control plane for each file, and a namespace for each test."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from minik8s.api.core_v1 import Namespace, ServiceAccount
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.api import ApiClient
from tests.integration.controllers.control_plane import ControlPlane, eventually


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    found = ControlPlane(Path(tmp_path_factory.mktemp("plane")))
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture
async def client(plane: ControlPlane) -> AsyncIterator[ApiClient]:
    async with plane.client() as found:
        yield found


@pytest.fixture
async def namespace(client: ApiClient) -> str:
    name = f"t{uuid.uuid4().hex[:8]}"
    await client.create(Namespace(metadata=ObjectMeta(name=name)))

    async def has_account() -> None:
        await client.get(ServiceAccount, "default", name)

    await eventually(has_account)
    return name
