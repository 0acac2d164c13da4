"""When a worker is started, and started again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from apiserver.heavy import lane
from apiserver.heavy.lane import Lane
from apiserver.heavy.started import StartedWorker


async def test_what_cannot_be_started_now_is_started_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "_REST_SECONDS", 0)
    made: list[StartedWorker] = []

    def worker(core: Any) -> StartedWorker:
        made.append(StartedWorker(core))
        return made[-1]

    monkeypatch.setattr(lane, "StartedWorker", worker)
    lanes = Lane(["/nowhere/python"])
    lanes.open(cast(Any, SimpleNamespace(cacher=SimpleNamespace(store=None))))
    assert await lanes._ready() is None
    assert await lanes._ready() is None
    assert len(made) == 2, "the first failure was taken for the last word"
    await lanes.close()
