"""Where proxy paths lead, and what is said of what is not there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from apiserver.auth.errors import StatusError
from apiserver.streams.kubelets import Kubelets, KubeletSettings
from apiserver.streams.targets import Target, Targets
from minik8s.api.core_v1 import (
    Container,
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
    Node,
    NodeAddress,
    NodeStatus,
    ObjectReference,
    Pod,
    PodIP,
    PodSpec,
    PodStatus,
    Service,
    ServicePort,
    ServiceSpec,
)
from minik8s.api.meta_v1 import ObjectMeta
from tests.support.memory_objects import MemoryObjects

META = ObjectMeta(name="s", namespace="ns")


def _targets(*objects: Any) -> Targets:
    reader = MemoryObjects(list(objects))
    return Targets(reader, Kubelets(KubeletSettings(), reader))


def _service() -> Service:
    return Service(metadata=META, spec=ServiceSpec(ports=[ServicePort(port=80, name="web")]))


def _endpoints(*subsets: EndpointSubset) -> Endpoints:
    return Endpoints(metadata=META, subsets=list(subsets))


def _subset(port: str = "web") -> EndpointSubset:
    reference = ObjectReference(kind="Pod", namespace="ns", name="p")
    return EndpointSubset(
        addresses=[EndpointAddress(ip="10.1.2.3", target_ref=reference)], ports=[EndpointPort(name=port, port=8080)]
    )


def _pod(address: str) -> Pod:
    return Pod(metadata=ObjectMeta(name="p", namespace="ns"), status=PodStatus(pod_ips=[PodIP(ip=address)]))


async def _refusal(targets: Targets, name: str) -> tuple[int, str]:
    with pytest.raises(StatusError) as raised:
        await targets.service(name, "ns")
    return raised.value.code, raised.value.status.message


async def test_services_without_backends() -> None:
    assert await _refusal(_targets(), "s") == (404, 'services "s" not found')
    # Nobody has told of endpoints, there are none, there are some of another port.
    assert await _refusal(_targets(_service()), "s:web") == (404, 'services "s" not found')
    nothing = 503, 'no endpoints available for service "s"'
    assert await _refusal(_targets(_service(), _endpoints()), "s:web") == nothing
    other = 503, 'no endpoints available for service "s:web"'
    assert await _refusal(_targets(_service(), _endpoints(_subset("x"))), "s:web") == other
    assert await _refusal(_targets(_service()), "s:81") == (503, 'no service port 81 found for service "s"')
    assert await _refusal(_targets(_service()), "ftp:s:80") == (400, 'invalid service request "ftp:s:80"')


async def test_services_lead_to_their_endpoints() -> None:
    targets = _targets(_service(), _endpoints(_subset()), _pod("10.1.2.3"))
    for name in ("s:web", "s:80"):
        assert await targets.service(name, "ns") == Target("http", "10.1.2.3", 8080)
    assert (await targets.service("https:s:web", "ns")).scheme == "https"


async def test_services_lead_to_pods_and_nowhere_else() -> None:
    nothing = 503, 'no endpoints available for service "s:web"'
    assert await _refusal(_targets(_service(), _endpoints(_subset())), "s:web") == nothing
    assert await _refusal(_targets(_service(), _endpoints(_subset()), _pod("10.9.9.9")), "s:web") == nothing
    stranger = EndpointSubset(addresses=[EndpointAddress(ip="10.1.2.3")], ports=[EndpointPort(name="web", port=8080)])
    assert await _refusal(_targets(_service(), _endpoints(stranger), _pod("10.1.2.3")), "s:web") == nothing


async def test_the_address_of_a_pod_is_looked_at_before_the_port() -> None:
    pod = Pod(metadata=META, spec=PodSpec(containers=[Container(name="c", image="x")]))
    with pytest.raises(StatusError, match="address not allowed"):
        await _targets(pod).pod("s:nope", "ns")
    pod.status = PodStatus(pod_ip="10.1.2.3")
    with pytest.raises(StatusError, match="invalid pod request"):
        await _targets(pod).pod("s:nope", "ns")
    assert await _targets(pod).pod("s:81", "ns") == Target("http", "10.1.2.3", 81)


def test_a_node_that_is_not_there_is_none_of_what_the_path_is_about() -> None:
    kubelets = Kubelets(KubeletSettings(), MemoryObjects([]))
    with pytest.raises(StatusError, match='pods "n" not found'):
        kubelets.find("n", "pods")
    with pytest.raises(StatusError, match='nodes "n" not found'):
        kubelets.find("n")


@pytest.mark.parametrize(
    ("address", "name", "why"),
    [
        ("127.0.0.1", "n", "address not allowed"),
        ("127.0.0.1", "https:n:9000", "address not allowed"),
        ("169.254.169.254", "n", "address not allowed"),
        ("localhost", "n", "address not allowed"),
        ("no.such.host.invalid", "n", "lookup no.such.host.invalid: no such host"),
    ],
)
async def test_a_node_leads_to_no_loopback(address: str, name: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host != "localhost":
            raise OSError("unknown")
        return [(0, 0, 0, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    with pytest.raises(StatusError) as refused:
        await _targets(_node(address)).node(name)
    assert (refused.value.status.code, refused.value.status.message) == (400, why)


async def test_a_node_leads_to_its_kubelet_or_to_another_port() -> None:
    targets = _targets(_node("10.1.2.3"))
    assert await targets.node("n") == Target("https", "10.1.2.3", 10250, kubelet=True)
    assert await targets.node("n:10250") == Target("https", "10.1.2.3", 10250, kubelet=True)
    assert await targets.node("n:9000") == Target("http", "10.1.2.3", 9000)


def _node(address: str) -> Node:
    kind = "InternalIP" if address[0].isdigit() else "Hostname"
    return Node(metadata=ObjectMeta(name="n"), status=NodeStatus(addresses=[NodeAddress(type=kind, address=address)]))
