from __future__ import annotations

import asyncio

import pytest

from minik8s.api.coordination_v1 import Lease
from minik8s.client.config import ConfigError
from minik8s.client.leader import LeaderElector, LeadershipLost
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster


async def forever() -> None:
    await asyncio.Event().wait()


def elector(cluster: FakeCluster, identity: str) -> LeaderElector:
    return LeaderElector(cluster, "kube-scheduler", "kube-system", identity)


async def test_the_first_leads_and_the_second_waits_until_it_gives_back() -> None:
    clock = FakeClock()
    cluster = FakeCluster(clock)
    one, two = elector(cluster, "one"), elector(cluster, "two")
    first = asyncio.create_task(one.run(forever))
    await clock.advance(1)
    second = asyncio.create_task(two.run(forever))
    await clock.advance(30)
    assert one.is_leader and not two.is_leader and two.leader == "one"
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await clock.advance(5)
    assert two.is_leader
    lease = cluster.object(Lease, "kube-scheduler", "kube-system")
    assert lease is not None and lease.spec.holder_identity == "two" and lease.spec.lease_transitions == 1
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_a_dead_leader_is_replaced_when_its_lease_has_run_out() -> None:
    clock = FakeClock()
    cluster = FakeCluster(clock)
    one, two = elector(cluster, "one"), elector(cluster, "two")
    one._release = False
    first = asyncio.create_task(one.run(forever))
    await clock.advance(1)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    second = asyncio.create_task(two.run(forever))
    await clock.advance(14)
    assert not two.is_leader
    await clock.advance(6)
    assert two.is_leader and two.healthy()
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_who_cannot_renew_stops() -> None:
    clock = FakeClock()
    cluster = FakeCluster(clock)
    one = elector(cluster, "one")
    stopped = asyncio.Event()

    async def lead() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    task = asyncio.create_task(one.run(lead))
    await clock.advance(3)
    assert one.is_leader
    cluster.offline = True
    await clock.advance(20)
    assert stopped.is_set()
    with pytest.raises(LeadershipLost, match="could not be renewed within 10s"):
        await task


def test_times_must_fit() -> None:
    with pytest.raises(ConfigError, match="--leader-elect-lease-duration"):
        LeaderElector(FakeCluster(), "a", "b", "c", lease_duration=5)
