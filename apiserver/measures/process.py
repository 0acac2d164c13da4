"""What the operating system knows of this process, and which version it is."""

from __future__ import annotations

import os
import resource as limits
import time

import msgspec

from apiserver import version
from apiserver.exposition import head, worded

STARTED = time.time()
"""When this process began, in seconds since the epoch."""

_BUILD = {
    "build_date": "buildDate",
    "compiler": "compiler",
    "git_commit": "gitCommit",
    "git_tree_state": "gitTreeState",
    "git_version": "gitVersion",
    "go_version": "goVersion",
    "major": "major",
    "minor": "minor",
    "platform": "platform",
}
_UNLIMITED = 2.0**64
# Places of received and sent bytes in a line of /proc/net/dev, behind the interface's name.
_RECEIVED, _SENT = 0, 8

Figure = tuple[str, str, str, float]


def of_process(lines: list[str]) -> None:
    """Add this process's figures."""
    usage = limits.getrusage(limits.RUSAGE_SELF)
    soft, _ = limits.getrlimit(limits.RLIMIT_NOFILE)
    room, _ = limits.getrlimit(limits.RLIMIT_AS)
    figures: list[Figure] = [
        ("process_cpu_seconds_total", "counter", "Processor time used.", usage.ru_utime + usage.ru_stime),
        ("process_start_time_seconds", "gauge", "When the process began.", STARTED),
        ("process_max_fds", "gauge", "Most files that may be open.", soft),
        (
            "process_virtual_memory_max_bytes",
            "gauge",
            "Most memory that may be mapped.",
            _UNLIMITED if room == limits.RLIM_INFINITY else room,
        ),
    ]
    try:
        figures += _of_proc()
    except OSError:
        pass  # no /proc here: the rest is still worth telling
    for name, kind, text, value in figures:
        head(lines, name, kind, text)
        lines.append(f"{name} {value}")
    said = msgspec.json.decode(version.document(), type=dict[str, str])
    head(lines, "kubernetes_build_info", "gauge", "Which version this is.")
    lines.append(f"kubernetes_build_info{worded(tuple((name, said[key]) for name, key in _BUILD.items()))} 1")
    head(lines, "version_info", "gauge", "Which version this is, and with which it gets along.")
    labels = (
        ("binary", f"{said['major']}.{said['minor']}"),
        ("component", "kube"),
        ("emulation", f"{said['emulationMajor']}.{said['emulationMinor']}"),
        ("min_compat", f"{said['minCompatibilityMajor']}.{said['minCompatibilityMinor']}"),
    )
    lines.append(f"version_info{worded(labels)} 1")


def _of_proc() -> list[Figure]:
    with open("/proc/self/statm") as file:
        size, resident = (int(each) for each in file.read().split()[:2])
    with open("/proc/self/net/dev") as file:
        counted = [line.partition(":")[2].split() for line in file if ":" in line]
    page = os.sysconf("SC_PAGE_SIZE")
    received, sent = (sum(int(row[place]) for row in counted) for place in (_RECEIVED, _SENT))
    return [
        ("process_resident_memory_bytes", "gauge", "Memory in use.", resident * page),
        ("process_virtual_memory_bytes", "gauge", "Memory that is mapped.", size * page),
        ("process_open_fds", "gauge", "Files that are open.", len(os.listdir("/proc/self/fd"))),
        ("process_network_receive_bytes_total", "counter", "Bytes received by the process's network.", received),
        ("process_network_transmit_bytes_total", "counter", "Bytes sent by the process's network.", sent),
    ]
