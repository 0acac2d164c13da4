"""Addresses and ports are handed out once, whoever hands them out."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
from pathlib import Path
from typing import Any

import pytest

from apiserver.auth.errors import StatusError
from apiserver.objects import StoredObjects
from apiserver.resources import Resources
from apiserver.services.cluster_ips import ClusterIPs, NotAllocated, dynamic_start, usable
from apiserver.services.families import settle_families
from apiserver.services.hook import ServiceHook
from apiserver.services.node_ports import NodePorts
from apiserver.services.repair import Repair
from apiserver.services.settings import RangeError, ServiceSettings, parse
from apiserver.storage.cacher import Cacher
from apiserver.storage.sqlite import SQLiteStore
from minik8s.api.core_v1 import Service, ServicePort, ServiceSpec
from minik8s.api.networking_v1 import IPAddress
from minik8s.api.object_meta import ObjectMeta

SMALL = ServiceSettings((ipaddress.ip_network("10.0.0.0/28"),), 30000, 30009)


@pytest.fixture
async def store(tmp_path: Path) -> Any:
    store = await SQLiteStore.open(str(tmp_path / "db"))
    yield store
    await store.close()


@pytest.fixture
async def servers(store: SQLiteStore) -> Any:
    """Two servers on one store."""
    found = []
    for _ in range(2):
        cacher = Cacher(store)
        objects = StoredObjects(Resources(cacher), cacher)
        await cacher.start()
        addresses, ports = ClusterIPs(objects, objects, SMALL), NodePorts(store, cacher.root, SMALL)
        found.append((cacher, objects, addresses, ports))
    yield found
    for cacher, *_ in found:
        await cacher.stop()


async def test_two_servers_never_hand_out_the_same(servers: Any) -> None:
    (_, _, one, one_port), (_, _, two, two_port) = servers
    taken = await asyncio.gather(*(each.take_any("IPv4", "n", "s") for each in (one, two) for _ in range(7)))
    assert len(set(taken)) == 14
    with pytest.raises(NotAllocated, match="range is full"):
        await one.take_any("IPv4", "n", "s")
    with pytest.raises(NotAllocated, match="provided IP is already allocated"):
        await two.take(taken[0], "n", "s")
    ports = await asyncio.gather(*(each.take_any("n/s") for each in (one_port, two_port) for _ in range(5)))
    assert sorted(ports) == list(range(30000, 30010))
    await one_port.give_back(30003)
    assert await two_port.take_any("n/s") == 30003


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ([(80, "TCP", 30001), (80, "UDP", 0)], [30001, 30001]),
        ([(80, "TCP", 0), (80, "UDP", 30001)], [30001, 30001]),
        ([(80, "TCP", 30001), (80, "UDP", 30002)], [30001, 30002]),
        ([(80, "TCP", 30001), (81, "UDP", 30001)], None),
    ],
)
async def test_ports_of_one_number_share_a_node_port(servers: Any, asked: Any, given: list[int] | None) -> None:
    _, _, addresses, ports = servers[0]
    wanted = [ServicePort(port=number, protocol=protocol, node_port=at) for number, protocol, at in asked]
    service = Service(metadata=ObjectMeta(name="s", namespace="n"), spec=ServiceSpec(type="NodePort", ports=wanted))
    if given is not None:
        await ServiceHook(addresses, ports).begin(service, None, dry_run=False)
        assert [port.node_port for port in service.spec.ports] == given
        return
    with pytest.raises(StatusError) as refused:
        await ServiceHook(addresses, ports).begin(service, None, dry_run=False)
    assert refused.value.status.message == (
        'Service "s" is invalid: spec.ports[1].nodePort: Invalid value: 30001: provided port is already allocated'
    )
    assert await ports.taken() == {}


async def test_repair_frees_what_belongs_to_nobody_when_it_sees_it_again(servers: Any) -> None:
    _, objects, addresses, ports = servers[0]
    lost = "10.0.0.9"
    await addresses.take(lost, "n", "gone")
    await ports.take(30001, "n/gone")
    spec = ServiceSpec(type="ClusterIP", cluster_ip="10.0.0.5", cluster_ips=["10.0.0.5"])
    await objects.create(Service(metadata=ObjectMeta(name="s", namespace="n"), spec=spec))
    repair = Repair(objects, addresses, ports)
    assert await repair.once() == 1
    with pytest.raises(NotAllocated):
        await addresses.take("10.0.0.5", "n", "other")
    assert await repair.once() == 2
    await addresses.take(lost, "n", "other")
    assert await ports.taken() == {}


async def test_repair_makes_an_address_name_the_service_that_holds_it(servers: Any) -> None:
    _, objects, addresses, ports = servers[0]
    for name, address in (("one", "10.0.0.5"), ("two", "10.0.0.6")):
        spec = ServiceSpec(type="ClusterIP", cluster_ip=address, cluster_ips=[address])
        await objects.create(Service(metadata=ObjectMeta(name=name, namespace="n"), spec=spec))
    await addresses.take("10.0.0.5", "n", "gone")
    await addresses.take("10.0.0.6", "n", "two")
    repair = Repair(objects, addresses, ports)
    assert await repair.once() == 1
    named = [objects.get(IPAddress, each).spec.parent_ref.name for each in ("10.0.0.5", "10.0.0.6")]
    assert named == ["one", "two"]
    assert await repair.once() == 0


def test_ranges() -> None:
    network = ipaddress.ip_network("10.96.0.0/16")
    assert [str(ipaddress.ip_address(number)) for number in usable(network)] == ["10.96.0.1", "10.96.255.254"]
    assert str(ipaddress.ip_address(dynamic_start(network))) == "10.96.1.1"
    assert parse("10.0.0.0/24,fd00::/112", "31000-31010").last_port == 31010
    assert parse("", "31000+5").last_port == 31005
    for wrong in (("x", ""), ("10.0.0.0/24,10.1.0.0/24", ""), ("", "9"), ("", "5-1")):
        with pytest.raises(RangeError):
            parse(*wrong)


@pytest.mark.parametrize(
    ("spec", "served", "policy", "families"),
    [
        (ServiceSpec(type="ClusterIP", selector={"a": "b"}), ("IPv4",), "SingleStack", ["IPv4"]),
        (ServiceSpec(type="ClusterIP", ip_family_policy="PreferDualStack"), ("IPv4",), "PreferDualStack", ["IPv4"]),
        (
            ServiceSpec(type="ClusterIP", ip_family_policy="PreferDualStack"),
            ("IPv6", "IPv4"),
            "PreferDualStack",
            ["IPv6", "IPv4"],
        ),
        (
            ServiceSpec(type="ClusterIP", cluster_ip="None", cluster_ips=["None"]),
            ("IPv4",),
            "RequireDualStack",
            ["IPv4", "IPv6"],
        ),
        (ServiceSpec(type="ExternalName"), ("IPv4",), None, []),
    ],
)
def test_families(spec: ServiceSpec, served: tuple[str, ...], policy: str | None, families: list[str]) -> None:
    service = Service(spec=spec)
    assert not settle_families(service, None, served)
    assert (service.spec.ip_family_policy, service.spec.ip_families) == (policy, families)


def test_families_that_the_cluster_has_not() -> None:
    wanted = Service(spec=ServiceSpec(type="ClusterIP", ip_families=["IPv6"], ip_family_policy="RequireDualStack"))
    assert [error.field for error in settle_families(wanted, None, ("IPv4",))] == [
        "spec.ipFamilies[0]",
        "spec.ipFamilyPolicy",
    ]


@pytest.mark.parametrize("text", ["10.0.0.0/28", "10.0.0.0/24", "10.0.0.0/30", "10.0.0.1/32", "fd00::/120"])
def test_every_address_of_a_range_is_tried_and_the_lower_ones_last(text: str) -> None:
    network = ipaddress.ip_network(text)
    first, last = usable(network)
    tried = list(ClusterIPs._candidates(network))
    assert set(tried) == set(range(first, last + 1))
    reserved = dynamic_start(network) - first
    assert tried[len(tried) - reserved :] == list(range(first, first + reserved))


def test_a_huge_range_is_looked_at_as_far_as_asked() -> None:
    network = ipaddress.ip_network("fd00::/64")
    first, last = usable(network)
    assert all(first <= number <= last for number in itertools.islice(ClusterIPs._candidates(network), 100))
