"""From a metric to a number of replicas: no I/O."""

from __future__ import annotations

import dataclasses
import math
from datetime import datetime, timedelta
from decimal import Decimal

from controllers.podautoscaler.sources import Sample
from controllers.shared import pods
from minik8s.api.core_v1 import Pod
from minik8s.machinery import quantity
from minik8s.machinery.times import parse_time


class CannotCompute(Exception):
    """The metrics there are do not tell how many replicas are needed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """What small differences are ignored (shares of 1), and for how long a starting pod's CPU is (seconds)."""

    down_tolerance: float
    up_tolerance: float
    cpu_initialization: float
    readiness_delay: float

    def ignores(self, ratio: float) -> bool:
        """Whether a ratio of use to target is near enough to 1."""
        return 1 - self.down_tolerance <= ratio <= 1 + self.up_tolerance


@dataclasses.dataclass(slots=True)
class Groups:
    """Pods by what their samples are worth."""

    ready: int = 0
    unready: set[str] = dataclasses.field(default_factory=set)
    missing: set[str] = dataclasses.field(default_factory=set)
    ignored: set[str] = dataclasses.field(default_factory=set)


def group(there: list[Pod], samples: dict[str, Sample], is_cpu: bool, rules: Rules, now: datetime) -> Groups:
    """Sort pods: gone, without sample, starting, or good."""
    found = Groups()
    for pod in there:
        name = pod.metadata.name
        if pod.metadata.deletion_timestamp is not None or pod.status.phase == "Failed":
            found.ignored.add(name)
        elif pod.status.phase == "Pending":
            found.unready.add(name)
        elif name not in samples:
            found.missing.add(name)
        elif is_cpu and _starts(pod, samples[name], rules, now):
            found.unready.add(name)
        else:
            found.ready += 1
    return found


def _starts(pod: Pod, sample: Sample, rules: Rules, now: datetime) -> bool:
    condition = pods.ready_condition(pod)
    if condition is None or not pod.status.start_time or not condition.last_transition_time:
        return True
    began, changed = parse_time(pod.status.start_time), parse_time(condition.last_transition_time)
    if began + timedelta(seconds=rules.cpu_initialization) > now:
        early = sample.taken is not None and sample.taken < changed + sample.window
        return condition.status == "False" or early
    return condition.status == "False" and began + timedelta(seconds=rules.readiness_delay) > changed


def by_samples(
    current: int,
    there: list[Pod],
    samples: dict[str, Sample],
    target: dict[str, Decimal],
    fallback: dict[str, Decimal],
    is_cpu: bool,
    rules: Rules,
    now: datetime,
) -> tuple[int, Decimal, int]:
    """(replicas, sum of use, pods summed): `target` is what each pod should use.

    Pods without a sample are taken to use `fallback` when fewer replicas seem enough, and nothing when more seem
    needed; starting pods nothing. Raises CannotCompute.
    """
    if not there:
        raise CannotCompute("no pods returned by selector while calculating replica count")
    groups = group(there, samples, is_cpu, rules, now)
    used = {
        name: one.value
        for name, one in samples.items()
        if name not in groups.ignored | groups.unready and name in target
    }
    if not used:
        raise CannotCompute("did not receive metrics for targeted pods (pods might be unready)")
    total, count = sum(used.values(), Decimal(0)), len(used)
    ratio = _ratio(used, target)
    grows_with_unready = bool(groups.unready) and ratio > 1
    if not grows_with_unready and not groups.missing:
        return (current if rules.ignores(ratio) else math.ceil(ratio * groups.ready)), total, count
    if groups.missing and ratio != 1:
        for name in groups.missing & target.keys():
            used[name] = fallback[name] if ratio < 1 else Decimal(0)
    if grows_with_unready:
        used |= {name: Decimal(0) for name in groups.unready & target.keys()}
    again = _ratio(used, target)
    if rules.ignores(again) or (ratio < 1 < again) or (again < 1 < ratio):
        return current, total, count
    wanted = math.ceil(again * len(used))
    if (again < 1 and wanted > current) or (again > 1 and wanted < current):
        return current, total, count
    return wanted, total, count


def _ratio(used: dict[str, Decimal], target: dict[str, Decimal]) -> float:
    wanted = sum((target[name] for name in used), Decimal(0))
    return float(sum(used.values(), Decimal(0)) / wanted) if wanted else 0.0


def requests_of(there: list[Pod], resource: str, container: str) -> dict[str, Decimal]:
    """What each pod asks for of a resource. Raises CannotCompute when one does not say."""
    found: dict[str, Decimal] = {}
    for pod in there:
        sidecars = [one for one in pod.spec.init_containers if one.restart_policy == "Always"]
        asked = [one for one in [*pod.spec.containers, *sidecars] if container in ("", one.name)]
        if not asked:
            raise CannotCompute(f"container {container} not found in Pod {pod.metadata.name}")
        found[pod.metadata.name] = Decimal(0)
        for one in asked:
            if resource not in one.resources.requests:
                raise CannotCompute(
                    f"missing request for {resource} in container {one.name} of Pod {pod.metadata.name}"
                )
            found[pod.metadata.name] += quantity.parse(one.resources.requests[resource])
    return found


def by_value(current: int, ready: int, value: Decimal, target: Decimal, rules: Rules) -> int:
    """The replicas that bring one value to its target, if it shrinks as they grow."""
    ratio = float(value / target)
    if current == 0:
        return math.ceil(ratio)
    return current if rules.ignores(ratio) else math.ceil(ratio * ready)


def by_share(current: int, value: Decimal, target: Decimal, rules: Rules) -> int:
    """The replicas among which a value is divided so that each has its target."""
    if current and rules.ignores(float(value / (target * current))):
        return current
    return math.ceil(value / target)
