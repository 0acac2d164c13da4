"""What every back end of the proxy must do, in the kernel, with real connections."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.proxy.world import FAR, NODE, OUTSIDE, VIP, A, B, World, service, slices

pytestmark = pytest.mark.root
EVERYWHERE = ("node", "a", "far", "outside")


def refused(world: World, name: str, address: str, port: int, udp: bool = False) -> bool:
    try:
        world.lab.ask(name, address, port, udp, seconds=0.6)
    except ConnectionRefusedError:
        return True
    except TimeoutError:
        return False
    raise AssertionError("it answered")


def dropped(world: World, name: str, address: str, port: int, udp: bool = False) -> bool:
    try:
        world.lab.ask(name, address, port, udp, seconds=0.4)
    except TimeoutError:
        return True
    except ConnectionRefusedError:
        return False
    raise AssertionError("it answered")


def test_a_cluster_ip_leads_to_every_endpoint_from_everywhere(world: World) -> None:
    world.put((service(), slices(A, B, FAR)))
    for name in EVERYWHERE:
        assert world.heard(name, VIP, 80, times=40) == {"a", "b", "far"}, name


def test_endpoints_get_even_shares(world: World) -> None:
    world.put((service(), slices(A, B, FAR)))
    counts = {"a": 0, "b": 0, "far": 0}
    for _ in range(300):
        counts[world.ask("node", VIP, 80).who] += 1
    assert all(60 <= count <= 140 for count in counts.values()), counts


def test_pods_keep_their_address_and_others_are_masqueraded(world: World) -> None:
    world.put((service(), slices(FAR)))
    assert world.ask("a", VIP, 80).client == A
    assert world.ask("outside", VIP, 80).client == NODE


def test_the_target_port_of_each_port(world: World) -> None:
    world.put((service(), slices(A)), (service("other", "10.96.0.11", 81), slices(A, port=9090)))
    assert world.ask("node", VIP, 80).who == "a"
    assert world.ask("node", "10.96.0.11", 81).who == "a-other"


def test_a_pod_reaches_itself(world: World) -> None:
    world.put((service(node_port=30080), slices(A)))
    for address, port in ((VIP, 80), (NODE, 30080)):
        for udp in (False,):
            assert world.ask("a", address, port, udp).who == "a"
    assert world.ask("a", VIP, 80).client != A


def test_a_pod_reaches_its_neighbour_on_the_same_bridge(world: World) -> None:
    world.put((service(), slices(B)))
    heard = world.ask("a", VIP, 80)
    assert (heard.who, heard.client) == ("b", A)


def test_a_node_port_answers_on_every_address_of_the_node(world: World) -> None:
    world.put((service(node_port=30080), slices(A, FAR)))
    for name, address in (("outside", NODE), ("outside", "192.0.2.17"), ("far", NODE), ("a", NODE), ("node", NODE)):
        assert world.heard(name, address, 30080) == {"a", "far"}, (name, address)
    assert world.ask("outside", NODE, 30080).client != OUTSIDE
    assert refused(world, "outside", NODE, 30081)


def test_without_endpoints_a_connection_is_refused(world: World) -> None:
    world.put((service(node_port=30080, external_ips=["192.0.2.100"]), []))
    for name in EVERYWHERE:
        assert refused(world, name, VIP, 80), name
    assert refused(world, "outside", NODE, 30080)
    assert refused(world, "outside", "192.0.2.100", 80)
    world.put((service(protocol="UDP"), []))
    assert refused(world, "a", VIP, 80, udp=True)
    assert refused(world, "node", VIP, 80, udp=True)


def test_endpoints_that_come_and_go_are_followed(world: World) -> None:
    world.put((service(), []))
    assert refused(world, "node", VIP, 80)
    for pods, who in (((A,), {"a"}), ((A, B), {"a", "b"}), ((B, FAR), {"b", "far"}), ((FAR,), {"far"})):
        world.put((service(), slices(*pods)))
        assert world.heard("node", VIP, 80) == who
        assert world.heard("outside", VIP, 80) == who
    world.put((service(), []))
    assert refused(world, "node", VIP, 80)


def test_a_port_that_no_service_has_is_refused(world: World) -> None:
    if world.backend.name != "nftables":
        pytest.skip("as in kube-proxy, only nftables refuses it; elsewhere it follows the routes")
    world.put((service(), slices(A)), (service("u", "10.96.0.11", protocol="UDP"), slices(FAR, protocol="UDP")))
    for name in ("node", "b", "outside"):
        assert refused(world, name, VIP, 81), name
        assert refused(world, name, "10.96.0.11", 80), name
        assert world.ask(name, VIP, 80).who == "a"
        assert world.ask(name, "10.96.0.11", 80, udp=True).who == "far"


def test_a_changed_port_moves(world: World) -> None:
    world.put((service(port=80), slices(A)))
    world.put((service(port=8000), slices(A)))
    assert world.ask("node", VIP, 8000).who == "a"
    assert not _answers(world, "node", VIP, 80)


def _answers(world: World, name: str, address: str, port: int) -> bool:
    try:
        world.lab.ask(name, address, port, seconds=0.3)
    except (ConnectionError, TimeoutError, OSError):
        return False
    return True


def test_session_affinity_keeps_a_client_at_its_endpoint(world: World) -> None:
    world.put((service(affinity=100, node_port=30080), slices(A, B, FAR)))
    for name in EVERYWHERE:
        assert len(world.heard(name, VIP, 80, times=15)) == 1, name
    assert len(world.heard("outside", NODE, 30080, times=15)) == 1
    first = world.ask("outside", VIP, 80).who
    where = {"a": A, "b": B, "far": FAR}
    left = [address for who, address in where.items() if who != first]
    world.put((service(affinity=100, node_port=30080), slices(*left)))
    assert len(world.heard("outside", VIP, 80, times=15)) == 1
    assert world.ask("outside", VIP, 80).who != first


def test_session_affinity_can_change(world: World) -> None:
    world.put((service(affinity=100), slices(A, B, FAR)))
    assert len(world.heard("node", VIP, 80, times=10)) == 1
    world.put((service(affinity=200), slices(A, B, FAR)))
    assert len(world.heard("node", VIP, 80, times=10)) == 1
    world.put((service(), slices(A, B, FAR)))
    assert len(world.heard("node", VIP, 80, times=40)) == 3
    world.put((service(affinity=100), slices(A, B, FAR)))
    assert len(world.heard("node", VIP, 80, times=10)) == 1


def test_affinity_ends(world: World) -> None:
    world.put((service(affinity=1), slices(A, B, FAR)))
    assert len(world.heard("node", VIP, 80, times=10)) == 1
    found = set()
    for _ in range(8):
        found.add(world.ask("node", VIP, 80).who)
        asyncio.run(asyncio.sleep(1.3))
        if len(found) > 1:
            break
    assert len(found) > 1


def test_external_traffic_policy_local(world: World) -> None:
    local = {"external_traffic_policy": "Local", "external_ips": ["192.0.2.100"]}
    world.put((service(node_port=30080, **local), slices(A, FAR)))
    for address, port in ((NODE, 30080), ("192.0.2.100", 80)):
        assert world.heard("outside", address, port, times=12) == {"a"}
        assert world.ask("outside", address, port).client == OUTSIDE
        for name in ("node", "b"):
            assert world.heard(name, address, port) == {"a", "far"}, (name, address)
    assert world.heard("outside", VIP, 80) == {"a", "far"}
    world.put((service(node_port=30080, **local), slices(FAR)))
    assert dropped(world, "outside", NODE, 30080)
    assert dropped(world, "outside", "192.0.2.100", 80)
    assert world.ask("node", NODE, 30080).who == "far"
    assert world.ask("a", NODE, 30080).who == "far"
    world.put((service(node_port=30080, **local), []))
    assert refused(world, "outside", NODE, 30080)


def test_internal_traffic_policy_local(world: World) -> None:
    local = {"internal_traffic_policy": "Local"}
    world.put((service(node_port=30080, **local), slices(A, FAR)))
    for name in ("node", "b", "outside"):
        assert world.heard(name, VIP, 80, times=12) == {"a"}, name
    assert world.heard("outside", NODE, 30080) == {"a", "far"}
    world.put((service(node_port=30080, **local), slices(FAR)))
    assert dropped(world, "a", VIP, 80)
    assert dropped(world, "node", VIP, 80)
    assert world.ask("outside", NODE, 30080).who == "far"


def test_external_ips_and_load_balancer_addresses(world: World) -> None:
    world.put((service(external_ips=["192.0.2.100"], balancers=["192.0.2.101"]), slices(A, FAR)))
    for name in EVERYWHERE:
        for address in ("192.0.2.100", "192.0.2.101"):
            assert world.heard(name, address, 80) == {"a", "far"}, (name, address)


def test_load_balancer_source_ranges(world: World) -> None:
    ranges = {"load_balancer_source_ranges": [f"{OUTSIDE}/32", "203.0.113.0/24"], "balancers": ["192.0.2.101"]}
    world.put((service(node_port=30080, **ranges), slices(A)))
    assert world.ask("outside", "192.0.2.101", 80).who == "a"
    with pytest.raises(TimeoutError):
        world.lab.ask("outside", "192.0.2.101", 80, source="192.0.2.19", seconds=0.4)
    assert world.ask("outside", NODE, 30080, source="192.0.2.19").who == "a"
    assert world.ask("outside", VIP, 80, source="192.0.2.19").who == "a"
    ranges["load_balancer_source_ranges"] = ["192.0.2.19/32"]
    world.put((service(node_port=30080, **ranges), slices(A)))
    assert world.ask("outside", "192.0.2.101", 80, source="192.0.2.19").who == "a"
    assert dropped(world, "outside", "192.0.2.101", 80)


def test_udp(world: World) -> None:
    world.put((service(protocol="UDP", node_port=30053), slices(A, FAR, protocol="UDP")))
    for name in EVERYWHERE:
        assert world.heard(name, VIP, 80, udp=True) == {"a", "far"}, name
    assert world.heard("outside", NODE, 30053, udp=True) == {"a", "far"}


def test_a_udp_client_follows_its_service(world: World) -> None:
    """The connection table would lead it to the endpoint that is gone, or to none."""
    udp = {"protocol": "UDP", "node_port": 30053}
    world.put((service(**udp), slices(A, protocol="UDP")))
    with world.lab.client("outside", VIP, 80, udp=True) as one, world.lab.client("outside", NODE, 30053, True) as two:
        for client in (one, two):
            assert world.lab.exchange(client, udp=True).who == "a"
        world.put((service(**udp), slices(FAR, protocol="UDP")))
        for client in (one, two):
            assert world.lab.exchange(client, udp=True).who == "far"


def test_a_udp_client_that_asked_too_early(world: World) -> None:
    """It asked before there were rules: its entry says that nothing is to be translated."""
    world.put()
    with world.lab.client("a", VIP, 80, udp=True, seconds=0.3) as client:
        with pytest.raises((TimeoutError, OSError)):
            world.lab.exchange(client, udp=True)
        world.put((service(protocol="UDP"), slices(B, protocol="UDP")))
        assert world.lab.exchange(client, udp=True).who == "b"


def test_tcp_connections_outlive_changes(world: World) -> None:
    world.put((service(), slices(A)))
    world.put((service(), slices(A, B)), (service("more", "10.96.0.12"), slices(FAR)))
    assert world.heard("node", VIP, 80) == {"a", "b"}


def test_tcp_and_udp_on_one_port_are_apart(world: World) -> None:
    world.put((service(), slices(A)), (service("u", protocol="UDP"), slices(FAR, protocol="UDP")))
    assert world.heard("node", VIP, 80, times=8) == {"a"}
    assert world.heard("node", VIP, 80, times=8, udp=True) == {"far"}
    world.remove("u")
    assert world.heard("node", VIP, 80, times=8) == {"a"}


def test_removal_leaves_no_rule(world: World) -> None:
    world.put()
    empty = world.rules()
    everything = service(
        affinity=60,
        node_port=30080,
        external_ips=["192.0.2.100"],
        balancers=["192.0.2.101"],
        load_balancer_source_ranges=["192.0.2.0/28"],
        external_traffic_policy="Local",
    )
    world.put((everything, slices(A, B, FAR)), (service("two", "10.96.0.11"), slices(A)))
    world.put((service("three", "10.96.0.12", protocol="UDP"), []))
    assert world.rules() != empty
    world.remove("web", "two", "three")
    rules = world.rules()
    assert not any(address in rules for address in (VIP, A, B, FAR, "30080"))
    assert _without_shared(rules) == _without_shared(empty)


def _without_shared(rules: str) -> str:
    """Shared chains and empty maps that choose one of N stay for the next Service: at most one for each N."""
    kept, skip = [], False
    for line in rules.splitlines():
        words = line.split()
        skip = skip or line.strip().startswith(("chain pick-", "chain to-"))
        skip = skip or (words[:1] == ["map"] and "_ep" in words[1])
        if not skip and line.strip():
            kept.append(line)
        skip = skip and line.strip() != "}"
    return "\n".join(kept)


def test_cleanup_leaves_nothing_and_touches_nothing_else(world: World) -> None:
    world.lab.run("node", "nft", "add table ip mine; add chain ip mine c { type filter hook input priority 5; }")
    world.lab.run("node", "iptables", "-t", "nat", "-N", "MINE")
    world.lab.run("node", "iptables", "-t", "nat", "-A", "PREROUTING", "-s", "203.0.113.9/32", "-j", "MINE")
    world.lab.run("node", "iptables", "-A", "FORWARD", "-s", "203.0.113.9/32", "-j", "DROP")
    try:
        before = world.lab.run("node", "iptables-save").count("203.0.113.9")
        world.put((service(node_port=30080, affinity=10), slices(A, B)))
        world.restart()
        with world.lab.inside("node"):
            asyncio.run(world.backend.cleanup())
        rules = world.rules()
        assert "KUBE" not in rules and "kube-proxy" not in rules, rules
        assert "table ip mine" in rules
        assert world.lab.run("node", "iptables-save").count("203.0.113.9") == before == 2
    finally:
        world.lab.run("node", "nft", "delete table ip mine")
        world.lab.run("node", "iptables", "-t", "nat", "-D", "PREROUTING", "-s", "203.0.113.9/32", "-j", "MINE")
        world.lab.run("node", "iptables", "-t", "nat", "-X", "MINE")
        world.lab.run("node", "iptables", "-D", "FORWARD", "-s", "203.0.113.9/32", "-j", "DROP")


def test_a_restarted_proxy_programs_what_changed_meanwhile(world: World) -> None:
    world.put((service(affinity=60), slices(A)), (service("old", "10.96.0.11"), slices(A)))
    once = world.rules()
    del world.desired["default/old"]
    world.restart()
    assert world.ask("node", VIP, 80).who == "a"
    assert not _answers(world, "node", "10.96.0.11", 80)
    world.put((service("old", "10.96.0.11"), slices(A)))
    world.restart()
    assert sorted(world.rules().splitlines()) == sorted(once.splitlines())


def test_an_address_passes_from_one_service_to_another(world: World) -> None:
    world.put((service("one"), slices(A)))
    world.put((service("two"), slices(B)), (service("one", "10.96.0.11"), slices(A)))
    assert world.ask("node", VIP, 80).who == "b"
    assert world.ask("node", "10.96.0.11", 80).who == "a"
    world.remove("two")
    assert not _answers(world, "node", VIP, 80)


def test_two_services_want_one_external_address(world: World) -> None:
    shared = {"external_ips": ["192.0.2.100"]}
    world.put((service("one", **shared), slices(A)))
    world.put((service("two", "10.96.0.11", **shared), slices(B)))
    assert world.heard("outside", "192.0.2.100", 80, times=8) <= {"a", "b"}
    world.remove("one")
    assert world.heard("outside", "192.0.2.100", 80, times=8) == {"b"}
