"""Asks all kubelets, round after round."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from metrics_server.history import History
from metrics_server.kubelets import ScrapeError
from metrics_server.points import Batch
from minik8s.api.core_v1 import Node
from minik8s.client.config import ConfigError
from minik8s.clock import Clock
from minik8s.daemon import metrics

log = structlog.get_logger("metrics-server.scraper")

FIRST_SECONDS = 5.0
"""After how long the second round comes: rates need two, and whoever started this waits for them."""
_SPREAD_SECONDS, _MOST_SPREAD_SECONDS = 0.008, 4.0


class Source(Protocol):
    """Asks one kubelet; `metrics_server.kubelets.Kubelets` is the real one."""

    async def fetch(self, node: Node) -> Batch:
        """What it says. Raises ScrapeError, ConfigError."""
        ...


class Scraper:
    """Fills the history every `resolution` seconds."""

    def __init__(
        self, nodes: Callable[[], Sequence[Node]], source: Source, history: History, clock: Clock, resolution: float
    ) -> None:
        self._nodes, self._source, self._history = nodes, source, history
        self._clock = clock
        self._resolution = resolution
        self._began: float | None = None
        self._ready = False

    async def run(self) -> None:
        """Scrape until cancelled."""
        due = self._clock.monotonic()
        pause = min(FIRST_SECONDS, self._resolution)
        while True:
            await self.round()
            # Rounds keep their beat; one that took too long costs those it overran.
            due = max(due + pause, self._clock.monotonic())
            await self._clock.sleep(due - self._clock.monotonic())
            pause = self._resolution

    async def round(self) -> None:
        """Ask every kubelet once."""
        began = self._began = self._clock.monotonic()
        nodes = self._nodes()
        spread = min(_SPREAD_SECONDS * len(nodes), _MOST_SPREAD_SECONDS)
        whole = Batch()
        for batch in await asyncio.gather(*(self._ask(node, spread) for node in nodes)):
            whole.add(batch)
        self._history.store(whole)
        self._tell()
        metrics.histogram(
            "metrics_server_manager_tick_duration_seconds",
            "The total time spent collecting and storing metrics in seconds.",
            buckets=_buckets(self._resolution),
        ).observe(self._clock.monotonic() - began)

    async def _ask(self, node: Node, spread: float) -> Batch:
        await self._clock.sleep(random.random() * spread)
        name, began = node.metadata.name, self._clock.monotonic()
        success = "false"
        try:
            batch = await self._source.fetch(node)
            success = "true"
        except (ScrapeError, ConfigError) as error:
            show = log.warning if _is_ready(node) else log.debug
            show("failed to scrape node", node=name, error=str(error))
            batch = Batch()
        _request_metrics(name, success, self._clock.monotonic() - began, self._clock.now().timestamp())
        return batch

    def _tell(self) -> None:
        nodes, containers = self._history.counts
        points = metrics.gauge("metrics_server_storage_points", "Number of metrics points stored.", ("type",))
        points.labels("node").set(nodes)
        points.labels("container").set(containers)
        if self.ready != self._ready:
            self._ready = self.ready
            log.info(
                "metrics can be told" if self._ready else "metrics cannot be told", nodes=nodes, containers=containers
            )

    @property
    def ready(self) -> bool:
        """Whether there is something to tell of nodes and of Pods."""
        return all(self._history.counts)

    def check_ready(self) -> None:
        """Raise RuntimeError while there is nothing to tell."""
        if not self.ready:
            raise RuntimeError("no metrics to serve")

    def check_timely(self) -> None:
        """Raise RuntimeError when rounds no longer begin as they should."""
        if self._began is not None and self._clock.monotonic() - self._began > 1.5 * self._resolution:
            raise RuntimeError("metric collection didn't finish on time")


def _request_metrics(node: str, success: str, seconds: float, at: float) -> None:
    prefix = "metrics_server_kubelet_"
    metrics.histogram(
        f"{prefix}request_duration_seconds", "Duration of requests to Kubelet API in seconds", ("node",)
    ).labels(node).observe(seconds)
    metrics.counter(f"{prefix}request", "Number of requests sent to Kubelet API", ("success",)).labels(success).inc()
    metrics.gauge(
        f"{prefix}last_request_time_seconds",
        "Time of last request performed to Kubelet API since unix epoch",
        ("node",),
    ).labels(node).set(at)


def _buckets(resolution: float) -> tuple[float, ...]:
    """Up to a round's length and beyond it."""
    return tuple(sorted({*metrics.LATENCY_BUCKETS, *(resolution * part for part in (0.25, 0.5, 0.75, 1.0, 1.5))}))


def _is_ready(node: Node) -> bool:
    return any(each.type == "Ready" and each.status == "True" for each in node.status.conditions)
