"""The machine's half of a cluster without any daemon of ours: switch, namespaces, Docker engines, images."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import contexts, control, credentials, foreign, images, lan, leftovers, machine, progress, traces, up
from cluster import nodes as node_commands
from cluster.down import down
from cluster.engine import Engine
from cluster.layout import Layout, Node, nodes
from cluster.options import ClusterError, Options

pytestmark = [
    pytest.mark.root,
    pytest.mark.docker,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(shutil.which("dockerd") is None, reason="needs dockerd"),
]

NAME = "mk8stest"
OPTIONS = Options(name=NAME, nodes=3, node_cidr="10.246.0.0/24")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Layout, list[Node]]]:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    layout = Layout(NAME)
    neighbours = f"ip {traces.NFT_TABLES[-1][1]}" not in traces.tables()
    if neighbours:
        # As a cluster of another name, whose daemons do run on this machine, has one.
        subprocess.run(["nft", "add", "table", "ip", traces.NFT_TABLES[-1][1]], check=True)
    before = leftovers.picture()
    all_nodes = nodes(layout, OPTIONS)
    changes = machine.Changes(layout)
    OPTIONS.save(layout.options)
    credentials.ensure(layout, OPTIONS, all_nodes)
    lan.build(layout, OPTIONS, all_nodes, changes)
    lan.build(layout, OPTIONS, all_nodes, changes)
    up._write_configs(layout, OPTIONS, all_nodes)
    specs = [foreign.containerd(layout)]
    for node in all_nodes[1:]:
        specs.append(foreign.node_dockerd(layout, node))
    control.start(layout, specs)
    contexts.merge(layout)
    try:
        yield layout, all_nodes
    finally:
        assert asyncio.run(down(layout, progress.Plain()))
        after = leftovers.picture()
        if neighbours:
            subprocess.run(["nft", "delete", "table", "ip", traces.NFT_TABLES[-1][1]], check=False)
        assert leftovers.compare(before, after) == []
        assert not (tmp_path / "kubeconfig").exists()


def refused(address: str, namespace: str = "") -> bool:
    """Whether a machine answers at all: nobody listens, so it refuses."""
    program = (
        "import socket, sys; s = socket.socket(); s.settimeout(1)\n"
        "try:\n    s.connect((sys.argv[1], 81))\nexcept ConnectionRefusedError:\n    sys.exit(0)\nsys.exit(1)"
    )
    inside = ["nsenter", f"--net=/run/netns/{namespace}"] if namespace else []
    return (
        subprocess.run([*inside, "python3", "-c", program, address], check=False, capture_output=True).returncode == 0
    )


def serving(address: str) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            with socket.create_connection((address, 8080), 1) as connection:
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                return connection.makefile().read()
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nobody serves at {address}")


def test_nodes_are_machines_of_their_own(built: tuple[Layout, list[Node]]) -> None:
    layout, all_nodes = built
    first, second, third = all_nodes
    assert refused(third.address, second.namespace) and refused(first.address, second.namespace)
    assert refused(second.address)
    if images.BUILDER.exists():
        asyncio.run(images.ensure_demo(all_nodes[1:]))
        command = ["docker", "-H", f"unix://{second.docker_socket}", "run", "-d", "--network=host", "minik8s/demo:v2"]
        subprocess.run(command, check=True, capture_output=True)
        assert "minik8s demo v2" in serving(second.address)
    asyncio.run(node_commands.stop(layout, second.name))
    assert not refused(second.address)
    asyncio.run(node_commands.start(layout, second.name))
    assert refused(second.address)
    with pytest.raises(ClusterError, match="this machine itself"):
        asyncio.run(node_commands.stop(layout, first.name))
    with pytest.raises(ClusterError, match=f"there are: {NAME}-1"):
        asyncio.run(node_commands.stop(layout, "nope"))

    async def containers() -> list[str]:
        async with Engine(second.docker_socket) as engine:
            async with asyncio.timeout(30):
                while not await engine.answers():
                    await asyncio.sleep(0.02)
            return await engine.pod_containers(everything=True)

    assert asyncio.run(containers()) == []
