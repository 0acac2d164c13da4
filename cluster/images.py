"""Images on the nodes: the demo images a new cluster has, and `image load`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from cluster import machine, shell
from cluster.engine import Engine
from cluster.layout import Node
from cluster.options import ClusterError

DEMO = tuple(f"minik8s/demo:{version}" for version in ("v1", "v2", "v3"))
BUILDER = Path(__file__).resolve().parent.parent / "examples" / "images" / "build"
"""Prints a `docker load` tar of the images named, made from what Debian has; no registry is asked."""


def socket_of(node: Node) -> Path:
    """Where a node's Docker engine listens."""
    return machine.DOCKER_SOCKET if node.is_machine else node.docker_socket


async def ensure_demo(nodes: list[Node]) -> bool:
    """Have the demo images on every node; False when there is nothing to build them from. Raises ClusterError."""
    if not BUILDER.exists():
        return False
    lacking = [node for node in nodes if await _lacks(node, DEMO)]
    if not lacking:
        return True
    tar = nodes[0].layout.run / "demo-images.tar"
    await asyncio.to_thread(shell.run, str(BUILDER), str(tar))
    try:
        await asyncio.gather(*(_load_file(node, tar) for node in lacking))
    finally:
        tar.unlink(missing_ok=True)
    return True


async def load(nodes: list[Node], names: list[str]) -> None:
    """Copy images of this machine's Docker engine, or of a tar file, to every node. Raises ClusterError."""
    files = [Path(name) for name in names if Path(name).is_file()]
    images = [name for name in names if not Path(name).is_file()]
    for file in files:
        await asyncio.gather(*(_load_file(node, file) for node in nodes))
    others = nodes[1:]
    if not images:
        return
    async with Engine(machine.DOCKER_SOCKET) as source:
        if not others:
            for name in images:
                if not await source.has_image(name):
                    raise ClusterError(f"no image {name} in the Docker engine of this machine")
            return
        spool = nodes[0].layout.run / "images.tar"
        try:
            with open(spool, "wb") as file_out:
                async for piece in source.save_images(images):
                    file_out.write(piece)
            await asyncio.gather(*(_load_file(node, spool) for node in others))
        finally:
            spool.unlink(missing_ok=True)


async def _lacks(node: Node, names: tuple[str, ...]) -> bool:
    async with Engine(socket_of(node)) as engine:
        for _ in range(300):
            if await engine.answers():
                break
            await asyncio.sleep(0.05)
        else:
            raise ClusterError(f"the Docker engine of {node.name} does not answer")
        return not all([await engine.has_image(name) for name in names])


async def _load_file(node: Node, tar: Path) -> None:
    async with Engine(socket_of(node)) as engine:
        await engine.load_images(_pieces(tar))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with open(path, "rb") as file:
        while piece := file.read(1 << 18):
            yield piece
