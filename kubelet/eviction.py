"""Evicts Pods when the node runs short of memory, disk or process ids, and Pods that use more disk than they may."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import structlog

from kubelet.context import NodeContext
from kubelet.housekeeping import Housekeeping, node_reference
from kubelet.node.signals import CONDITIONS, RESOURCES, Level, Measure, Threshold
from kubelet.pods.declared import every_container, is_static, qos_class
from kubelet.pods.observed import Instance
from kubelet.pods.resources import limits_of, number_of, requests_of
from kubelet.pods.worker import PodWorker
from kubelet.runtime.types import RuntimeFailure
from kubelet.workers import Workers
from minik8s.api.core_v1 import Pod
from minik8s.machinery import quantity

log = structlog.get_logger("eviction")

SECONDS = 10.0
_CRITICAL = 2_000_000_000


class Eviction:
    """Looks every ten seconds; `pressed` is called with the node conditions that hold."""

    def __init__(
        self,
        context: NodeContext,
        workers: Workers,
        housekeeping: Housekeeping,
        thresholds: list[Threshold],
        measure: Measure,
        pressed: Callable[[frozenset[str]], None],
    ) -> None:
        self._context, self._workers, self._housekeeping = context, workers, housekeeping
        self._thresholds, self._measure, self._pressed = thresholds, measure, pressed
        self._since: dict[Threshold, float] = {}
        self._last: dict[str, float] = {}

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
                await self._local_storage()
            except (OSError, RuntimeFailure) as error:
                log.debug("pressure cannot be measured", error=str(error))
            await self._context.clock.sleep(SECONDS)

    async def look(self) -> None:
        """Measure, tell the conditions, and evict at most one Pod. Raises OSError, RuntimeFailure."""
        if not self._thresholds:
            return
        now = self._context.clock.monotonic()
        levels = await asyncio.to_thread(self._measure)
        crossed = [t for t in self._thresholds if t.crossed(levels)]
        self._since = {t: self._since.get(t, now) for t in crossed}
        for threshold in crossed:
            self._last[CONDITIONS[threshold.signal]] = now
        keep = self._context.config.seconds("eviction_pressure_transition_period")
        self._pressed(frozenset(c for c, at in self._last.items() if now - at < keep or now == at))
        due = [t for t in crossed if now - self._since[t] >= t.grace]
        if due:
            await self._relieve(due[0], levels[due[0].signal])

    async def _relieve(self, threshold: Threshold, level: Level) -> None:
        resource = RESOURCES.get(threshold.signal, "ephemeral-storage")
        self._context.recorder.event(
            node_reference(self._context.settings.node_name),
            "Warning",
            "EvictionThresholdMet",
            f"Attempting to reclaim {resource}",
        )
        if resource == "ephemeral-storage":
            freed = await self._housekeeping.free_images(force=True)
            if level.available + freed >= threshold.limit(level.capacity) and "inodes" not in threshold.signal:
                return
        usage = await asyncio.to_thread(self._usage, resource)
        victims = [
            w for w in self._workers if not w.ended and not w.state.findings.failed and not _critical(w.state.pod)
        ]
        if not victims:
            return
        worker = max(victims, key=lambda w: rank(w.state.pod, resource, usage.get(w.state.pod.metadata.uid, 0)))
        amount = quantity.from_value(threshold.limit(level.capacity), binary=True)
        text = (
            f"The node was low on resource: {resource}. Threshold quantity: {amount}, "
            f"available: {level.available // 1024}Ki. "
        )
        used = usage.get(worker.state.pod.metadata.uid, 0)
        asked = requests_of(worker.state.pod).get(resource, "0")
        if used > number_of(asked):
            names = ", ".join(c.name for c in worker.state.pod.spec.containers)
            text += (
                f"Container {names} was using {used // 1024}Ki, request is {asked}, "
                f"has larger consumption of {resource}. "
            )
        grace = float(self._context.config.eviction_max_pod_grace_period) if threshold.grace else 0.0
        self._evict(worker, text, grace)

    def _evict(self, worker: PodWorker, text: str, grace: float) -> None:
        log.info("pod evicted", pod=worker.state.pod.metadata.name, why=text)
        worker.state.event("Warning", "Evicted", text)
        worker.disrupted(text)
        worker.fail("Evicted", text, grace)

    def _usage(self, resource: str) -> dict[str, int]:
        cgroups, settings = self._context.cgroups, self._context.settings
        found = {}
        for worker in self._workers:
            uid = worker.state.pod.metadata.uid
            if resource == "memory" and cgroups is not None:
                found[uid] = cgroups.memory_used(worker.state.cgroup)
            elif resource == "ephemeral-storage":
                found[uid] = disk_used(settings.pod_dir(uid))
        return found

    async def _local_storage(self) -> None:
        for worker in self._workers:
            pod = worker.state.pod
            if worker.ended or worker.state.findings.failed or not _bounded(pod) or _critical(pod):
                continue
            text = await asyncio.to_thread(self._over_limit, worker)
            if text:
                self._evict(worker, text, 0.0)

    def _over_limit(self, worker: PodWorker) -> str:
        pod, volumes, total = worker.state.pod, worker.state.volumes or {}, 0
        for volume in pod.spec.volumes:
            if volume.empty_dir is None or volume.name not in volumes:
                continue
            limit, used = volume.empty_dir.size_limit, disk_used(volumes[volume.name].path)
            if limit and quantity.value(limit) and used > quantity.value(limit):
                return f'Usage of EmptyDir volume "{volume.name}" exceeds the limit "{limit}". '
            # What is kept in memory is no storage.
            total += used if not volume.empty_dir.medium else 0
        by_container = {}
        for container in every_container(pod.spec):
            instance = worker.state.observed.newest(container.name)
            by_container[container.name] = used = _written(instance) if instance is not None else 0
            total += used
        whole = limits_of(pod).get("ephemeral-storage", "")
        if whole and total > number_of(whole):
            return f"Pod ephemeral local storage usage exceeds the total limit of containers {whole}. "
        for container in pod.spec.containers:
            limit = container.resources.limits.get("ephemeral-storage", "")
            if limit and quantity.value(limit) and by_container[container.name] > quantity.value(limit):
                return f'Container {container.name} exceeded its local ephemeral storage limit "{limit}". '
        return ""


def _written(instance: Instance) -> int:
    """What a container wrote: its output, and files outside of volumes."""
    details = instance.details
    output = sum(_size(Path(f"{details.log_path}{end}")) for end in ("", ".1", ".2", ".3", ".4"))
    return output + (disk_used(details.writable) if details.writable else 0)


def _bounded(pod: Pod) -> bool:
    return any(v.empty_dir is not None and v.empty_dir.size_limit for v in pod.spec.volumes) or any(
        "ephemeral-storage" in c.resources.limits for c in every_container(pod.spec)
    )


def _critical(pod: Pod) -> bool:
    return is_static(pod) or (pod.spec.priority or 0) >= _CRITICAL


def rank(pod: Pod, resource: str, used: int) -> tuple[bool, int, int]:
    """Who goes first: who uses more than was asked for, then the lowest priority, then who uses most above it."""
    above = used - number_of(requests_of(pod).get(resource, ""))
    return above > 0 or qos_class(pod) == "BestEffort", -(pod.spec.priority or 0), above


def disk_used(folder: Path | str) -> int:
    """The bytes a tree takes on its own file system."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            total += _size(Path(place, name))
    return total


def _size(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except OSError:
        return 0
