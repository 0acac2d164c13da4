"""`drain` of a node with Pods whose eviction is refused for now, or for good."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.commands import drain
from cli.errors import CommandError
from cli.targets import Target
from minik8s.api.meta_v1 import Status, StatusCause, StatusDetails
from minik8s.client.errors import ApiError, Forbidden, NotFound, TooManyRequests

GIVEN = {"grace_period": -1, "dry_run": "none", "disable_eviction": False}


def _forbidden(reason: str) -> Forbidden:
    details = StatusDetails(causes=[StatusCause(reason=reason)])
    return Forbidden(Status(status="Failure", message="no", reason="Forbidden", code=403, details=details))


class Client:
    """A server that refuses evictions with these errors, one after the other; the Pod ends afterwards."""

    def __init__(self, refusals: list[ApiError]) -> None:
        self.refusals = refusals

    async def request(self, method: str, path: str, body: Any) -> None:
        if self.refusals:
            raise self.refusals.pop(0)

    async def get(self, *named: str) -> Any:
        raise NotFound("gone")


async def _evict(*refusals: ApiError) -> tuple[list[str], list[ApiError]]:
    warned: list[str] = []
    client = Client(list(refusals))
    session = cast(Any, SimpleNamespace(client=client, warn=warned.append))
    await drain._evict(session, Target(cast(Any, SimpleNamespace(resource=None)), "ns", "p", {}), GIVEN)
    return warned, client.refusals


async def test_a_namespace_that_ends_and_a_budget_are_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(drain, "_RETRY", 0)
    warned, left = await _evict(_forbidden("NamespaceTerminating"), TooManyRequests("budget"))
    assert not left and capsys.readouterr().out.endswith("pod/p evicted\n")
    assert warned[0] == 'error when evicting pod "p" from terminating namespace "ns" (will retry after 5s): no'
    assert warned[1] == 'error when evicting pods/"p" -n "ns" (will retry after 5s): budget'


@pytest.mark.parametrize("error", [Forbidden("no"), _forbidden("Other")])
async def test_who_may_not_evict_is_told(error: ApiError) -> None:
    with pytest.raises(CommandError, match='error when evicting pods/"p" -n "ns": no'):
        await _evict(error)
