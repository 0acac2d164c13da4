"""Facts about this machine: how much it has, and what it is."""

from __future__ import annotations

import contextlib
import os
import platform
from pathlib import Path

from minik8s.api.core_v1 import NodeSystemInfo

KUBERNETES_VERSION = "v1.36.0+minik8s"
"""The version this kubelet reports."""
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


def architecture() -> str:
    """The machine's architecture as Kubernetes calls it."""
    return _ARCHITECTURES.get(platform.machine(), platform.machine())


def cpus() -> int:
    """How many CPUs may be used."""
    return len(os.sched_getaffinity(0))


def memory() -> tuple[int, int]:
    """All memory and what is available of it, in bytes."""
    found = {}
    with open("/proc/meminfo") as table:
        for line in table:
            name, _, rest = line.partition(":")
            if name in ("MemTotal", "MemAvailable"):
                found[name] = int(rest.split()[0]) * 1024
    return found["MemTotal"], found["MemAvailable"]


def disk(path: Path) -> tuple[int, int, int, int]:
    """Of the file system below a path: size and free bytes, inodes and free inodes."""
    while not path.exists() and path != path.parent:
        path = path.parent
    found = os.statvfs(path)
    return found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize, found.f_files, found.f_favail


def process_ids() -> tuple[int, int]:
    """How many process ids there are, and how many are taken."""
    most = int(_text("/proc/sys/kernel/pid_max") or 32768)
    threads = _text("/proc/sys/kernel/threads-max")
    if threads.isdigit():
        most = min(most, int(threads))
    running = _text("/proc/loadavg").split()
    taken = int(running[3].partition("/")[2]) if len(running) > 3 else 0
    return most, taken


def system_info(engine: str, engine_version: str) -> NodeSystemInfo:
    """What the node says about itself."""
    return NodeSystemInfo(
        machine_id=_text("/etc/machine-id") or _text("/var/lib/dbus/machine-id"),
        system_uuid=_text("/sys/class/dmi/id/product_uuid") or _text("/etc/machine-id"),
        boot_id=_text("/proc/sys/kernel/random/boot_id"),
        kernel_version=platform.release(),
        os_image=_os_name(),
        container_runtime_version=f"{engine}://{engine_version}" if engine_version else f"{engine}://Unknown",
        kubelet_version=KUBERNETES_VERSION,
        operating_system="linux",
        architecture=architecture(),
    )


def _os_name() -> str:
    for line in _text("/etc/os-release").splitlines():
        name, _, value = line.partition("=")
        if name == "PRETTY_NAME":
            return value.strip().strip('"')
    return "Linux"


def _text(path: str) -> str:
    with contextlib.suppress(OSError):
        return Path(path).read_text().strip()
    return ""
