from __future__ import annotations

from controllers.endpoints.controller import EndpointsController
from controllers.endpoints.subsets import truncate
from minik8s.api.core_v1 import EndpointAddress, Endpoints, EndpointSubset, Pod, Service
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build


async def test_ready_and_other_addresses() -> None:
    cluster = FakeCluster()
    cluster.add(build.service(), build.pod("a"), build.pod("b", ip="10.244.0.3", ready=False))
    async with running(cluster, EndpointsController()) as at_work:
        [made] = cluster.objects(Endpoints)
        assert made.metadata.name == "web"
        assert made.metadata.labels == {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
        assert made.metadata.annotations["endpoints.kubernetes.io/last-change-trigger-time"]
        [subset] = made.subsets
        assert [a.ip for a in subset.addresses] == ["10.244.0.2"]
        assert [a.ip for a in subset.not_ready_addresses] == ["10.244.0.3"]
        assert [(p.name, p.port) for p in subset.ports] == [("http", 8080)]
        target = subset.addresses[0].target_ref
        assert target is not None and (target.kind, target.name) == ("Pod", "a")
        cluster.remove(Pod, "a")
        await at_work.settle()
        assert cluster.objects(Endpoints)[0].subsets[0].addresses == []
        cluster.remove(Service, "web")
        await at_work.settle()
        assert cluster.objects(Endpoints) == []


async def test_nothing_is_written_when_nothing_changed() -> None:
    cluster = FakeCluster()
    cluster.add(build.service(), build.pod("a"))
    async with running(cluster, EndpointsController()):
        pass
    before = len(cluster.requests("update", "endpoints")) + len(cluster.requests("create", "endpoints"))
    # Another order of ports and addresses, as the server stores them, says the same.
    async with running(cluster, EndpointsController()) as at_work:
        cluster.modify(Pod, "a", lambda p: p.metadata.annotations.update(note="x"))
        await at_work.settle()
    after = len(cluster.requests("update", "endpoints")) + len(cluster.requests("create", "endpoints"))
    assert (before, after) == (1, 1)


async def test_services_without_selector_are_left_to_their_owner() -> None:
    cluster = FakeCluster()
    cluster.add(build.service(selector={}), build.pod("a"))
    async with running(cluster, EndpointsController()):
        assert cluster.objects(Endpoints) == []


async def test_at_most_a_thousand_addresses() -> None:
    cluster = FakeCluster()
    cluster.add(build.service(), *(build.pod(f"p{i}", ip=f"10.{i // 200}.0.{i % 200 + 1}") for i in range(1005)))
    async with running(cluster, EndpointsController()) as at_work:
        [made] = cluster.objects(Endpoints)
        assert len(made.subsets[0].addresses) == 1000
        assert made.metadata.annotations["endpoints.kubernetes.io/over-capacity"] == "truncated"
        for i in range(10):
            cluster.remove(Pod, f"p{i}")
        await at_work.advance(1)
        [made] = cluster.objects(Endpoints)
        assert "endpoints.kubernetes.io/over-capacity" not in made.metadata.annotations


def test_ready_addresses_are_kept_first() -> None:
    def some(count: int, net: int) -> list[EndpointAddress]:
        return [EndpointAddress(ip=f"10.0.{net}.{i}") for i in range(count)]

    subsets = [
        EndpointSubset(addresses=some(3, 0), not_ready_addresses=some(9, 1)),
        EndpointSubset(addresses=some(3, 2)),
    ]
    assert truncate(subsets, 10)
    assert [(len(s.addresses), len(s.not_ready_addresses)) for s in subsets] == [(3, 4), (3, 0)]
    subsets = [
        EndpointSubset(addresses=some(30, 0)),
        EndpointSubset(addresses=some(10, 2), not_ready_addresses=some(2, 3)),
    ]
    assert truncate(subsets, 20)
    assert [(len(s.addresses), len(s.not_ready_addresses)) for s in subsets] == [(15, 0), (5, 0)]
