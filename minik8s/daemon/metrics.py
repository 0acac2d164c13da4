"""Prometheus metrics, made when first asked for; the client library is imported then and not before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LATENCY_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@cache
def registry() -> CollectorRegistry:
    """The process's registry, with process figures (`process_resident_memory_bytes` …)."""
    from prometheus_client import CollectorRegistry, ProcessCollector

    made = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=made)
    return made


@cache
def counter(name: str, help: str, labels: tuple[str, ...] = ()) -> Counter:
    """A counter; its exposed name ends in `_total`."""
    from prometheus_client import Counter

    return Counter(name, help, labels, registry=registry())


@cache
def gauge(name: str, help: str, labels: tuple[str, ...] = ()) -> Gauge:
    """A gauge."""
    from prometheus_client import Gauge

    return Gauge(name, help, labels, registry=registry())


@cache
def _histogram(name: str, help: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
    from prometheus_client import Histogram

    return Histogram(name, help, labels, registry=registry(), buckets=buckets)


def histogram(
    name: str, help: str, labels: Sequence[str] = (), buckets: Sequence[float] = LATENCY_BUCKETS
) -> Histogram:
    """A histogram of seconds, or of what `buckets` measure."""
    return _histogram(name, help, tuple(labels), tuple(buckets))


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    from prometheus_client import generate_latest

    return generate_latest(registry())


def observe_reconcile(controller: str, seconds: float, error: BaseException | None) -> None:
    """For `ControllerRunner.reconciled`: durations and results of reconciles, by controller."""
    histogram("workqueue_work_duration_seconds", "How long a reconcile took", ("name",)).labels(controller).observe(
        seconds
    )
    result = "error" if error is not None else "success"
    counter("controller_reconcile", "Reconciles by result", ("controller", "result")).labels(controller, result).inc()
