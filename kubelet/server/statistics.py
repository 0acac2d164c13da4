"""/stats/summary, and the measurements it shares with the metrics pages."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from kubelet.pods_view import ContainerHandle, PodsView
from kubelet.server import cgroups, log_files, machine_usage
from kubelet.server.cgroups import Usage
from kubelet.server.machine_usage import Filesystem, Interface
from kubelet.server.request import JSON, Failure, Request
from kubelet.volumes.statistics import Measured as VolumeMeasured
from kubelet.volumes.statistics import VolumeStatistics
from minik8s.api.core_v1 import Pod
from minik8s.clock import Clock, SystemClock
from minik8s.machinery.times import format_time

_BETWEEN_SECONDS = 0.2
_OLD_SECONDS = 60.0


@dataclasses.dataclass(slots=True)
class ContainerMeasured:
    """A running container and what it used."""

    handle: ContainerHandle
    image: str
    cgroup: str
    usage: Usage


@dataclasses.dataclass(slots=True)
class PodMeasured:
    """A Pod with running containers and what it used."""

    pod: Pod
    cgroup: str
    usage: Usage
    containers: list[ContainerMeasured]
    interfaces: list[Interface]
    volumes: list[VolumeMeasured] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class Measured:
    """Everything at one moment."""

    at: datetime
    node: Usage
    interfaces: list[Interface]
    pods: list[PodMeasured]


def measure(view: PodsView, at: datetime) -> Measured:
    """Read all files now; for a worker thread."""
    pods = []
    for pod in view.pods():
        sandbox = view.sandbox(pod)
        if sandbox is None:
            continue
        images = {each.name: each.image for each in (*pod.spec.containers, *pod.spec.init_containers)}
        containers, pid = [], 0
        for handle in view.containers(pod):
            if not handle.running:
                continue
            cgroup = f"{sandbox.cgroup_parent}/{handle.id}"
            usage = cgroups.read(cgroup)
            if usage is None and handle.pid and (cgroup := cgroups.path_of(handle.pid)):
                usage = cgroups.read(cgroup)
            if usage is not None:
                containers.append(ContainerMeasured(handle, images.get(handle.name, ""), cgroup, usage))
                pid = pid or handle.pid
        # Without a cgroup of its own a Pod used what its containers used.
        used = cgroups.read(sandbox.cgroup_parent) if sandbox.cgroup_parent else None
        usage = used if used is not None else total([each.usage for each in containers])
        interfaces = machine_usage.interfaces(pid) if pid and not pod.spec.host_network else []
        pods.append(PodMeasured(pod, sandbox.cgroup_parent, usage, containers, interfaces))
    return Measured(at, machine_usage.usage(), machine_usage.interfaces(), pods)


def total(usages: list[Usage]) -> Usage:
    """The sum of several usages."""
    fields = [field.name for field in dataclasses.fields(Usage)]
    return Usage(**{name: sum(getattr(usage, name) for usage in usages) for name in fields})


class Statistics:
    """Measures when asked, and remembers the last CPU totals so that rates can be told."""

    def __init__(
        self,
        view: PodsView,
        clock: Clock | None = None,
        measure: Callable[[PodsView, datetime], Measured] = measure,
        root_dir: str = "/var/lib/kubelet",
        image_fs: str = "/var/lib/docker",
        volumes: VolumeStatistics | None = None,
    ) -> None:
        self.view = view
        self._clock = clock or SystemClock()
        self._measure = measure
        self._root_dir = root_dir
        self._image_fs = image_fs
        self._volumes = volumes
        self._before: tuple[float, dict[str, int]] = (float("-inf"), {})

    async def now(self) -> Measured:
        """What is used at this moment."""
        return await asyncio.to_thread(self._measure, self.view, self._clock.now())

    async def volumes(self) -> dict[str, list[VolumeMeasured]]:
        """How full the volumes of Pods are, by the Pods' uids."""
        return await self._volumes.now() if self._volumes is not None else {}

    def volume_counts(self) -> Counter[tuple[str, str]]:
        """How many volumes there are, by plugin and state."""
        return self._volumes.counts() if self._volumes is not None else Counter()

    async def show(self, request: Request) -> None:
        """Answer /stats/summary."""
        if request.parts[1:] not in ([], ["summary"]):
            raise Failure(404, "404 page not found")
        if self._clock.monotonic() - self._before[0] > _OLD_SECONDS:
            self._remember(await self.now())
            await self._clock.sleep(_BETWEEN_SECONDS)
        measured = await self.now()
        full = not request.flag("only_cpu_and_memory")
        volumes = await self.volumes() if full else {}
        for pod in measured.pods:
            pod.volumes = volumes.get(pod.pod.metadata.uid, [])
        body = await asyncio.to_thread(self._summary, measured, full)
        self._remember(measured)
        await request.respond(200, msgspec.json.encode(body), JSON)

    def _remember(self, measured: Measured) -> None:
        totals = {"": measured.node.cpu}
        for pod in measured.pods:
            totals[pod.pod.metadata.uid] = pod.usage.cpu
            totals |= {container.handle.id: container.usage.cpu for container in pod.containers}
        self._before = (self._clock.monotonic(), totals)

    def _cpu(self, key: str, usage: Usage, time: str) -> dict[str, Any]:
        found: dict[str, Any] = {"time": time, "usageCoreNanoSeconds": usage.cpu}
        before_at, before = self._before
        seconds = self._clock.monotonic() - before_at
        if key in before and seconds > 0:
            found["usageNanoCores"] = max(int((usage.cpu - before[key]) / seconds), 0)
        return found

    def _summary(self, measured: Measured, full: bool) -> dict[str, Any]:
        time = format_time(measured.at)
        node: dict[str, Any] = {
            "nodeName": self.view.node_name,
            "startTime": format_time(datetime.fromtimestamp(machine_usage.boot_time(), UTC)),
            "cpu": self._cpu("", measured.node, time),
            "memory": _memory(measured.node, time),
            "swap": _swap(measured.node, time),
        }
        if full:
            node["network"] = _network(measured.interfaces, time)
            node["fs"] = _fs(machine_usage.filesystem(self._root_dir) or machine_usage.filesystem("/"), time)
            image_fs = machine_usage.filesystem(self._image_fs) or machine_usage.filesystem("/")
            node["runtime"] = {"imageFs": _fs(image_fs, time)}
            with open("/proc/sys/kernel/pid_max") as file:
                node["rlimit"] = {"time": time, "maxpid": int(file.read()), "curproc": measured.node.processes}
        return {"node": node, "pods": [self._pod(pod, time, full) for pod in measured.pods]}

    def _pod(self, measured: PodMeasured, time: str, full: bool) -> dict[str, Any]:
        meta = measured.pod.metadata
        found: dict[str, Any] = {
            "podRef": {"name": meta.name, "namespace": meta.namespace, "uid": meta.uid},
            "startTime": measured.pod.status.start_time,
            "containers": [self._container(container, time, full) for container in measured.containers],
            "cpu": self._cpu(meta.uid, measured.usage, time),
            "memory": _memory(measured.usage, time),
            "swap": _swap(measured.usage, time),
            "process_stats": {"process_count": measured.usage.processes},
        }
        if full:
            found["network"] = _network(measured.interfaces, time)
            if measured.volumes:
                found["volume"] = [_volume(volume, meta.namespace) for volume in measured.volumes]
        return found

    def _container(self, measured: ContainerMeasured, time: str, full: bool) -> dict[str, Any]:
        handle = measured.handle
        found: dict[str, Any] = {
            "name": handle.name,
            "startTime": handle.started_at,
            "cpu": self._cpu(handle.id, measured.usage, time),
            "memory": _memory(measured.usage, time),
            "swap": _swap(measured.usage, time),
        }
        if full:
            found["rootfs"] = _fs(machine_usage.filesystem(self._image_fs), time)
            found["logs"] = _fs(machine_usage.filesystem(self._image_fs), time, _log_size(handle.log_path))
        return found


