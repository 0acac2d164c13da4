"""/metrics and the pages below it: /cadvisor and /resource from measurements, /probes from the process's counters."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from kubelet.pods_view import PodsView
from kubelet.server.cgroups import Usage
from kubelet.server.request import Failure, Request
from kubelet.server.statistics import Measured, PodMeasured, Statistics
from kubelet.volumes.space import Space
from kubelet.volumes.statistics import Measured as VolumeMeasured
from minik8s.api.core_v1 import Pod
from minik8s.daemon import metrics

Labels = dict[str, str]
Sample = tuple[Labels, float]
_OF_USAGE: tuple[tuple[str, str, str, Callable[[Usage], float]], ...] = (
    ("container_cpu_usage_seconds_total", "counter", "CPU time used, in seconds", lambda u: u.cpu / 1e9),
    ("container_cpu_cfs_periods_total", "counter", "Periods of the CPU quota", lambda u: u.periods),
    (
        "container_cpu_cfs_throttled_periods_total",
        "counter",
        "Periods in which the quota was used up",
        lambda u: u.throttled_periods,
    ),
    (
        "container_cpu_cfs_throttled_seconds_total",
        "counter",
        "Time spent waiting for the next period",
        lambda u: u.throttled_time / 1e9,
    ),
    ("container_memory_usage_bytes", "gauge", "Memory used, caches included", lambda u: u.memory),
    (
        "container_memory_working_set_bytes",
        "gauge",
        "Memory used that cannot be dropped at once",
        lambda u: u.working_set,
    ),
    ("container_memory_rss", "gauge", "Memory that is backed by no file, in bytes", lambda u: u.rss),
    ("container_memory_cache", "gauge", "Memory that is backed by files, in bytes", lambda u: u.cache),
    ("container_spec_memory_limit_bytes", "gauge", "Memory limit; 0 is none", lambda u: u.limit),
    ("container_processes", "gauge", "Processes in the container", lambda u: u.processes),
)

_OF_RESOURCES: tuple[tuple[str, str, str, Callable[[Usage], float]], ...] = (
    ("cpu_usage_seconds_total", "counter", "CPU time used, in seconds,", lambda u: u.cpu / 1e9),
    ("memory_working_set_bytes", "gauge", "Working set", lambda u: float(u.working_set)),
    ("swap_usage_bytes", "gauge", "Swap used", lambda u: float(u.swap)),
)
_OF_VOLUMES: tuple[tuple[str, str, Callable[[Space], float | None]], ...] = (
    ("capacity_bytes", "Size of a volume, in bytes", lambda s: s.capacity),
    ("available_bytes", "What of a volume is available, in bytes", lambda s: s.available),
    ("used_bytes", "What of a volume is used, in bytes", lambda s: s.used),
    ("inodes", "Inodes of a volume", lambda s: s.inodes),
    ("inodes_free", "Free inodes of a volume", lambda s: s.inodes_free),
    ("inodes_used", "Used inodes of a volume", lambda s: s.inodes_used),
    ("health_status_abnormal", "1 if a volume is not well, 0 if it is", lambda s: s.abnormal),
)


class MetricsPages:
    """Answers /metrics, /metrics/cadvisor, /metrics/resource and /metrics/probes."""

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics

    async def show(self, request: Request) -> None:
        """One page."""
        page = "/".join(request.parts[1:])
        match page:
            case "":
                view = self._statistics.view
                claims = volumes(view.pods(), await self._statistics.volumes())
                kinds = volume_counts(self._statistics.volume_counts())
                body = metrics.exposition() + "".join((*running(view), *claims, *kinds)).encode()
            case "cadvisor":
                body = "".join(cadvisor(await self._statistics.now())).encode()
            case "resource":
                body = "".join(resource(await self._statistics.now())).encode()
            case "probes":
                body = only(metrics.exposition().decode(), "prober_").encode()
            case _:
                raise Failure(404, "404 page not found")
        await request.respond(200, body, metrics.CONTENT_TYPE.encode())


def only(text: str, prefix: str) -> str:
    """The metrics of an exposition whose names begin with `prefix`."""
    kept = []
    for line in text.splitlines(keepends=True):
        name = line.split(" ", 3)[2] if line.startswith("# ") else line
        if name.startswith(prefix):
            kept.append(line)
    return "".join(kept)


def family(name: str, kind: str, help: str, samples: Iterable[Sample], at: datetime | None) -> Iterable[str]:
    """One metric with its samples, which carry the time they were measured at, where there is one."""
    when = f" {int(at.timestamp() * 1000)}" if at is not None else ""
    lines = [
        f"{name}{{{','.join(f'{key}={_quoted(value)}' for key, value in labels.items())}}} {value!r}{when}\n"
        if labels
        else f"{name} {value!r}{when}\n"
        for labels, value in samples
    ]
    return [f"# HELP {name} {help}\n", f"# TYPE {name} {kind}\n", *lines] if lines else []


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _whose(pod: PodMeasured) -> Labels:
    return {"namespace": pod.pod.metadata.namespace, "pod": pod.pod.metadata.name}


def cadvisor(measured: Measured) -> list[str]:
    """CPU, memory and network of the machine, of Pods (container "") and of containers, under cAdvisor's names."""
    rows: list[tuple[Labels, Usage]] = [({"container": "", "id": "/", "image": "", "name": ""}, measured.node)]
    carried = []
    started: list[Sample] = []
    for pod in measured.pods:
        of_pod = {"container": "", "id": pod.cgroup, "image": "", "name": "", **_whose(pod)}
        rows.append((of_pod, pod.usage))
        for each in pod.containers:
            labels = {
                "container": each.handle.name,
                "id": each.cgroup,
                "image": each.image,
                "name": each.handle.id,
                **_whose(pod),
            }
            rows.append((labels, each.usage))
            started += [(labels, seconds)] if (seconds := _seconds(each.handle.started_at)) else []
        carried += [({**of_pod, "interface": interface.name}, interface) for interface in pod.interfaces]
    parts: list[str] = []
    for name, kind, help, value in _OF_USAGE:
        extra = {"cpu": "total"} if name == "container_cpu_usage_seconds_total" else {}
        samples = [({**labels, **extra}, float(value(usage))) for labels, usage in rows]
        parts += family(name, kind, help, samples, measured.at)
    for way, words in (("receive", "rx"), ("transmit", "tx")):
        for what, unit in (("bytes", ""), ("packets", ""), ("errors", ""), ("dropped", "packets_")):
            name = f"container_network_{way}_{unit}{what}_total"
            values = [(labels, float(getattr(interface, f"{words}_{what}"))) for labels, interface in carried]
            parts += family(name, "counter", f"{what.capitalize()} the interface did {way}", values, measured.at)
    parts += family("container_start_time_seconds", "gauge", "Start, in seconds since 1970", started, measured.at)
    parts += family("machine_cpu_cores", "gauge", "Processors", [({}, float(os.cpu_count() or 1))], measured.at)
    parts += family("machine_memory_bytes", "gauge", "Memory", [({}, float(measured.node.limit))], measured.at)
    return parts


