from __future__ import annotations

import msgspec

from controllers.endpointslice.mirroring import EndpointSliceMirroringController
from controllers.nodettl.controller import TTLController
from controllers.servicelb.controller import ServiceLBController
from minik8s.api.core_v1 import Endpoints, Event, Node, Service
from minik8s.api.discovery_v1 import EndpointSlice
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build


def endpoints(count: int = 2) -> Endpoints:
    addresses = [{"ip": f"192.0.2.{i}"} for i in range(1, count + 1)]
    subset = {
        "addresses": addresses,
        "notReadyAddresses": [{"ip": "2001:db8::1"}],
        "ports": [{"name": "p", "port": 5432}],
    }
    return msgspec.convert(
        {"metadata": {"name": "web", "namespace": "default", "labels": {"a": "b"}}, "subsets": [subset]}, Endpoints
    )


async def test_endpoints_kept_by_hand_are_mirrored() -> None:
    cluster = FakeCluster()
    cluster.add(build.service(selector={}), endpoints())
    async with running(cluster, EndpointSliceMirroringController(1000)) as at_work:
        found = {s.address_type: s for s in cluster.objects(EndpointSlice)}
        assert set(found) == {"IPv4", "IPv6"}
        v4, v6 = found["IPv4"], found["IPv6"]
        assert v4.metadata.labels == {
            "a": "b",
            "kubernetes.io/service-name": "web",
            "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
        }
        assert [e.addresses for e in v4.endpoints] == [["192.0.2.1"], ["192.0.2.2"]]
        assert v4.endpoints[0].conditions.ready and v6.endpoints[0].conditions.ready is False
        assert (v4.ports[0].name, v4.ports[0].port, v4.ports[0].protocol) == ("p", 5432, "TCP")
        assert v4.metadata.owner_references[0].kind == "Endpoints"
        cluster.modify(Endpoints, "web", lambda e: e.subsets[0].addresses.pop())
        await at_work.settle()
        assert sum(len(s.endpoints) for s in cluster.objects(EndpointSlice)) == 2
        cluster.modify(Service, "web", lambda s: s.spec.selector.update(app="web"))
        await at_work.settle()
        assert cluster.objects(EndpointSlice) == []


async def test_what_is_not_mirrored() -> None:
    cluster = FakeCluster()
    marked = endpoints()
    marked.metadata.labels["endpointslice.kubernetes.io/skip-mirror"] = "true"
    cluster.add(build.service(selector={}), marked)
    async with running(cluster, EndpointSliceMirroringController(1000)) as at_work:
        assert cluster.objects(EndpointSlice) == []
        cluster.modify(Endpoints, "web", lambda e: e.metadata.labels.clear())
        await at_work.settle()
        assert len(cluster.objects(EndpointSlice)) == 2
        cluster.remove(Service, "web")
        await at_work.settle()
        assert cluster.objects(EndpointSlice) == []


async def test_too_many_addresses_are_told() -> None:
    cluster = FakeCluster()
    cluster.add(build.service(selector={}), endpoints(5))
    async with running(cluster, EndpointSliceMirroringController(3)) as at_work:
        assert sum(len(s.endpoints) for s in cluster.objects(EndpointSlice)) == 3
        await at_work.recorder.flush()
        [event] = cluster.objects(Event)
        assert event.reason == "TooManyAddressesToMirror" and "3 addresses were skipped" in event.message


def addressed(name: str, address: str, ready: str = "True") -> Node:
    return build.node(name, ready=ready, status={"addresses": [{"type": "InternalIP", "address": address}]})


def ingress(cluster: FakeCluster) -> list[str]:
    found = cluster.object(Service, "web")
    assert found is not None
    return [one.ip for one in found.status.load_balancer.ingress]


