"""The cgroups above a container's own: one for each Pod, inside one for each quality of service."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterable
from pathlib import Path

import structlog

from kubelet.pods.declared import every_container, qos_class
from kubelet.pods.resources import PERIOD, milli_cpu, number_of, quota_of, requests_of, shares_of
from minik8s.api.core_v1 import Pod

log = structlog.get_logger("cgroups")

MOUNT = Path("/sys/fs/cgroup")
_CONTROLLERS = ("cpu", "memory", "pids")
_UNLIMITED = 1 << 60
_LIMITS = ("cpu.max", "memory.max", "cpu.cfs_quota_us", "memory.limit_in_bytes")


class Cgroups:
    """The kubelet's part of the cgroup tree, below `root` (`--cgroup-root`)."""

    def __init__(self, root: str = "", driver: str = "cgroupfs", mount: Path = MOUNT) -> None:
        self.root = "/" + root.strip("/") if root.strip("/") else ""
        self.driver = driver
        self._mount = mount
        self.unified = (mount / "cgroup.controllers").exists()

    def parent_of(self, pod: Pod) -> str:
        """The cgroup of a Pod, as Docker takes it and below each controller's mount."""
        quality, uid = qos_class(pod), pod.metadata.uid
        if self.driver == "systemd":
            middle = "" if quality == "Guaranteed" else f"-{quality.lower()}"
            return f"kubepods{middle}-pod{uid.replace('-', '_')}.slice"
        middle = "" if quality == "Guaranteed" else f"/{quality.lower()}"
        return f"{self.root}/kubepods{middle}/pod{uid}"

    def prepare(self, pod: Pod, pids: int = -1, raise_only: bool = False) -> None:
        """Make a Pod's cgroup with its shares and limits; Docker makes what is not made here.

        With `raise_only` no limit of CPU or memory becomes lower: before containers change, who may not have more than
        their Pod.
        """
        if self.driver == "systemd":
            return
        place = self.parent_of(pod)
        milli = milli_cpu(requests_of(pod).get("cpu", ""))
        limits = _limits(pod)
        if self.unified:
            weight = 1 + (max(shares_of(milli) - 2, 0) * 9999) // 262142
            quota = f"{quota_of(limits[0])} {PERIOD}" if limits[0] else "max"
            wanted = {"cpu.weight": str(weight), "cpu.max": quota, "memory.max": str(limits[1] or "max")}
            if pids > 0:
                wanted["pids.max"] = str(pids)
            self._delegate(place)
            self._write(self._mount / place.lstrip("/"), wanted, raise_only)
            return
        cpu = {"cpu.shares": str(shares_of(milli))}
        if limits[0]:
            cpu |= {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": str(quota_of(limits[0]))}
        self._write(self._mount / "cpu" / place.lstrip("/"), cpu, raise_only)
        if limits[1]:
            memory = {"memory.limit_in_bytes": str(limits[1])}
            self._write(self._mount / "memory" / place.lstrip("/"), memory, raise_only)
        if pids > 0:
            self._write(self._mount / "pids" / place.lstrip("/"), {"pids.max": str(pids)})

    def weigh(self, pods: Iterable[Pod]) -> None:
        """Give each quality of service the CPU weight its Pods asked for."""
        if self.driver == "systemd":
            return
        burstable = sum(milli_cpu(requests_of(p).get("cpu", "")) for p in pods if qos_class(p) == "Burstable")
        for name, shares in (("burstable", shares_of(burstable)), ("besteffort", 2)):
            place = f"{self.root}/kubepods/{name}".lstrip("/")
            if self.unified:
                self._delegate(f"{place}/x")
                self._write(self._mount / place, {"cpu.weight": str(1 + (max(shares - 2, 0) * 9999) // 262142)})
            else:
                self._write(self._mount / "cpu" / place, {"cpu.shares": str(shares)})

    def remove(self, place: str) -> None:
        """Take a Pod's cgroup away, which Docker leaves behind."""
        if not place or self.driver == "systemd":
            return
        for root in self._roots():
            _remove_tree(root / place.lstrip("/"))

    def memory_used(self, place: str) -> int:
        """The working set of a cgroup in bytes: what it uses without file pages that could go at once."""
        folder = self._memory(place)
        current, stale = ("memory.current", "inactive_file") if self.unified else (
            "memory.usage_in_bytes", "total_inactive_file",
        )  # fmt: skip
        try:
            used = int((folder / current).read_text())
            for line in (folder / "memory.stat").read_text().splitlines():
                name, _, value = line.partition(" ")
                if name == stale:
                    return max(used - int(value), 0)
        except (OSError, ValueError):
            return 0
        return used

    def memory_at(self, place: str) -> int:
        """All memory a cgroup uses in bytes, file pages too; 0 where that cannot be told."""
        return _bytes(self._memory(place) / ("memory.current" if self.unified else "memory.usage_in_bytes"))

    def memory_limit_at(self, place: str) -> int:
        """The memory limit a cgroup has, in bytes; 0 is none."""
        return _bytes(self._memory(place) / ("memory.max" if self.unified else "memory.limit_in_bytes"))

    def _memory(self, place: str) -> Path:
        return self._mount / ("" if self.unified else "memory") / place.lstrip("/")

    def known_pods(self) -> dict[str, str]:
        """The cgroups of Pods that are there: uid to place."""
        found = {}
        for root in self._roots():
            for middle in ("", "burstable", "besteffort"):
                base = root / f"{self.root}/kubepods".lstrip("/") / middle
                with contextlib.suppress(OSError):
                    for entry in os.listdir(base):
                        if entry.startswith("pod"):
                            found[entry.removeprefix("pod")] = "/" + str((base / entry).relative_to(root))
        return found

    def _roots(self) -> list[Path]:
        if self.unified:
            return [self._mount]
        with contextlib.suppress(OSError):
            return [p for p in self._mount.iterdir() if p.is_dir() and not p.is_symlink()]
        return []

    def _delegate(self, place: str) -> None:
        """On cgroup v2, each folder on the way must hand its controllers on."""
        folder = self._mount
        for part in ["", *place.strip("/").split("/")[:-1]]:
            folder = folder / part
            with contextlib.suppress(OSError):
                folder.mkdir(exist_ok=True)
                for controller in _CONTROLLERS:
                    (folder / "cgroup.subtree_control").write_text(f"+{controller}")

    def _write(self, folder: Path, values: dict[str, str], raise_only: bool = False) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, value in values.items():
                if not (raise_only and name in _LIMITS and _number(folder / name) >= _as_number(value)):
                    (folder / name).write_text(value)
        except OSError as error:
            log.debug("cgroup cannot be set", cgroup=str(folder), error=str(error))


def _number(file: Path) -> float:
    """The limit a file holds; -1 where there is none yet."""
    try:
        return _as_number(file.read_text())
    except (OSError, ValueError):
        return -1


def _as_number(text: str) -> float:
    first = text.split()[0]
    return math.inf if first in ("max", "-1") else float(first)


def memory_limit(pod: Pod) -> int:
    """The memory in bytes that the whole Pod may use; 0 where it is not limited."""
    return _limits(pod)[1]


def _bytes(file: Path) -> int:
    """The number a file holds; 0 without one, and for what stands for no limit."""
    found = _number(file)
    return int(found) if 0 < found < _UNLIMITED else 0


def _limits(pod: Pod) -> tuple[int, int]:
    """CPU (thousandths) and memory (bytes) the whole Pod may use; 0 where one of its containers has no limit."""
    if pod.spec.resources is not None and pod.spec.resources.limits:
        held = pod.spec.resources.limits
        return milli_cpu(held.get("cpu", "")), number_of(held.get("memory", ""))
    cpu = memory = 0
    bounded_cpu = bounded_memory = True
    init = {id(c) for c in pod.spec.init_containers if c.restart_policy != "Always"}
    most_cpu = most_memory = 0
    for container in every_container(pod.spec):
        limits = container.resources.limits
        own_cpu, own_memory = milli_cpu(limits.get("cpu", "")), number_of(limits.get("memory", ""))
        bounded_cpu, bounded_memory = bounded_cpu and own_cpu > 0, bounded_memory and own_memory > 0
        if id(container) in init:
            most_cpu, most_memory = max(most_cpu, own_cpu), max(most_memory, own_memory)
        else:
            cpu, memory = cpu + own_cpu, memory + own_memory
    return max(cpu, most_cpu) if bounded_cpu else 0, max(memory, most_memory) if bounded_memory else 0


def _remove_tree(folder: Path) -> None:
    if not folder.is_dir():
        return
    with contextlib.suppress(OSError):
        for place, names, _ in os.walk(folder, topdown=False):
            for name in names:
                os.rmdir(os.path.join(place, name))
        os.rmdir(folder)
