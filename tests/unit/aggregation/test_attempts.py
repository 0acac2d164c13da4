"""Whether the server behind an APIService answers is asked more than once, and not one after the other."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from apiserver.aggregation.availability import PASSED, Availability
from apiserver.aggregation.remotes import Remote
from apiserver.webhooks.services import Address
from minik8s.api.apiregistration_v1 import APIService, APIServiceSpec, ServiceReference
from minik8s.api.core_v1 import Service, ServiceSpec
from minik8s.testing.fake_clock import FakeClock


class Reached:
    """A remote that is always at the same place."""

    def reach(self, remote: Remote) -> tuple[Address, ssl.SSLContext]:
        return Address("10.0.0.1", 443), ssl.create_default_context()


class Held:
    """One Service whose name resolves elsewhere."""

    def get(self, cls: object, name: str = "", namespace: str = "") -> Service:
        return Service(spec=ServiceSpec(type="ExternalName"))


def availability(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, answers: Callable[[int], Awaitable[str]]
) -> tuple[Availability, list[float]]:
    asked: list[float] = []

    async def answer(self: Availability, remote: Remote, address: Address, tls: ssl.SSLContext) -> str:
        asked.append(clock.monotonic())
        return await answers(len(asked))

    monkeypatch.setattr(Availability, "_answers", answer)
    nothing = cast(Any, None)
    return Availability(cast(Any, Reached()), cast(Any, Held()), nothing, nothing, clock, nothing, nothing), asked


def remote() -> Remote:
    reference = ServiceReference(name="s", namespace="n")
    return Remote(APIService(spec=APIServiceSpec(group="g", version="v1", service=reference)))


async def test_those_that_hang_are_waited_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()

    async def hang(number: int) -> str:
        await clock.sleep(5)
        return f"deadline {number}"

    checker, asked = availability(clock, monkeypatch, hang)
    began = clock.monotonic()
    task = asyncio.create_task(checker.check(remote()))
    await clock.advance(5.5)
    found = await task
    assert not found.available and found.reason == "FailedDiscoveryCheck" and found.message.endswith("deadline 3")
    assert [each - began for each in asked] == [0, 0.25, 0.5]


async def test_one_good_answer_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()

    async def first_hangs(number: int) -> str:
        await clock.sleep(100 if number == 1 else 0)
        return ""

    checker, asked = availability(clock, monkeypatch, first_hangs)
    task = asyncio.create_task(checker.check(remote()))
    await clock.advance(0.25)
    assert await task == PASSED
    assert len(asked) == 2


async def test_a_refusal_is_asked_about_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()

    async def refuse(number: int) -> str:
        return f"refused {number}"

    checker, _ = availability(clock, monkeypatch, refuse)
    task = asyncio.create_task(checker.check(remote()))
    await clock.advance(0.5)
    assert (await task).message.endswith("refused 3")
