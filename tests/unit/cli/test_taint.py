"""`taint` beside a kubelet that keeps writing to its node."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.commands import taint
from cli.errors import CommandError
from cli.targets import Target
from minik8s.client.errors import Conflict

NODES = SimpleNamespace(kind="Node", group="")
GIVEN = {"overwrite": False, "dry_run": "none", "field_manager": "kubectl-taint"}


class Client:
    """A server whose node changes `often` times before a patch comes in time; another one's taint is put meanwhile."""

    def __init__(self, often: int) -> None:
        self.often = often
        self.version = 1

    async def patch(self, resource: Any, name: str, patch: dict[str, Any], **more: Any) -> dict[str, Any]:
        if self.version <= self.often:
            self.version += 1
            raise Conflict("the object has been modified")
        assert patch["metadata"]["resourceVersion"] == str(self.version)
        return {"spec": {"taints": patch["spec"]["taints"]}}

    async def get(self, resource: Any, name: str, namespace: str) -> dict[str, Any]:
        return {
            "metadata": {"resourceVersion": str(self.version)},
            "spec": {"taints": [{"key": "theirs", "effect": "NoSchedule"}]},
        }


async def _run(often: int) -> dict[str, Any]:
    session = cast(Any, SimpleNamespace(client=Client(often)))
    node = Target(cast(Any, SimpleNamespace(resource=NODES)), "", "n1", {"metadata": {"resourceVersion": "1"}})
    return await taint._tainted(session, node, [{"key": "mine", "effect": "NoExecute"}], [], GIVEN)


async def test_a_lost_race_is_run_again_from_what_the_node_has_now() -> None:
    assert [each["key"] for each in (await _run(0))["spec"]["taints"]] == ["mine"]
    assert {each["key"] for each in (await _run(2))["spec"]["taints"]} == {"mine", "theirs"}


async def test_a_node_that_never_rests() -> None:
    with pytest.raises(CommandError, match="node/n1 keeps changing"):
        await _run(100)