def resource(measured: Measured) -> list[str]:
    """CPU, memory and swap of node, Pods and containers, as metrics servers read them."""
    containers = [(({"container": c.handle.name} | _whose(pod)), c) for pod in measured.pods for c in pod.containers]
    pods = [(_whose(pod), pod.usage) for pod in measured.pods]
    starts = [(labels, seconds) for labels, each in containers if (seconds := _seconds(each.handle.started_at))]
    parts: list[str] = []
    for kind, rows in (
        ("container", [(labels, each.usage) for labels, each in containers]),
        ("node", [({}, measured.node)]),
        ("pod", pods),
    ):
        for name, type, help, value in _OF_RESOURCES:
            samples = [(labels, value(usage)) for labels, usage in rows]
            parts += family(f"{kind}_{name}", type, f"{help} of the {kind}", samples, measured.at)
    limits = [(labels, float(each.usage.swap_limit)) for labels, each in containers if each.usage.swap_limit]
    parts += family("container_swap_limit_bytes", "gauge", "Swap limit of the container", limits, measured.at)
    # When something began is true at any time.
    parts += family("container_start_time_seconds", "gauge", "Start of the container since 1970", starts, None)
    parts.append("# HELP resource_scrape_error 1 if something could not be measured\n")
    parts.append("# TYPE resource_scrape_error gauge\nresource_scrape_error 0\n")
    return parts


def volumes(pods: Iterable[Pod], measured: Mapping[str, list[VolumeMeasured]]) -> list[str]:
    """How full the volumes of claims are; a claim that several Pods here use is told once."""
    claims: dict[tuple[str, str], Space] = {}
    for pod in pods:
        for volume in measured.get(pod.metadata.uid, ()):
            if volume.claim:
                claims.setdefault((pod.metadata.namespace, volume.claim), volume.space)
    parts: list[str] = []
    for name, help, value in _OF_VOLUMES:
        samples = [
            ({"namespace": namespace, "persistentvolumeclaim": claim}, float(amount))
            for (namespace, claim), space in claims.items()
            if (amount := value(space)) is not None
        ]
        parts += family(f"kubelet_volume_stats_{name}", "gauge", help, samples, None)
    return parts


def running(view: PodsView) -> list[str]:
    """How many Pods and containers run here, and whose kubelet this is."""
    pods = view.pods()
    sandboxes = sum(view.sandbox(pod) is not None for pod in pods)
    states = Counter("running" if each.running else "exited" for pod in pods for each in view.containers(pod))
    counts = [({"container_state": state}, float(count)) for state, count in sorted(states.items())]
    text = "Number of pods that have a running pod sandbox"
    return [
        *family("kubelet_node_name", "gauge", "The node's name", [({"node": view.node_name}, 1.0)], None),
        *family("kubelet_running_containers", "gauge", "Number of containers", counts, None),
        *family("kubelet_running_pods", "gauge", text, [({}, float(sandboxes))], None),
    ]


def volume_counts(counts: Mapping[tuple[str, str], int]) -> Iterable[str]:
    """How many volumes there are and are to be, by plugin."""
    rows = [
        ({"plugin_name": plugin, "state": state}, float(count)) for (plugin, state), count in sorted(counts.items())
    ]
    return family("volume_manager_total_volumes", "gauge", "Volumes by plugin and state", rows, None)


def _seconds(time: str) -> float:
    if not time:
        return 0.0
    whole, _, rest = time.rstrip("Z").partition(".")
    moment = datetime.fromisoformat(whole + "+00:00").timestamp()
    return moment + float(f"0.{rest}" if rest.isdecimal() else 0)
