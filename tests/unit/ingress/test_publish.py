from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ingress.model import Problem
from ingress.publish import PATIENCE_SECONDS, RETRY_SECONDS, Publisher, addresses_of
from minik8s.api.core_v1 import Event
from minik8s.api.networking_v1 import Ingress
from minik8s.client.errors import ServiceUnavailable
from minik8s.client.events import EventRecorder
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster
from tests.support.ingresses import ingress

KEY = ("default", "one")


class World:
    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.cluster.add(ingress("one", {"a.com": [("P", "/", "web")]}))
        self.recorder = EventRecorder(self.cluster, "minik8s-ingress")
        self.publisher = Publisher(self.cluster, self.recorder, ["10.0.0.7", "lb.example.com"])
        self.publisher.leads = True

    async def publish(self, *problems: Problem, accepted: bool = True) -> float:
        held = self.cluster.objects(Ingress)
        keys = frozenset({KEY} if accepted else ())
        again = await self.publisher.publish(held, keys, problems)
        await self.recorder.flush()
        return again

    def events(self) -> list[tuple[str, str, str]]:
        return [(e.type, e.reason, e.message) for e in self.cluster.objects(Event)]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    found = World()
    yield found
    await found.recorder.close()


async def test_an_address_is_written_once_and_said_once(world: World) -> None:
    assert await world.publish() == 0
    held = world.cluster.object(Ingress, "one")
    assert held is not None and held.status.load_balancer.ingress == addresses_of(["10.0.0.7", "lb.example.com"])
    assert (held.status.load_balancer.ingress[1].hostname, held.status.load_balancer.ingress[1].ip) == (
        "lb.example.com",
        "",
    )
    assert world.events() == [("Normal", "Sync", "Scheduled for sync")]
    await world.publish()
    assert len(world.cluster.requests("patch", "ingresses/status")) == 1 and len(world.events()) == 1
    world.cluster.modify(Ingress, "one", lambda held: held.metadata.annotations.update(a="b"))
    await world.publish()
    assert [e.count for e in world.cluster.objects(Event)] == [2]


async def test_the_next_controller_says_nothing_of_what_is_served_already(world: World) -> None:
    await world.publish()
    later = Publisher(world.cluster, world.recorder, ["10.0.0.7", "lb.example.com"])
    later.leads = True
    await later.publish(world.cluster.objects(Ingress), frozenset({KEY}), [])
    await world.recorder.flush()
    assert [e.count for e in world.cluster.objects(Event)] == [1]


async def test_who_does_not_lead_or_is_not_served_gets_nothing(world: World) -> None:
    world.publisher.leads = False
    await world.publish(Problem(KEY, "Rejected", "no"))
    assert world.events() == [] and world.cluster.requests("patch") == []
    world.publisher.leads = True
    await world.publish(Problem(KEY, "Rejected", "no"), accepted=False)
    await world.publish(Problem(KEY, "Rejected", "no"), accepted=False)
    assert (
        world.events() == [("Warning", "Rejected", "no")] and world.cluster.requests("patch", "ingresses/status") == []
    )


async def test_what_may_still_come_is_missed_only_after_a_while(world: World) -> None:
    clock = world.cluster.clock
    assert isinstance(clock, FakeClock)
    missing = Problem(KEY, "BackendNotFound", 'service "default/web" not found')
    assert await world.publish(missing) == PATIENCE_SECONDS
    assert [reason for _, reason, _ in world.events()] == ["Sync"]
    await clock.advance(PATIENCE_SECONDS)
    assert await world.publish(missing) == 0
    assert [reason for _, reason, _ in world.events()] == ["Sync", "BackendNotFound"]
    await world.publish()
    await world.publish(missing)
    await clock.advance(PATIENCE_SECONDS)
    await world.publish(missing)
    # Missing once more is told once more.
    assert [e.count for e in world.cluster.objects(Event) if e.reason == "BackendNotFound"] == [2]


async def test_a_status_that_cannot_be_written_is_tried_again(world: World) -> None:
    world.cluster.fail("patch", "ingresses/status", lambda: ServiceUnavailable("later"))
    assert await world.publish() == RETRY_SECONDS
    assert await world.publish() == 0
    held = world.cluster.object(Ingress, "one")
    assert held is not None and held.status.load_balancer.ingress


async def test_an_ingress_that_goes_is_forgotten(world: World) -> None:
    await world.publish()
    world.cluster.remove(Ingress, "one")
    assert await world.publish(Problem(KEY, "Rejected", "no")) == 0
    assert [reason for _, reason, _ in world.events()] == ["Sync"]
