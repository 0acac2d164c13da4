from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.unit.dashboard.console import Running, running


@pytest.fixture
async def console() -> AsyncIterator[Running]:
    async with running() as found:
        yield found
