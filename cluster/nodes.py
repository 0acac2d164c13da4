"""One node of a running cluster: stop it as if its plug were pulled, start it again."""

from __future__ import annotations

import asyncio
import contextlib

from cluster import control, shell
from cluster.engine import Engine
from cluster.images import socket_of
from cluster.layout import Layout, Node, nodes
from cluster.options import ClusterError, Options


def find(layout: Layout, name: str) -> Node:
    """The node of that name. Raises ClusterError."""
    options = Options.load(layout.options)
    all_nodes = nodes(layout, options) if options else []
    for node in all_nodes:
        if node.name == name:
            return node
    listed = ", ".join(node.name for node in all_nodes) or "none"
    raise ClusterError(f'node "{name}" not found; there are: {listed}')


def processes_of(layout: Layout, node: Node) -> list[str]:
    """The names of the node's own processes."""
    mine = {f"{what}-{node.name}" for what in ("kubelet", "network", "proxy", "dockerd")}
    return [p["name"] for p in control.ask(layout, op="status")["processes"] if p["name"] in mine]


async def stop(layout: Layout, name: str) -> None:
    """Pull the plug: daemons are killed without a word, containers end, the cable is cut. Raises ClusterError."""
    node = find(layout, name)
    if node.is_machine:
        raise ClusterError(f"{name} is this machine itself: it cannot be stopped from here")
    names = processes_of(layout, node)
    daemons = [n for n in names if not n.startswith("dockerd-")]
    await asyncio.to_thread(_cable, node, "down")
    await asyncio.to_thread(control.ask, layout, op="signal", names=daemons, signal=9)
    await asyncio.to_thread(control.ask, layout, op="stop", names=daemons)
    with contextlib.suppress(ClusterError):
        async with Engine(socket_of(node)) as engine:
            await engine.remove_containers(everything=True)
    await asyncio.to_thread(control.ask, layout, op="stop", names=names)


async def start(layout: Layout, name: str) -> None:
    """Plug it in again. Raises ClusterError."""
    node = find(layout, name)
    if not node.is_machine:
        await asyncio.to_thread(_cable, node, "up")
    await asyncio.to_thread(control.ask, layout, op="start", names=processes_of(layout, node))


def _cable(node: Node, state: str) -> None:
    shell.batch([f"link set {node.cable} {state}"], node.layout.lan_namespace)
