"""Traces a cluster may leave in the kernel, and their removal: mounts, cgroups, rules, interfaces."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from cluster import shell
from cluster.options import ClusterError
from cluster.processes import environment
from minik8s.daemon.mount_table import mounts

CGROUPS = Path("/sys/fs/cgroup")
NFT_TABLES = (("ip", "kube-proxy"), ("ip6", "kube-proxy"), ("inet", "minik8s-network"), ("ip", "minik8s-network"))
_MNT_DETACH = 2


def mounts_under(folders: Iterable[Path]) -> list[str]:
    """Mount points inside the folders, the innermost first."""
    roots = [str(folder) for folder in folders]
    found = {place for place, _ in mounts() if any(place == root or place.startswith(root + "/") for root in roots)}
    return sorted(found, key=len, reverse=True)


def unmount(folders: Iterable[Path]) -> None:
    """Unmount everything inside the folders. Raises ClusterError: whoever removes them would remove what is mounted."""
    folders = list(folders)
    libc = ctypes.CDLL(None, use_errno=True)
    for _ in range(3):
        left = mounts_under(folders)
        if not left:
            return
        for point in left:
            libc.umount2(os.fsencode(point), _MNT_DETACH)
    if left := mounts_under(folders):
        raise ClusterError(f"{left[0]} cannot be unmounted: {os.strerror(ctypes.get_errno())}")


def remove_cgroups(names: Iterable[str]) -> None:
    """Remove cgroups of these names, with all below, from every hierarchy; what runs in them is killed first."""
    hierarchies = [CGROUPS, *(entry for entry in CGROUPS.iterdir() if entry.is_dir())] if CGROUPS.exists() else []
    tops = [h / name for h in hierarchies for name in names if (h / "cgroup.procs").exists() and (h / name).is_dir()]
    deadline = time.monotonic() + 5
    while (inside := _processes_in(tops)) and time.monotonic() < deadline:
        for pid in inside:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    for top in tops:
        for folder, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)


def _processes_in(tops: Iterable[Path]) -> set[int]:
    found: set[int] = set()
    for top in tops:
        for procs in top.rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                found.update(int(pid) for pid in procs.read_text().split())
    return found - {0}


def clean_machine() -> None:
    """Take the rules and interfaces of the machine's own node away, by the daemons' own `--cleanup` first."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", module, "--cleanup"],
            env=dict(os.environ) | environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for module in ("proxy", "network")
    ]
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
    before = tables()
    for family, table in NFT_TABLES:
        if f"{family} {table}" in before:
            shell.run("nft", "delete", "table", family, table, check=False)
    remove_host_ports()
    remove_empty_tables(before)


def remove_files(paths: Iterable[Path]) -> None:
    """Remove files and folders, whatever is in them."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def tables() -> list[str]:
    """The nftables tables there are, as `ip nat`."""
    listed = shell.run("nft", "list", "tables", check=False).splitlines()
    return [line.removeprefix("table ").strip() for line in listed if line.startswith("table ")]


def remove_host_ports() -> None:
    """Take away the chains CNI's portmap plugin leaves behind when the last host port is gone."""
    for program in ("iptables", "ip6tables"):
        lines = shell.run(program, "-w", "-t", "nat", "-S", check=False).splitlines()
        chains = [line.split()[1] for line in lines if line.startswith("-N CNI-HOSTPORT-")]
        if not chains or any(line.startswith("-A CNI-HOSTPORT-DNAT ") for line in lines):
            continue
        for line in lines:
            words = shlex.split(line)
            if words[0] == "-A" and words[1] not in chains and words[-1] in chains:
                shell.run(program, "-w", "-t", "nat", "-D", *words[1:], check=False)
        for action in ("-F", "-X"):
            for chain in chains:
                shell.run(program, "-w", "-t", "nat", action, chain, check=False)


def remove_empty_tables(before: Iterable[str]) -> None:
    """Remove tables of iptables that were not there before and hold no rule: its programs make them by looking."""
    for table in set(tables()) - set(before):
        family, _, name = table.partition(" ")
        if family in ("ip", "ip6") and name in ("filter", "nat", "mangle", "raw", "security"):
            if is_empty(shell.run("nft", "list", "table", family, name, check=False)):
                shell.run("nft", "delete", "table", family, name, check=False)


def is_empty(listing: str) -> bool:
    """Whether a table, as nft lists it, has the kernel's own chains alone and no rule in them."""
    lines = [line.strip() for line in listing.splitlines()]
    hooks = sum(line.startswith("type ") for line in lines)
    chains = sum(line.startswith("chain ") for line in lines)
    frame = ("table ", "chain ", "type ", "}", "#")
    return chains == hooks and all(not line or line.startswith(frame) for line in lines)
