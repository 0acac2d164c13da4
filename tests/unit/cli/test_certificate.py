"""`certificate approve` and `deny` beside others who write to the request."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.commands import certificate
from cli.errors import CommandError
from cli.targets import Target
from minik8s.client.errors import Conflict

APPROVAL = certificate._Verdict("approve", "Approved", "Denied", "approved")


class Client:
    """A server whose request changes `often` times before a verdict comes in time; what it has then is `held`."""

    def __init__(self, often: int, held: list[str]) -> None:
        self.often = often
        self.held = held
        self.version = 1

    async def request(self, method: str, path: str, body: dict[str, Any]) -> Any:
        assert (method, path) == ("PUT", "/csr/c/approval")
        if self.version <= self.often:
            self.version += 1
            raise Conflict("the object has been modified")
        assert body["metadata"]["resourceVersion"] == str(self.version)
        return SimpleNamespace(json=lambda: body)

    async def get(self, resource: Any, name: str, namespace: str) -> dict[str, Any]:
        return {
            "metadata": {"resourceVersion": str(self.version)},
            "status": {"conditions": [{"type": each} for each in self.held]},
        }


async def _run(often: int, *held: str) -> list[str]:
    session = cast(Any, SimpleNamespace(client=Client(often, list(held))))
    resource = SimpleNamespace(
        kind="CertificateSigningRequest", group="", path=lambda n, name, sub: f"/csr/{name}/{sub}"
    )
    served = cast(Any, SimpleNamespace(resource=resource))
    target = Target(served, "", "c", {"metadata": {"resourceVersion": "1"}})
    judged = await certificate._judged(session, target, APPROVAL, force=False)
    return [each["type"] for each in judged["status"]["conditions"]]


async def test_a_lost_race_is_run_again_from_what_the_request_has_now() -> None:
    assert await _run(0, "Failed") == ["Approved"]
    assert await _run(2, "Failed") == ["Failed", "Approved"]
    assert await _run(2, "Approved") == ["Approved"]


async def test_who_denied_it_meanwhile_is_heeded() -> None:
    with pytest.raises(CommandError, match="is already Denied"):
        await _run(1, "Denied")


async def test_a_request_that_never_rests() -> None:
    with pytest.raises(CommandError, match="keeps changing"):
        await _run(100)
