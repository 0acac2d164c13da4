from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.kubelet.csi_world import CSIWorld, csi_world
from tests.unit.kubelet.world import World, running


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as made:
        yield made


@pytest.fixture
async def csi(tmp_path: Path) -> AsyncIterator[CSIWorld]:
    """With a driver that is registered and says of itself that its volumes need not be attached."""
    async with csi_world(tmp_path) as made:
        made.about()
        await made.register()
        yield made
