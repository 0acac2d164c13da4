"""`replace --force` of what does not go."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.commands import replace
from cli.errors import CommandError
from cli.targets import Target


async def test_what_stays_is_not_waited_for_longer_than_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stays(*given: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(replace, "_remove", stays)
    target = Target(cast(Any, SimpleNamespace(resource=None)), "ns", "a", {"metadata": {}})
    for given, longest in (("1ms", 300.0), ("0s", 0.001)):
        monkeypatch.setattr(replace, "_LONGEST", longest)
        with pytest.raises(CommandError, match="^error: context deadline exceeded$"):
            await replace._anew(cast(Any, SimpleNamespace()), target, {"dry_run": "none", "timeout": given})
