from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from proxy.backend import ProxyBackend
from proxy.backends.iptables import IptablesBackend
from proxy.backends.nftables import NftablesBackend
from tests.integration.netlab import Lab
from tests.integration.proxy.world import CLUSTER_CIDR, World, build

BACKENDS: dict[str, tuple[str, Callable[[], ProxyBackend]]] = {
    "nftables": ("nft", lambda: NftablesBackend(CLUSTER_CIDR)),
    "iptables": ("iptables-restore", lambda: IptablesBackend(CLUSTER_CIDR)),
}


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    made = Lab()
    try:
        build(made)
        yield made
    finally:
        made.close()


@pytest.fixture(params=list(BACKENDS))
def world(lab: Lab, request: pytest.FixtureRequest) -> Iterator[World]:
    tool, make = BACKENDS[request.param]
    if shutil.which(tool) is None or shutil.which("conntrack") is None:
        pytest.skip(f"needs {tool} and conntrack")
    found = World(lab, make)
    try:
        yield found
    finally:
        with lab.inside("node"):
            asyncio.run(found.backend.cleanup())
        lab.run("node", "conntrack", "-F", check=False)
