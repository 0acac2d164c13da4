"""What is for a Service's network and for no Service in it does not leave the node."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import msgspec

from minik8s.api.networking_v1 import ServiceCIDR
from minik8s.client.informer import Informers
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster
from proxy.backend import Desired
from proxy.backends.nftables import NftablesBackend
from proxy.syncer import Syncer


def network(name: str, *cidrs: str) -> ServiceCIDR:
    return msgspec.convert({"metadata": {"name": name}, "spec": {"cidrs": list(cidrs)}}, ServiceCIDR)


class Written(NftablesBackend):
    """Keeps the rules it would have programmed."""

    def __init__(self) -> None:
        super().__init__("10.244.0.0/16")
        self.scripts: list[str] = []

    async def apply(self, desired: Desired, changed: Collection[str] | None) -> None:
        self.scripts.append(self.script(desired, changed))


async def test_the_networks_of_services_are_closed_and_a_new_one_too() -> None:
    clock = FakeClock()
    cluster, backend = FakeCluster(clock), Written()
    cluster.add(network("kubernetes", "10.96.0.0/16", "fd00:96::/112"))
    informers = Informers(cluster)
    syncer = Syncer(informers, backend, "n1", clock)
    await informers.start()
    await informers.synced()
    task = asyncio.create_task(syncer.run())
    try:
        await clock.settle()
        assert len(backend.scripts) == 1
        for hook in ("forward", "output"):
            assert f"empty-{hook} ct state new ip daddr {{ 10.96.0.0/16 }} drop" in backend.scripts[0]
        cluster.add(network("more", "10.200.0.0/24"))
        await clock.settle()
        await clock.advance(1)
        assert "add table" in backend.scripts[-1]
        assert "ip daddr { 10.200.0.0/24, 10.96.0.0/16 } drop" in backend.scripts[-1]
        seen = len(backend.scripts)
        cluster.modify(ServiceCIDR, "more", lambda c: c.metadata.labels.update({"a": "b"}), namespace="")
        await clock.advance(1)
        assert len(backend.scripts) == seen
    finally:
        task.cancel()
        await informers.stop()


def test_without_a_network_nothing_is_closed() -> None:
    assert "ct state new ip daddr {" not in NftablesBackend("").script({}, None)
