"""Eviction signals: what thresholds say, and how much of each thing a node has left."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from kubelet.node import machine
from kubelet.options import KubeletConfiguration
from minik8s.daemon.flags import parse_duration
from minik8s.machinery import quantity

DEFAULT_HARD = {
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
    "imagefs.available": "15%",
    "imagefs.inodesFree": "5%",
    "pid.available": "10%",
}
CONDITIONS = {
    "memory.available": "MemoryPressure",
    "nodefs.available": "DiskPressure",
    "nodefs.inodesFree": "DiskPressure",
    "imagefs.available": "DiskPressure",
    "imagefs.inodesFree": "DiskPressure",
    "pid.available": "PIDPressure",
}
RESOURCES = {"memory.available": "memory", "pid.available": "pids"}


@dataclasses.dataclass(frozen=True, slots=True)
class Level:
    """How much there is of something, and how much of it is left."""

    available: int
    capacity: int


@dataclasses.dataclass(frozen=True, slots=True)
class Threshold:
    """A signal that must not fall below an amount (or a share of the capacity), for longer than `grace` seconds."""

    signal: str
    amount: str
    grace: float = 0.0

    def limit(self, capacity: int) -> int:
        """The amount as a number."""
        if self.amount.endswith("%"):
            return int(capacity * float(self.amount[:-1]) / 100)
        return quantity.value(self.amount)

    def crossed(self, levels: Mapping[str, Level]) -> bool:
        """Whether less is left."""
        level = levels.get(self.signal)
        return level is not None and level.available < self.limit(level.capacity)


def thresholds(config: KubeletConfiguration) -> list[Threshold]:
    """Hard ones and soft ones."""
    hard = DEFAULT_HARD if config.eviction_hard is None else config.eviction_hard
    found = [Threshold(signal, amount) for signal, amount in hard.items() if amount not in ("0", "0%", "100%")]
    for signal, amount in config.eviction_soft.items():
        grace = parse_duration(config.eviction_soft_grace_period.get(signal, "0"))
        found.append(Threshold(signal, amount, grace))
    return found


Measure = Callable[[], dict[str, Level]]


def measure(root: Path, images: Path) -> dict[str, Level]:
    """How much is left on this machine."""
    total, available = machine.memory()
    size, free, inodes, free_inodes = machine.disk(root)
    image_size, image_free, image_inodes, image_free_inodes = machine.disk(images)
    ids, taken = machine.process_ids()
    return {
        "memory.available": Level(available, total),
        "nodefs.available": Level(free, size),
        "nodefs.inodesFree": Level(free_inodes, inodes),
        "imagefs.available": Level(image_free, image_size),
        "imagefs.inodesFree": Level(image_free_inodes, image_inodes),
        "pid.available": Level(ids - taken, ids),
    }
