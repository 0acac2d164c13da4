"""The vxlan device between two real namespaces: packets for Pods of the other node arrive, and peers come and go."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from network import links
from network.plan import Peer, Plan
from tests.integration.netlab import Lab

pytestmark = [pytest.mark.root, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]
ADDRESSES = {"a": "10.77.0.1", "b": "10.77.0.2"}
PODS = {"a": "10.78.0.0/24", "b": "10.78.1.0/24"}


@pytest.fixture
def lab() -> Iterator[Lab]:
    made = Lab()
    try:
        made.machine("a", "b")
        made.cable("a", "eth0", "b", "eth0")
        for name, address in ADDRESSES.items():
            pod = PODS[name].replace(".0/24", ".9/32")
            made.ip(name, f"address add {address}/24 dev eth0", f"address add {pod} dev lo")
        yield made
    finally:
        made.close()


def plan(name: str, *peers: str) -> Plan:
    others = tuple(Peer(other, ADDRESSES[other], PODS[other]) for other in peers)
    return Plan(PODS[name], ADDRESSES[name], others, tuple(ADDRESSES.values()))


def test_pods_of_two_nodes_reach_each_other_through_vxlan(lab: Lab) -> None:
    for _ in range(2):
        for name, other in (("a", "b"), ("b", "a")):
            with lab.inside(name):
                assert links.apply(plan(name, other), "vxlan") == []
    assert heard(lab)
    with lab.inside("a"):
        assert links.apply(plan("a"), "vxlan") == []
    assert not heard(lab)
    with lab.inside("a"):
        links.cleanup()
        shown = subprocess.run(["ip", "link", "show", links.VXLAN], capture_output=True)
        assert shown.returncode != 0


def heard(lab: Lab) -> bool:
    """Whether a datagram from a Pod address of one node reaches one of the other."""
    with lab.inside("b"):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with lab.inside("a"):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with server, client:
        server.bind(("10.78.1.9", 5000))
        server.settimeout(1)
        client.bind(("10.78.0.9", 0))
        try:
            client.sendto(b"hello", ("10.78.1.9", 5000))
            return server.recv(16) == b"hello"
        except OSError:
            return False
