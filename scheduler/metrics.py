"""The scheduler's metrics, under kube-scheduler's names."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from minik8s.daemon import metrics

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram

_SECONDS = tuple(0.001 * 2**n for n in range(15))
_ATTEMPTS = tuple(float(2**n) for n in range(5))

SCHEDULED, UNSCHEDULABLE, ERROR = "scheduled", "unschedulable", "error"


@cache
def attempts() -> Counter:
    """`scheduler_schedule_attempts_total`."""
    text = "Number of attempts to schedule pods, by the result"
    return metrics.counter("scheduler_schedule_attempts", text, ("result", "profile"))


@cache
def attempt_duration() -> Histogram:
    """`scheduler_scheduling_attempt_duration_seconds`."""
    text = "Scheduling attempt latency in seconds (scheduling algorithm + binding)"
    return metrics.histogram("scheduler_scheduling_attempt_duration_seconds", text, ("result", "profile"), _SECONDS)


@cache
def algorithm_duration() -> Histogram:
    """`scheduler_scheduling_algorithm_duration_seconds`."""
    text = "Scheduling algorithm latency in seconds"
    return metrics.histogram("scheduler_scheduling_algorithm_duration_seconds", text, (), _SECONDS)


@cache
def pod_attempts() -> Histogram:
    """`scheduler_pod_scheduling_attempts`."""
    text = "Number of attempts to successfully schedule a pod."
    return metrics.histogram("scheduler_pod_scheduling_attempts", text, (), _ATTEMPTS)


@cache
def sli_duration() -> Histogram:
    """`scheduler_pod_scheduling_sli_duration_seconds`."""
    text = "E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue"
    buckets = tuple(0.01 * 2**n for n in range(20))
    return metrics.histogram("scheduler_pod_scheduling_sli_duration_seconds", text, ("attempts",), buckets)


@cache
def victims() -> Histogram:
    """`scheduler_preemption_victims`."""
    text = "Number of selected preemption victims"
    return metrics.histogram("scheduler_preemption_victims", text, (), tuple(float(2**n) for n in range(7)))


@cache
def preemption_attempts() -> Counter:
    """`scheduler_preemption_attempts_total`."""
    return metrics.counter("scheduler_preemption_attempts", "Total preemption attempts in the cluster till now")


@cache
def incoming_pods() -> Counter:
    """`scheduler_queue_incoming_pods_total`."""
    text = "Number of pods added to scheduling queues by event and queue type."
    return metrics.counter("scheduler_queue_incoming_pods", text, ("queue", "event"))


def watch_queue(counts: Callable[[], dict[str, int]], cache_size: Callable[[], dict[str, int]]) -> None:
    """Expose `scheduler_pending_pods` and `scheduler_cache_size`; counted when somebody asks."""
    for name, text, label, source in (
        ("scheduler_pending_pods", "Number of pending pods, by the queue type.", "queue", counts),
        ("scheduler_cache_size", "Number of nodes, pods, and assumed pods in the scheduler cache.", "type", cache_size),
    ):
        _Gauge.register(name, text, label, source)


class _Gauge:
    """A gauge whose values are looked up when metrics are read."""

    def __init__(self, name: str, text: str, label: str) -> None:
        self.name, self.text, self.label = name, text, label
        self.source: Callable[[], dict[str, int]] = dict

    @classmethod
    def register(cls, name: str, text: str, label: str, source: Callable[[], dict[str, int]]) -> None:
        held = _gauges.get(name)
        if held is None:
            held = _gauges[name] = cls(name, text, label)
            metrics.registry().register(held)
        held.source = source

    def collect(self) -> Any:
        from prometheus_client.core import GaugeMetricFamily

        family = GaugeMetricFamily(self.name, self.text, labels=[self.label])
        for key, value in self.source().items():
            family.add_metric([key], value)
        yield family


_gauges: dict[str, _Gauge] = {}
