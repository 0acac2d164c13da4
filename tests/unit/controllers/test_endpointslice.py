from __future__ import annotations

from typing import Any

import pytest

from controllers.endpointslice.controller import EndpointSliceController
from minik8s.api.core_v1 import Event, Node, Pod, Service
from minik8s.api.discovery_v1 import Endpoint, EndpointSlice
from minik8s.client.errors import Forbidden
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build


def ip(number: int) -> str:
    return f"10.244.{number // 250}.{number % 250 + 1}"


def endpoints(cluster: FakeCluster) -> dict[str, Endpoint]:
    found = [e for s in cluster.objects(EndpointSlice) for e in s.endpoints]
    return {e.target_ref.name: e for e in found if e.target_ref is not None}


async def test_ready_waiting_and_terminating_pods() -> None:
    cluster = FakeCluster()
    cluster.add(build.node(zone="za"), build.service(), build.pod("up"), build.pod("no", ip="10.244.0.3", ready=False))
    going = {"metadata": {"deletionTimestamp": "2026-01-02T03:04:06Z", "deletionGracePeriodSeconds": 30}}
    cluster.add(build.pod("going", ip="10.244.0.4", **going), build.pod("unborn", ip=""))
    cluster.add(build.pod("done", ip="10.244.0.5", status={"phase": "Succeeded"}))
    cluster.add(build.pod("else", ip="10.244.0.6", labels={"app": "else"}))
    async with running(cluster, EndpointSliceController(100)) as at_work:
        [made] = cluster.objects(EndpointSlice)
        assert made.address_type == "IPv4" and made.metadata.generate_name == "web-"
        assert made.metadata.labels == {
            "kubernetes.io/service-name": "web",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        }
        assert [(p.name, p.port, p.protocol) for p in made.ports] == [("http", 8080, "TCP")]
        assert made.metadata.owner_references[0].name == "web"
        found = endpoints(cluster)
        states = {n: (e.conditions.ready, e.conditions.serving, e.conditions.terminating) for n, e in found.items()}
        assert states == {"up": (True, True, False), "no": (False, False, False), "going": (False, True, True)}
        assert (found["up"].zone, found["up"].node_name, found["up"].addresses) == ("za", "n1", ["10.244.0.2"])
        cluster.remove(Pod, "up")
        await at_work.settle()
        assert set(endpoints(cluster)) == {"no", "going"}


async def test_a_service_without_pods_has_one_empty_slice_which_is_used_later() -> None:
    cluster = FakeCluster()
    cluster.add(build.node(), build.service())
    async with running(cluster, EndpointSliceController(100)) as at_work:
        [empty] = cluster.objects(EndpointSlice)
        assert empty.endpoints == [] and empty.ports == []
        cluster.add(build.pod("a"))
        await at_work.settle()
        [used] = cluster.objects(EndpointSlice)
        assert used.metadata.name == empty.metadata.name and len(used.endpoints) == 1


async def test_slices_hold_a_limited_number_and_few_of_them_change() -> None:
    cluster = FakeCluster()
    cluster.add(build.node(), build.service(), *(build.pod(f"p{i}", ip=ip(i)) for i in range(25)))
    async with running(cluster, EndpointSliceController(10)) as at_work:
        assert sorted(len(s.endpoints) for s in cluster.objects(EndpointSlice)) == [5, 10, 10]
        versions = {s.metadata.name: s.metadata.resource_version for s in cluster.objects(EndpointSlice)}
        cluster.add(build.pod("new", ip=ip(99)))
        await at_work.settle()
        after = {s.metadata.name: s.metadata.resource_version for s in cluster.objects(EndpointSlice)}
        assert after.keys() == versions.keys() and sum(after[n] != versions[n] for n in after) == 1
        for i in range(25):
            cluster.remove(Pod, f"p{i}")
        await at_work.settle()
        assert set(endpoints(cluster)) == {"new"} and len(cluster.objects(EndpointSlice)) == 1


async def test_named_ports_that_differ_get_slices_of_their_own() -> None:
    cluster = FakeCluster()
    named = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}]
    other = [{"name": "c", "image": "i", "ports": [{"name": "http", "containerPort": 9090}]}]
    cluster.add(build.node(), build.service(ports=named), build.pod("a"))
    cluster.add(build.pod("b", ip="10.244.0.3", spec={"containers": other}))
    async with running(cluster, EndpointSliceController(100)):
        ports = {s.ports[0].port: [e.addresses for e in s.endpoints] for s in cluster.objects(EndpointSlice)}
        assert ports == {8080: [["10.244.0.2"]], 9090: [["10.244.0.3"]]}


async def test_headless_services_know_hostnames_and_may_publish_early() -> None:
    cluster = FakeCluster()
    headless = build.service(clusterIP="None", clusterIPs=["None"], publishNotReadyAddresses=True, ports=[])
    cluster.add(headless, build.pod("a-0", ready=False, node="gone", spec={"hostname": "a-0", "subdomain": "web"}))
    async with running(cluster, EndpointSliceController(100)):
        [made] = cluster.objects(EndpointSlice)
        assert made.metadata.labels["service.kubernetes.io/headless"] == ""
        [endpoint] = made.endpoints
        assert (endpoint.hostname, endpoint.conditions.ready, endpoint.conditions.serving) == ("a-0", True, False)


async def test_a_pod_on_an_unknown_node_comes_with_the_node() -> None:
    cluster = FakeCluster()
    cluster.add(build.service(), build.pod("a"))
    async with running(cluster, EndpointSliceController(100)) as at_work:
        assert endpoints(cluster) == {}
        cluster.add(build.node(zone="zb"))
        await at_work.settle()
        assert endpoints(cluster)["a"].zone == "zb"


