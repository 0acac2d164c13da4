"""Take a cluster down so that nothing of it is left on the machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

from cluster import contexts, control, ingress, lan, machine, traces
from cluster import processes as plan
from cluster.engine import Engine
from cluster.images import socket_of
from cluster.layout import Layout, Node, nodes
from cluster.options import MACHINE, ClusterError, Options
from cluster.progress import Progress
from cluster.stages import STAGE_API
from cluster.supervise import end_orphans
from cluster.up import forget
from minik8s.client.config import ConfigError


async def down(layout: Layout, progress: Progress, keep_data: bool = False) -> bool:
    """Stop everything and remove every trace; False when there was no cluster. Raises ClusterError.

    `keep_data` keeps the store, the keys and the nodes' images, for the next `up`.
    """
    machine.check_root()
    if layout.name == MACHINE:
        raise ClusterError("this machine was made part of a cluster by init or join: minik8s reset takes it out")
    with machine.alone(layout):
        return await _down(layout, progress, keep_data)


async def _down(layout: Layout, progress: Progress, keep_data: bool) -> bool:
    options = Options.load(layout.options)
    if options is None and not layout.run.exists():
        return False
    options = options or Options(name=layout.name)
    all_nodes = nodes(layout, options)
    running = control.is_running(layout)
    with progress.step("stopped the daemons"):
        if running:
            await asyncio.to_thread(control.ask, layout, op="stop-stages", **{"from": STAGE_API})
        else:
            await asyncio.to_thread(end_orphans, layout.run / "children.json")
    own_docker = _ran(layout, all_nodes[0], "dockerd")
    with progress.step("removed the containers"):
        await asyncio.gather(*(_remove_containers(node, own_docker) for node in all_nodes))
    with progress.step("stopped the container engines"):
        if running:
            await asyncio.to_thread(control.ask, layout, op="shutdown")
            await asyncio.to_thread(control.wait_gone, layout)
        await asyncio.to_thread(_end_shims, layout)
        await asyncio.to_thread(ingress.end_nginx, plan.ingress_folder(layout))
    with progress.step("put the machine back as it was"):
        await asyncio.to_thread(_clean, layout, own_docker, _ran(layout, all_nodes[0], "kubelet", "network", "proxy"))
        with contextlib.suppress(ConfigError):
            contexts.remove(layout)
        machine.Changes(layout).restore()
        forget(layout, keep_data)
    return True


async def _remove_containers(node: Node, own_docker: bool) -> None:
    socket = socket_of(node)
    if not socket.exists():
        return
    async with Engine(socket) as engine:
        with contextlib.suppress(ClusterError):
            await engine.remove_containers(everything=not node.is_machine)
            if node.is_machine and own_docker:
                # The engine ends with the cluster, and so do the user's own containers in it: politely, and kept.
                await engine.stop_containers()


def _end_shims(layout: Layout) -> None:
    """End containerd shims (and so their containers) that outlived the engines; they name our socket or state."""
    marks = (str(layout.containerd_socket).encode(), str(layout.run / "containerd").encode())
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 3
        while left := [pid for pid in _processes() if any(mark in _command(pid) for mark in marks)]:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)


def _ran(layout: Layout, node: Node, *programs: str) -> bool:
    """Whether this cluster ever started one of a node's daemons: what it did not make may be another cluster's."""
    return any(layout.log(f"{program}-{node.name}").exists() for program in programs)


def _clean(layout: Layout, own_docker: bool, own_rules: bool) -> None:
    if own_rules:
        traces.clean_machine()
    folders = [layout.run, layout.state]
    if own_docker:
        folders.append(Path("/run/docker"))
        folders.append(Path("/var/lib/docker"))
    traces.unmount(folders)
    lan.remove(layout)
    traces.remove_cgroups([layout.name])
    if own_docker:
        traces.remove_files([machine.DOCKER_SOCKET, Path("/run/docker")])


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
