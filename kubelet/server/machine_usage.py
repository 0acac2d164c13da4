"""What the whole machine used, from /proc, and what its network interfaces carried."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from kubelet.server.cgroups import Usage

PROC = Path("/proc")


@dataclasses.dataclass(frozen=True, slots=True)
class Interface:
    """Totals of a network interface."""

    name: str
    rx_bytes: int
    rx_packets: int
    rx_errors: int
    rx_dropped: int
    tx_bytes: int
    tx_packets: int
    tx_errors: int
    tx_dropped: int


@dataclasses.dataclass(frozen=True, slots=True)
class Filesystem:
    """Room and inodes of a file system."""

    available: int
    capacity: int
    used: int
    inodes_free: int
    inodes: int


def usage(proc: Path = PROC) -> Usage:
    """The machine's CPU time and memory."""
    ticks = [int(word) for word in (proc / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    busy = sum(ticks) - ticks[3] - ticks[4]
    memory = {
        key: int(rest.split()[0]) * 1024
        for key, _, rest in (line.partition(":") for line in (proc / "meminfo").read_text().splitlines())
        if rest
    }
    faults = dict(line.split() for line in (proc / "vmstat").read_text().splitlines())
    total = memory["MemTotal"]
    used = total - memory["MemFree"]
    return Usage(
        cpu=busy * 1_000_000_000 // os.sysconf("SC_CLK_TCK"),
        memory=used,
        working_set=max(used - memory.get("Inactive(file)", 0), 0),
        rss=memory.get("AnonPages", 0),
        cache=memory.get("Cached", 0),
        limit=total,
        page_faults=int(faults.get("pgfault", 0)),
        major_page_faults=int(faults.get("pgmajfault", 0)),
        processes=sum(1 for name in os.listdir(proc) if name.isdecimal()),
        swap=memory.get("SwapTotal", 0) - memory.get("SwapFree", 0),
        swap_limit=memory.get("SwapTotal", 0),
    )


def interfaces(pid: int | str = "self", proc: Path = PROC) -> list[Interface]:
    """The interfaces of a process's network namespace, without loopback; empty when it is gone."""
    try:
        lines = (proc / str(pid) / "net" / "dev").read_text().splitlines()[2:]
    except OSError:
        return []
    found = []
    for line in lines:
        name, _, rest = line.partition(":")
        if (name := name.strip()) == "lo":
            continue
        n = [int(word) for word in rest.split()]
        found.append(Interface(name, n[0], n[1], n[2], n[3], n[8], n[9], n[10], n[11]))
    return found


def filesystem(path: str) -> Filesystem | None:
    """The file system a path is on; None when the path is not there."""
    try:
        stat = os.statvfs(path)
    except OSError:
        return None
    size = stat.f_frsize
    return Filesystem(
        stat.f_bavail * size,
        stat.f_blocks * size,
        (stat.f_blocks - stat.f_bfree) * size,
        stat.f_ffree,
        stat.f_files,
    )


def boot_time(proc: Path = PROC) -> float:
    """When the machine started, in seconds since 1970."""
    for line in (proc / "stat").read_text().splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0