async def test_a_load_balancer_gets_the_addresses_of_ready_nodes() -> None:
    cluster = FakeCluster()
    cluster.add(addressed("n1", "192.0.2.10"), addressed("n2", "192.0.2.9"), addressed("n3", "192.0.2.8", "False"))
    cluster.add(build.service(type="LoadBalancer"), build.service("plain"))
    async with running(cluster, ServiceLBController()) as at_work:
        assert ingress(cluster) == ["192.0.2.9", "192.0.2.10"]
        cluster.remove(Node, "n1")
        await at_work.settle()
        assert ingress(cluster) == ["192.0.2.9"]
        cluster.modify(Service, "web", lambda s: setattr(s.spec, "type", "ClusterIP"))
        await at_work.settle()
        assert ingress(cluster) == []


async def test_local_traffic_goes_to_nodes_with_pods() -> None:
    cluster = FakeCluster()
    cluster.add(addressed("n1", "192.0.2.1"), addressed("n2", "192.0.2.2"))
    cluster.add(build.service(type="LoadBalancer", externalTrafficPolicy="Local"))
    async with running(cluster, ServiceLBController()) as at_work:
        assert ingress(cluster) == []
        cluster.add(build.pod("p", node="n2"))
        await at_work.settle()
        assert ingress(cluster) == ["192.0.2.2"]


async def test_a_load_balancer_of_another_class_is_left_alone() -> None:
    cluster = FakeCluster()
    cluster.add(addressed("n1", "192.0.2.1"), build.service(type="LoadBalancer", loadBalancerClass="example.com/lb"))
    async with running(cluster, ServiceLBController()):
        assert ingress(cluster) == []


async def test_nodes_are_told_how_long_to_keep_secrets() -> None:
    cluster = FakeCluster()
    cluster.add(*(build.node(f"n{i}") for i in range(100)))
    async with running(cluster, TTLController()) as at_work:

        def told() -> set[str]:
            return {n.metadata.annotations["node.alpha.kubernetes.io/ttl"] for n in cluster.objects(Node)}

        assert told() == {"0"}
        cluster.add(build.node("one-more"))
        await at_work.settle()
        assert told() == {"15"}
        cluster.remove(Node, "one-more")
        await at_work.settle()
        assert told() == {"15"}


async def test_two_load_balancers_do_not_share_a_port_of_a_node() -> None:
    cluster = FakeCluster()
    cluster.add(addressed("n1", "192.0.2.1"), build.service(type="LoadBalancer"))
    async with running(cluster, ServiceLBController()) as at_work:
        assert ingress(cluster) == ["192.0.2.1"]
        second = build.service("second", type="LoadBalancer")
        other = build.service("other", type="LoadBalancer", ports=[{"port": 81, "protocol": "TCP"}])
        cluster.add(second, other)
        await at_work.settle()

        def given(name: str) -> list[str]:
            found = cluster.object(Service, name)
            assert found is not None
            return [one.ip for one in found.status.load_balancer.ingress]

        assert (given("web"), given("second"), given("other")) == (["192.0.2.1"], [], ["192.0.2.1"])
        await at_work.recorder.flush()
        assert "UnAvailableLoadBalancer" in {e.reason for e in cluster.objects(Event)}
        cluster.remove(Service, "web")
        await at_work.settle()
        assert given("second") == ["192.0.2.1"]


async def test_ports_of_the_node_itself_are_not_given_away() -> None:
    cluster = FakeCluster()
    node = addressed("n1", "192.0.2.1")
    node.status.daemon_endpoints.kubelet_endpoint.port = 10250
    api = msgspec.convert(
        {
            "metadata": {"name": "kubernetes", "namespace": "default"},
            "subsets": [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"name": "https", "port": 6443}]}],
        },
        Endpoints,
    )
    kubelet = build.service("kubelet", type="LoadBalancer", ports=[{"port": 10250, "protocol": "TCP"}])
    server = build.service("server", type="LoadBalancer", ports=[{"port": 6443, "protocol": "TCP"}])
    cluster.add(node, api, kubelet, server)
    async with running(cluster, ServiceLBController()):
        assert all(not s.status.load_balancer.ingress for s in cluster.objects(Service))
