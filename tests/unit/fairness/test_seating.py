"""How many of a level's seats a request takes, by what it asks for."""

from __future__ import annotations

from typing import Any, cast

import pytest

from apiserver.auth.protocols import Attributes
from apiserver.call import Call
from apiserver.chain.seating import seat
from apiserver.chain.services import Services
from apiserver.fairness.gate import FreeSeat

PODS = "/api/v1/namespaces/ns/pods"


class Doorman:
    """A gate that notes the seats it was asked for."""

    seats_watches = True

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def enter(self, attributes: Attributes, seats: int = 1) -> FreeSeat:
        self.asked.append(seats)
        return FreeSeat()


def _stored(group: str, version: str, resource: str) -> int:
    return {("", "v1", "pods"): 450, ("apps", "v1", "deployments"): 50_000}.get((group, version, resource), 0)


@pytest.mark.parametrize(
    ("method", "path", "query", "seats"),
    [
        ("GET", PODS, "", 5),
        ("GET", PODS, "limit=10", 5),
        ("GET", "/apis/apps/v1/deployments", "", 10),
        ("GET", "/apis/example.com/v1/things", "", 1),
        ("GET", PODS, "fieldSelector=metadata.name%3Dweb", 1),
        ("GET", PODS, "watch=true", 1),
        ("GET", PODS, "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", 5),
        ("GET", PODS + "/web", "", 1),
        ("POST", PODS, "", 1),
        ("GET", "/healthz", "", 1),
    ],
)
async def test_a_list_takes_a_seat_for_each_hundred_objects(method: str, path: str, query: str, seats: int) -> None:
    doorman = Doorman()
    scope = {"method": method, "raw_path": path.encode(), "query_string": query.encode(), "headers": []}
    nothing = cast(Any, None)
    await seat(Call(scope, nothing, nothing), Services(nothing, nothing, doorman, _stored))
    assert doorman.asked == [seats]
