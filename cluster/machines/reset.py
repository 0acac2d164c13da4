"""`reset`: take what init or join brought off this machine, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from cluster import ingress, shell, traces
from cluster.engine import Engine
from cluster.machines import supervision
from cluster.machines.members import Members
from cluster.machines.places import Places
from cluster.machines.record import Record
from cluster.options import ClusterError
from cluster.processes import environment

Say = Callable[[str], None]
CLEANUP_SECONDS = 60
_CONFS = ("admin", "super-admin", "kubelet", "bootstrap-kubelet", "controller-manager", "scheduler", "dns", "ingress")


async def undo(places: Places, record: Record | None, say: Say) -> None:
    """End the daemons and Pods of this machine, and remove rules, routes, mounts, cgroups and files.

    What of it fails is said, and the rest is done all the same.
    """
    if record is not None and record.etcd_data:
        await _leave_etcd(places, record, say)
    await asyncio.to_thread(supervision.stop, places, record)
    await asyncio.to_thread(ingress.end_nginx, places.layout.run / "ingress")
    if record is not None:
        await _remove_pods(record, say)
        await asyncio.to_thread(_cleanup, places, record)
    await asyncio.to_thread(_remove, places, record, say)


async def _leave_etcd(places: Places, record: Record, say: Say) -> None:
    """Take this machine's member out while etcd runs: a member that is merely gone would go on counting."""
    try:
        if await Members(places, record.etcd_addresses).remove(record.etcd_peer):
            say("[reset] this machine's etcd member was removed from the cluster")
    except ClusterError as error:
        say(f"[reset] this machine's etcd member may still be in the cluster: {error}")


async def _remove_pods(record: Record, say: Say) -> None:
    try:
        async with Engine(record.docker.removeprefix("unix://")) as engine:
            await engine.remove_containers(everything=False, node=record.node)
    except ClusterError as error:
        say(f"[reset] containers of Pods are left: {error}")


def _cleanup(places: Places, record: Record) -> None:
    """What the daemons take back by themselves: Pods' wires and host ports, rules, routes, bridges."""
    commands = [
        ["kubelet", f"--root-dir={places.kubelet}", f"--cni-bin-dir={record.cni_folder}"],
        ["proxy"],
        ["network", f"--cni-conf-dir={places.cni_conf}"],
    ]
    for module, *flags in commands:
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [sys.executable, "-m", module, *flags, "--cleanup"],
                env=dict(os.environ) | environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=CLEANUP_SECONDS,
                check=False,
            )
    present = shell.run("nft", "list", "tables", check=False).splitlines()
    for family, table in traces.NFT_TABLES:
        if f"table {family} {table}" in present:
            shell.run("nft", "delete", "table", family, table, check=False)
    traces.remove_host_ports()
    traces.remove_empty_tables(record.tables)


def _remove(places: Places, record: Record | None, say: Say) -> None:
    data = [places.pki, places.manifests, places.kubelet, places.cni_data]
    try:
        traces.unmount([places.kubelet])
    except ClusterError as error:
        # What is mounted there would be emptied with it.
        say(f"[reset] {places.kubelet} is left: {error}")
        data.remove(places.kubelet)
    traces.remove_cgroups([(record.cgroup_root.strip("/") if record is not None else "") or "kubepods"])
    for who in _CONFS:
        places.conf(who).unlink(missing_ok=True)
    if record is not None:
        data += [Path(record.etcd_data)] if record.etcd_data else []
        record.restore_sysctls()
    for folder in data:
        _empty(folder, say)
    # Last: until here another reset could go on.
    for folder in (places.layout.run, places.layout.logs, places.state):
        shutil.rmtree(folder, ignore_errors=True)
    made = [Path(folder) for folder in record.made] if record is not None else []
    standing = [places.layout.run.parent, places.layout.logs.parent, places.state.parent]
    for folder in sorted({*made, *standing}, key=lambda f: len(f.parts), reverse=True):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _empty(folder: Path, say: Say) -> None:
    """Remove what is in a folder; the folder itself may have been there before us."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        try:
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        except OSError as error:
            say(f"[reset] {entry} is left: {error.strerror}")
