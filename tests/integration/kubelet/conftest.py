from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.kubelet.lab import PLUGINS, Lab, engine, running


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if os.geteuid() != 0 or shutil.which("dockerd") is None or not (PLUGINS / "bridge").exists():
        pytest.skip("needs root, dockerd and the CNI plugins")
    with engine(tmp_path_factory.mktemp("docker")) as found:
        yield found


@pytest.fixture
async def lab(tmp_path: Path, endpoint: str) -> AsyncIterator[Lab]:
    async with running(tmp_path, endpoint) as made:
        yield made