def _volume(measured: VolumeMeasured, namespace: str) -> dict[str, Any]:
    space = measured.space
    found: dict[str, Any] = {
        "time": format_time(measured.at),
        "availableBytes": space.available,
        "capacityBytes": space.capacity,
        "usedBytes": space.used,
        "inodesFree": space.inodes_free,
        "inodes": space.inodes,
        "inodesUsed": space.inodes_used,
        "name": measured.name,
    }
    if measured.claim:
        found["pvcRef"] = {"name": measured.claim, "namespace": namespace}
    if space.abnormal is not None:
        found["volumeHealthStats"] = {"abnormal": space.abnormal}
    return found


def _memory(usage: Usage, time: str) -> dict[str, Any]:
    found = {
        "time": time,
        "usageBytes": usage.memory,
        "workingSetBytes": usage.working_set,
        "rssBytes": usage.rss,
        "pageFaults": usage.page_faults,
        "majorPageFaults": usage.major_page_faults,
    }
    if usage.limit:
        found["availableBytes"] = max(usage.limit - usage.working_set, 0)
    return found


def _swap(usage: Usage, time: str) -> dict[str, Any]:
    return {"time": time, "swapAvailableBytes": max(usage.swap_limit - usage.swap, 0), "swapUsageBytes": usage.swap}


def _network(interfaces: list[Interface], time: str) -> dict[str, Any]:
    listed = [
        {
            "name": each.name,
            "rxBytes": each.rx_bytes,
            "rxErrors": each.rx_errors,
            "txBytes": each.tx_bytes,
            "txErrors": each.tx_errors,
        }
        for each in interfaces
    ]
    default = next((each for each in listed if each["name"] == "eth0"), listed[0] if listed else {})
    return {"time": time, **default, "interfaces": listed}


def _fs(found: Filesystem | None, time: str, used: int | None = None) -> dict[str, Any]:
    if found is None:
        return {"time": time}
    return {
        "time": time,
        "availableBytes": found.available,
        "capacityBytes": found.capacity,
        "usedBytes": found.used if used is None else used,
        "inodesFree": found.inodes_free,
        "inodes": found.inodes,
        "inodesUsed": found.inodes - found.inodes_free,
    }


def _log_size(path: str) -> int:
    if not path:
        return 0
    return sum(os.path.getsize(each) for each in log_files.rotated(path) if os.path.exists(each))