async def test_two_families() -> None:
    cluster = FakeCluster()
    dual = {"podIP": "10.244.0.2", "podIPs": [{"ip": "10.244.0.2"}, {"ip": "fd00::2"}]}
    cluster.add(build.node(), build.service(ipFamilies=["IPv4", "IPv6"]), build.pod("a", status=dual))
    async with running(cluster, EndpointSliceController(100)) as at_work:
        found = {s.address_type: s.endpoints[0].addresses for s in cluster.objects(EndpointSlice)}
        assert found == {"IPv4": ["10.244.0.2"], "IPv6": ["fd00::2"]}
        cluster.modify(Service, "web", lambda s: setattr(s.spec, "ip_families", ["IPv4"]))
        await at_work.settle()
        assert [s.address_type for s in cluster.objects(EndpointSlice)] == ["IPv4"]


@pytest.mark.parametrize(
    ("distribution", "zones", "nodes"),
    [("PreferSameZone", ["za"], []), ("PreferClose", ["za"], []), ("PreferSameNode", ["za"], ["n1"])],
)
async def test_traffic_distribution_hints(distribution: str, zones: list[str], nodes: list[str]) -> None:
    cluster = FakeCluster()
    cluster.add(build.node(zone="za"), build.service(trafficDistribution=distribution), build.pod("a"))
    async with running(cluster, EndpointSliceController(100)) as at_work:
        hints = endpoints(cluster)["a"].hints
        assert hints is not None
        assert ([z.name for z in hints.for_zones], [n.name for n in hints.for_nodes]) == (zones, nodes)
        cluster.modify(Service, "web", lambda s: setattr(s.spec, "traffic_distribution", None))
        await at_work.settle()
        assert endpoints(cluster)["a"].hints is None


async def test_topology_mode_auto_gives_each_zone_its_share() -> None:
    cluster = FakeCluster()
    for name in ("a", "b", "c"):
        status: dict[str, Any] = {"allocatable": {"cpu": "4"}}
        cluster.add(build.node(name, zone=f"z{name}", status=status))
    auto = build.service()
    auto.metadata.annotations["service.kubernetes.io/topology-mode"] = "Auto"
    nodes = ["a", "a", "a", "a", "b", "c"]
    cluster.add(auto, *(build.pod(f"p{i}", node=n, ip=ip(i)) for i, n in enumerate(nodes)))
    async with running(cluster, EndpointSliceController(100)) as at_work:
        given = [e.hints.for_zones[0].name for e in endpoints(cluster).values() if e.hints is not None]
        assert sorted(given) == ["za", "za", "zb", "zb", "zc", "zc"]
        cluster.modify(Node, "a", lambda n: n.status.allocatable.clear())
        await at_work.settle()
        assert all(e.hints is None for e in endpoints(cluster).values())
        await at_work.recorder.flush()
        [event] = cluster.objects(Event)
        assert event.reason == "TopologyAwareHintsDisabled" and event.message.startswith(
            "Insufficient Node information"
        )


async def test_slices_follow_the_labels_and_leave_with_the_service() -> None:
    cluster = FakeCluster()
    cluster.add(build.node(), build.service(), build.pod("a"))
    async with running(cluster, EndpointSliceController(100)) as at_work:
        cluster.modify(Service, "web", lambda s: s.metadata.labels.update(team="x"))
        await at_work.settle()
        assert cluster.objects(EndpointSlice)[0].metadata.labels["team"] == "x"
        cluster.remove(Service, "web")
        await at_work.settle()
        assert cluster.objects(EndpointSlice) == []


async def test_a_failure_is_told_and_tried_again() -> None:
    cluster = FakeCluster()
    cluster.add(build.node(), build.service(), build.pod("a"))
    cluster.fail("create", "endpointslices", lambda: Forbidden("not now"))
    async with running(cluster, EndpointSliceController(100)) as at_work:
        await at_work.advance(1)
        assert len(endpoints(cluster)) == 1
        await at_work.recorder.flush()
        assert [e.reason for e in cluster.objects(Event)] == ["FailedToUpdateEndpointSlices"]


async def test_many_pods_that_become_ready_one_by_one_are_collected() -> None:
    cluster = FakeCluster()
    cluster.add(build.node(), build.service(), *(build.pod(f"p{i}", ip=ip(i), ready=False) for i in range(200)))
    async with running(cluster, EndpointSliceController(100)) as at_work:
        before = len(cluster.requests("update", "endpointslices"))
        for i in range(200):
            cluster.modify(Pod, f"p{i}", lambda p: setattr(p.status.conditions[0], "status", "True"))
            await at_work.settle()
        assert len(cluster.requests("update", "endpointslices")) == before
        await at_work.advance(0.2)
        assert len(cluster.requests("update", "endpointslices")) == before + 2
        assert all(e.conditions.ready for e in endpoints(cluster).values())


async def test_a_pod_that_ended_gives_the_moment_its_endpoint_left() -> None:
    cluster = FakeCluster()
    cluster.add(build.node(), build.service(), build.pod("a"), build.pod("b", ip="10.244.0.3"))
    async with running(cluster, EndpointSliceController(100)) as at_work:

        def end(pod: Pod) -> None:
            pod.status.phase = "Succeeded"
            pod.status.conditions[0].status = "False"
            pod.status.conditions[0].last_transition_time = "2099-01-01T00:00:00Z"

        cluster.modify(Pod, "b", end)
        await at_work.settle()
        assert set(endpoints(cluster)) == {"a"}
        [held] = cluster.objects(EndpointSlice)
        moment = held.metadata.annotations["endpoints.kubernetes.io/last-change-trigger-time"]
        assert moment == "2099-01-01T00:00:00Z"
