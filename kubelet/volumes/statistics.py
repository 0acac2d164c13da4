"""How full the volumes of this node's Pods are, measured when somebody asks and kept for a while.

Nobody asks on most nodes, so nothing is measured there. Only with the feature CSIVolumeHealth drivers are asked all
the time, as a Pod is told by an event that a volume of it is not well.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path

import structlog

from kubelet.pods.declared import used_volumes
from kubelet.volumes.space import Space, of_device, of_filesystem, of_tree
from kubelet.volumes.types import CSI, Mounted, VolumeError, Volumes
from minik8s.api.core_v1 import Pod, Volume
from minik8s.clock import Clock

log = structlog.get_logger("volumes")

PATIENCE_SECONDS = 5.0
"""For so long who asks waits for what is measured anew, and gets what was known before then."""
_WALKS = 2
"""So many trees are walked at once: others need the threads too."""
_WRITTEN_BY_US = frozenset({"configmap", "secret", "downward-api", "projected"})
_PLUGINS = {
    "empty_dir": "empty-dir",
    "config_map": "configmap",
    "secret": "secret",
    "downward_api": "downward-api",
    "projected": "projected",
    "host_path": "host-path",
    "image": "image",
}

OfDriver = Callable[[str, str, bool], Awaitable[Space | None]]
"""Asks a driver how full a volume is: by the Pod's uid, the volume's name, and whether to ask how well it is."""
Tell = Callable[[object, str, str, str], None]
"""Takes what an event is about, its type, reason and message."""


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """How full one volume of a Pod was at a moment; `claim` is the name of its claim, "" when it has none."""

    name: str
    claim: str
    at: datetime
    space: Space


@dataclasses.dataclass(slots=True)
class _Known:
    since: float = float("-inf")
    volumes: list[Measured] = dataclasses.field(default_factory=list)
    task: asyncio.Task[None] | None = None
    forever: dict[str, Space] = dataclasses.field(default_factory=dict)


class VolumeStatistics:
    """`pods` are this node's Pods with their volumes that are there; `seconds` is for how long a measurement holds.

    With `seconds` of 0 or less nothing is measured. `health` is the feature CSIVolumeHealth.
    """

    def __init__(
        self,
        pods: Callable[[], Iterable[tuple[Pod, Volumes]]],
        of_driver: OfDriver,
        clock: Clock,
        seconds: float,
        tell: Tell,
        health: bool = False,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._pods, self._of_driver, self._clock = pods, of_driver, clock
        self._seconds, self._tell, self._health, self._patience = seconds, tell, health, patience
        self._known: dict[str, _Known] = {}
        self._gate = asyncio.Semaphore(_WALKS)

    async def now(self) -> dict[str, list[Measured]]:
        """The volumes of each Pod that has any, by its uid."""
        if self._seconds <= 0:
            return {}
        here = {pod.metadata.uid: (pod, volumes) for pod, volumes in self._pods() if volumes}
        for uid in self._known.keys() - here.keys():
            if (task := self._known.pop(uid).task) is not None:
                task.cancel()
        now = self._clock.monotonic()
        for uid, (pod, volumes) in here.items():
            known = self._known.setdefault(uid, _Known())
            if known.task is None and now - known.since >= self._seconds:
                known.since = now
                known.task = asyncio.create_task(self._measure(pod, volumes, known), name=f"volumes-of-{uid}")
        if tasks := [known.task for known in self._known.values() if known.task is not None]:
            # A driver that hangs holds up nobody who only wants to know.
            await asyncio.wait(tasks, timeout=self._patience)
        return {uid: known.volumes for uid, known in self._known.items() if known.volumes}

    def counts(self) -> Counter[tuple[str, str]]:
        """How many volumes there are, and are to be, by plugin and by `actual_state_of_world` or the desired one."""
        found: Counter[tuple[str, str]] = Counter()
        for pod, volumes in self._pods():
            used = used_volumes(pod)
            for volume in pod.spec.volumes:
                place = volumes.get(volume.name)
                if volume.name not in used:
                    continue
                if place is not None:
                    found[place.plugin, "actual_state_of_world"] += 1
                plugin = place.plugin if place is not None else plugin_of(volume)
                found[plugin, "desired_state_of_world"] += 1
        return found

    async def run(self) -> None:
        """Ask how well volumes are until cancelled; returns at once where that is not wanted."""
        while self._health and self._seconds > 0:
            await self.now()
            await self._clock.sleep(self._seconds)

    def close(self) -> None:
        """Measure no more."""
        for known in self._known.values():
            if known.task is not None:
                known.task.cancel()

    async def _measure(self, pod: Pod, volumes: Volumes, known: _Known) -> None:
        found = []
        try:
            for volume in pod.spec.volumes:
                place = volumes.get(volume.name)
                if place is None:
                    continue
                space = await self._space(pod, volume, place, known)
                if space is None:
                    continue
                found.append(Measured(volume.name, _claim(pod, volume), self._clock.now(), space))
                if space.abnormal:
                    message = f"Volume {volume.name}: {space.message}"
                    self._tell(pod, "Warning", "VolumeConditionAbnormal", message)
            known.volumes = found
        finally:
            known.task = None

    async def _space(self, pod: Pod, volume: Volume, place: Mounted, known: _Known) -> Space | None:
        """None for a volume that cannot be measured."""
        kind = place.plugin.removeprefix("kubernetes.io/")
        try:
            if place.plugin.startswith(CSI):
                return await self._of_driver(pod.metadata.uid, volume.name, self._health)
            if kind == "empty-dir":
                return await self._tree(place.path)
            if kind in _WRITTEN_BY_US:
                # What little is in them changes little.
                if volume.name not in known.forever:
                    known.forever[volume.name] = await self._tree(place.path)
                return known.forever[volume.name]
            if kind == "local-volume":
                return await asyncio.to_thread(of_device if place.block else of_filesystem, place.path)
        except (OSError, VolumeError) as error:
            log.debug("a volume cannot be measured", pod=pod.metadata.name, volume=volume.name, error=str(error))
        return None

    async def _tree(self, path: Path) -> Space:
        async with self._gate:
            return await asyncio.to_thread(of_tree, path)


def plugin_of(volume: Volume) -> str:
    """Who is to make a volume; N/A while that is not known, as for one behind a claim."""
    if volume.csi is not None:
        return CSI + volume.csi.driver
    kinds = (name for field, name in _PLUGINS.items() if getattr(volume, field) is not None)
    return next((f"kubernetes.io/{name}" for name in kinds), "N/A")


def _claim(pod: Pod, volume: Volume) -> str:
    if volume.persistent_volume_claim is not None:
        return volume.persistent_volume_claim.claim_name
    return f"{pod.metadata.name}-{volume.name}" if volume.ephemeral is not None else ""
