"""What a cluster's end takes out of the kernel's tables, and what it leaves there because it is somebody else's."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from cluster import traces
from tests.integration.netlab import Lab

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(shutil.which("iptables") is None, reason="needs iptables"),
]

# As CNI's portmap plugin makes them for a host port; the last two rules of a Pod go with the Pod.
_CHAINS = """*nat
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-HOSTPORT-MASQ - [0:0]
:CNI-HOSTPORT-SETMARK - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000
-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
COMMIT
"""


@pytest.fixture
def here() -> Iterator[None]:
    lab = Lab()
    try:
        lab.machine("a")
        with lab.inside("a"):
            yield
    finally:
        lab.close()


def _restore(text: str) -> None:
    subprocess.run(["iptables-restore", "--noflush"], input=text, text=True, check=True)


def _rules() -> str:
    """Chains and rules, without comments and counters."""
    listed = subprocess.run(["iptables-save", "-t", "nat"], capture_output=True, text=True, check=True).stdout
    return "\n".join(line.partition(" [")[0] for line in listed.splitlines() if line[0] != "#")


def test_chains_of_host_ports_are_taken_away(here: None) -> None:
    before = traces.tables()
    _restore(_CHAINS)
    traces.remove_host_ports()
    assert "CNI-HOSTPORT" not in _rules()
    traces.remove_empty_tables(before)
    assert traces.tables() == before == []


def test_rules_of_others_stay(here: None) -> None:
    _restore(_CHAINS)
    _restore("*nat\n:MINE - [0:0]\n-A PREROUTING -p tcp -m tcp --dport 81 -j MINE\nCOMMIT\n")
    traces.remove_host_ports()
    traces.remove_empty_tables(())
    rules = _rules()
    assert "CNI-HOSTPORT" not in rules and "-A PREROUTING -p tcp -m tcp --dport 81 -j MINE" in rules


def test_host_ports_in_use_stay(here: None) -> None:
    _restore(_CHAINS + "*nat\n-A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 80 -j CNI-HOSTPORT-SETMARK\nCOMMIT\n")
    before = _rules()
    traces.remove_host_ports()
    assert _rules() == before
