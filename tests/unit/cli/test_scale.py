"""`scale` with expectations beside others who scale."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.commands import scale
from cli.errors import CommandError
from cli.targets import Target
from minik8s.client.errors import Conflict

GIVEN = {"replicas": 5, "current_replicas": 2, "resource_version": "", "dry_run": "none"}


class Client:
    """A server whose object somebody changes before the first patch comes, to so many replicas."""

    def __init__(self, meanwhile: int) -> None:
        self.meanwhile, self.replicas, self.version = meanwhile, 2, 1

    async def request(self, method: str, path: str) -> Any:
        held = {"metadata": {"resourceVersion": str(self.version)}, "spec": {"replicas": self.replicas}}
        return SimpleNamespace(json=lambda: held)

    async def patch(self, resource: Any, name: str, patch: dict[str, Any], *more: Any, **others: Any) -> None:
        if self.version == 1:
            self.version, self.replicas = 2, self.meanwhile
        if patch.get("metadata", {}).get("resourceVersion", str(self.version)) != str(self.version):
            raise Conflict("the object has been modified")
        self.replicas = patch["spec"]["replicas"]


async def _run(meanwhile: int, **given: Any) -> int:
    client = Client(meanwhile)
    resource = SimpleNamespace(path=lambda *parts: "/".join(parts))
    target = Target(cast(Any, SimpleNamespace(resource=resource)), "ns", "web", {})
    await scale._scale(cast(Any, SimpleNamespace(client=client)), target, GIVEN | given)
    return client.replicas


async def test_what_is_expected_holds_when_it_is_changed() -> None:
    assert await _run(meanwhile=2) == 5
    with pytest.raises(CommandError, match="Expected replicas to be 2, was 7"):
        await _run(meanwhile=7)
    with pytest.raises(CommandError, match="Expected resource version to be 1, was 2"):
        await _run(meanwhile=2, current_replicas=-1, resource_version="1")


async def test_who_expects_nothing_depends_on_nothing() -> None:
    assert await _run(meanwhile=7, current_replicas=-1) == 5


async def test_a_dry_run_changes_nothing() -> None:
    assert await _run(meanwhile=7, dry_run="client") == 2
